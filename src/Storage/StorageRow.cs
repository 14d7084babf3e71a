namespace AkkaKv.Storage;

/// <summary>One row of a scan. Both memories are the caller's to keep.</summary>
/// <param name="Key">The row's key, 1 to <see cref="WriteBatch.KeyLimitBytes"/> bytes.</param>
/// <param name="Value">The row's value, possibly empty.</param>
public readonly record struct StorageRow(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value);
