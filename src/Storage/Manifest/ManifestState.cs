namespace AkkaKv.Storage;

/// <summary>What a manifest says once all its edits are applied.</summary>
internal sealed class ManifestState
{
    private readonly SortedDictionary<ulong, (int Level, TableInfo Table)> _tables = [];
    private readonly SortedDictionary<ulong, RangeDrop> _drops = [];

    public ulong NextFileNumber { get; private set; } = 1;

    public ulong OldestLog { get; private set; }

    public ulong LastSequence { get; private set; }

    /// <summary>The live tables, in the order of their numbers.</summary>
    public IEnumerable<(int Level, TableInfo Table)> Tables => _tables.Values;

    /// <summary>The range drops that are to be applied, in the order of their numbers.</summary>
    public IEnumerable<RangeDrop> Drops => _drops.Values;

    public void Apply(VersionEdit edit)
    {
        NextFileNumber = edit.NextFileNumber ?? NextFileNumber;
        OldestLog = edit.OldestLog ?? OldestLog;
        LastSequence = edit.LastSequence ?? LastSequence;
        foreach (var number in edit.Removed)
            _tables.Remove(number);
        foreach (var (level, table) in edit.Added)
            _tables[table.Number] = (level, table);
        foreach (var number in edit.RemovedDrops)
            _drops.Remove(number);
        foreach (var drop in edit.AddedDrops)
            _drops[drop.Number] = drop;
    }

    /// <summary>
    /// Drops that take nothing any more: all rows they could take have left the logs, and no table that may hold one is left.
    /// </summary>
    public List<ulong> FinishedDrops() =>
        [.. Drops.Where(IsFinished).Select(drop => drop.Number)];

    private bool IsFinished(RangeDrop drop) =>
        drop.Sequence <= LastSequence && !_tables.Values.Any(entry => drop.MayConcern(entry.Table));

    /// <summary>The one edit that leads from nothing to this state.</summary>
    public VersionEdit ToEdit() => new()
    {
        NextFileNumber = NextFileNumber,
        OldestLog = OldestLog,
        LastSequence = LastSequence,
        Added = [.. Tables],
        AddedDrops = [.. Drops],
    };
}
