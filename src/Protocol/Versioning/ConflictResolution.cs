namespace AkkaKv.Protocol;

/// <summary>What a reader is shown of a record, by the policy of its key.</summary>
/// <remarks>
/// Last-write-wins is a way to look at a record, not a way to merge: replicas keep every version that nothing supersedes, as with siblings,
/// and each picks the same one of them. Dropping the others at merging was left out: a version that lost to one that is superseded later
/// has to be there to be superseded with it, and what is dropped under one policy is lost under the next. It costs the bytes of what was
/// really concurrent, until the next write, which supersedes all that its coordinator knows.
/// </remarks>
public static class ConflictResolution
{
    /// <summary>
    /// The record as its readers see it: itself, or with last-write-wins nothing but the winner, under the whole vector. The latter is for
    /// showing only; it is never stored or sent to a replica.
    /// </summary>
    public static Record Resolve(this Record record, ConflictPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (policy != ConflictPolicy.LastWriteWins || record.Siblings.Length == 1) return record;
        var winner = record.Versions.MaxBy(version => (version.Timestamp, version.Dot))!;
        return new Record(record.Vector, [winner with { Past = record.Vector }]);
    }

    /// <summary>True if what a reader finds depends on the clock.</summary>
    public static bool DependsOnClock(this Record record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.Versions.Any(version => version.DependsOnClock);
    }
}
