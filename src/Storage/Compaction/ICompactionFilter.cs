namespace AkkaKv.Storage;

/// <summary>
/// Looks at rows while tables are merged and may make their values smaller, for example where a value has expired. It cannot remove a row:
/// removal is a deletion through <see cref="WriteBatch.Delete"/>.
/// </summary>
public interface ICompactionFilter
{
    /// <summary>
    /// Called on the store's compaction thread, for every row at some time or never, and for one row any number of times.
    /// </summary>
    /// <param name="key">The row's key; valid during the call.</param>
    /// <param name="value">The row's value; valid during the call.</param>
    /// <returns>
    /// <paramref name="value"/> itself, or what replaces it: not longer, and possibly empty, which is a row with an empty value. A longer
    /// one, and any exception, stops the compaction and shows in <see cref="CompactionStatistics.Failure"/>.
    /// </returns>
    ReadOnlySpan<byte> Filter(scoped ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
}
