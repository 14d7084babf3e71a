namespace AkkaKv.Storage;

/// <summary>What a manifest says once all its edits are applied.</summary>
internal sealed class ManifestState
{
    private readonly SortedDictionary<ulong, (int Level, TableInfo Table)> _tables = [];

    public ulong NextFileNumber { get; private set; } = 1;

    public ulong OldestLog { get; private set; }

    public ulong LastSequence { get; private set; }

    /// <summary>The live tables, in the order of their numbers.</summary>
    public IEnumerable<(int Level, TableInfo Table)> Tables => _tables.Values;

    public void Apply(VersionEdit edit)
    {
        NextFileNumber = edit.NextFileNumber ?? NextFileNumber;
        OldestLog = edit.OldestLog ?? OldestLog;
        LastSequence = edit.LastSequence ?? LastSequence;
        foreach (var number in edit.Removed)
            _tables.Remove(number);
        foreach (var (level, table) in edit.Added)
            _tables[table.Number] = (level, table);
    }

    /// <summary>The one edit that leads from nothing to this state.</summary>
    public VersionEdit ToEdit() => new()
    {
        NextFileNumber = NextFileNumber,
        OldestLog = OldestLog,
        LastSequence = LastSequence,
        Added = [.. Tables],
    };
}
