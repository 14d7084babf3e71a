namespace AkkaKv.Storage;

/// <summary>
/// Keys whose rows a damaged block, or a table that cannot be read as a whole, may have held. The bounds are those of
/// <see cref="IStorageEngine.Scan"/> and <see cref="IStorageEngine.DropRangeAsync"/>: whoever has the rows elsewhere drops the range and
/// writes them anew. A block's bounds come from the table's index, a table's from the manifest.
/// </summary>
/// <param name="File">Path of the damaged table.</param>
/// <param name="Offset">Where in the file the damage begins, in bytes.</param>
/// <param name="What">What is wrong there, as a phrase.</param>
/// <param name="From">The first key that may be concerned.</param>
/// <param name="Until">The first key behind it that is not; never empty.</param>
public sealed record DamagedRange(string File, long Offset, string What, ReadOnlyMemory<byte> From, ReadOnlyMemory<byte> Until);
