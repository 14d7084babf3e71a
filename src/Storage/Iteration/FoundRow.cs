namespace AkkaKv.Storage;

/// <summary>What one source knows of a key: its newest row there.</summary>
internal readonly record struct FoundRow(ulong Sequence, RowKind Kind, ReadOnlyMemory<byte> Value);
