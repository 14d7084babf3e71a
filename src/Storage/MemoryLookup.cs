namespace AkkaKv.Storage;

/// <summary>What memory alone knows about a row.</summary>
public enum MemoryLookup
{
    /// <summary>A table may hold the row: only <see cref="IStorageEngine.Get(ReadOnlySpan{byte})"/> can tell.</summary>
    OnDisk,

    /// <summary>The row and its value are in memory.</summary>
    Found,

    /// <summary>There is no such row: it was deleted, or no table's key range and filter admit it.</summary>
    Absent,
}

/// <summary>What memory alone knows about one of several rows.</summary>
/// <param name="Lookup">Whether the row is there.</param>
/// <param name="Value">Its value if it was found.</param>
public readonly record struct MemoryRow(MemoryLookup Lookup, ReadOnlyMemory<byte> Value);
