using System.Collections.Immutable;

namespace AkkaKv.Storage;

/// <summary>
/// An immutable set of live tables, and the range drops that are to be applied to them. Readers hold the set through a view; a new set
/// shares the tables that stay.
/// </summary>
/// <remarks>
/// Level 0 holds what memtables became: its tables may overlap and are asked the newest first. In every other level the tables are in the
/// order of their keys and do not overlap, so at most one of a level can hold a key. Of two rows of one key the one in the higher place
/// (level 0 first) is newer.
/// </remarks>
internal sealed class LevelSet : RefCounted
{
    /// <summary>Levels of a store, level 0 included.</summary>
    public const int LevelCount = 7;

    public const int LastLevel = LevelCount - 1;

    private readonly ImmutableArray<ImmutableArray<Table>> _levels;

    /// <summary>Takes a reference to every table.</summary>
    public LevelSet(IEnumerable<(int Level, Table Table)> tables, RangeDrops drops)
    {
        var byLevel = tables.ToLookup(entry => entry.Level, entry => entry.Table);
        _levels =
        [
            [.. byLevel[0].OrderByDescending(table => table.Info.LargestSequence)],
            .. Enumerable.Range(1, LastLevel).Select(level => byLevel[level].Order(BySmallestKey).ToImmutableArray()),
        ];
        Drops = drops;
        foreach (var table in Tables)
            table.Acquire();
    }

    public RangeDrops Drops { get; }

    /// <summary>All tables, level by level.</summary>
    public IEnumerable<Table> Tables => _levels.SelectMany(level => level);

    public IEnumerable<(int Level, Table Table)> Entries =>
        _levels.SelectMany((tables, level) => tables.Select(table => (level, table)));

    private static Comparer<Table> BySmallestKey { get; } =
        Comparer<Table>.Create((one, other) => one.Info.SmallestKey.Span.SequenceCompareTo(other.Info.SmallestKey.Span));

    public ImmutableArray<Table> this[int level] => _levels[level];

    /// <summary>The next set.</summary>
    public LevelSet With(IReadOnlyCollection<ulong> removed, IEnumerable<(int Level, Table Table)> added, RangeDrops drops) =>
        new(Entries.Where(entry => !removed.Contains(entry.Table.Info.Number)).Concat(added), drops);

    /// <summary>What the picker needs to know: the tables of every level.</summary>
    public ImmutableArray<ImmutableArray<TableInfo>> Infos() =>
        [.. _levels.Select(level => level.Select(table => table.Info).ToImmutableArray())];

    /// <summary>Whether a table may hold a row of the key; touches no disk.</summary>
    public bool MayContain(ReadOnlySpan<byte> key)
    {
        var hash = BloomFilter.Hash(key);
        foreach (var table in _levels[0])
        {
            if (MayContain(table, key, hash))
                return true;
        }

        for (var level = 1; level < LevelCount; level++)
        {
            if (FindIn(level, key) is { } table && MayContain(table, key, hash))
                return true;
        }

        return false;
    }

    /// <summary>
    /// The newest row of the key, to which <see cref="Drops"/> are still to be applied. A damaged table on the way is an error, not a
    /// reason to ask the next.
    /// </summary>
    public bool TryGet(ReadOnlySpan<byte> key, out FoundRow row)
    {
        var hash = BloomFilter.Hash(key);
        foreach (var table in _levels[0])
        {
            if (MayContain(table, key, hash) && table.TryGet(key, out row))
                return true;
        }

        for (var level = 1; level < LevelCount; level++)
        {
            if (FindIn(level, key) is { } table && MayContain(table, key, hash) && table.TryGet(key, out row))
                return true;
        }

        row = default;
        return false;
    }

    /// <summary>
    /// Whether a table of the level has none below it: then it is not merged again until newer rows of its keys arrive. Never of level 0,
    /// whose tables are merged soon.
    /// </summary>
    public bool IsLast(int level) => level > 0 && _levels[(level + 1)..].All(tables => tables.IsEmpty);

    /// <summary>Whether a table below a level covers the key, and so may hold an older row of it.</summary>
    public bool CoversBelow(int level, ReadOnlySpan<byte> key)
    {
        for (var below = level + 1; below < LevelCount; below++)
        {
            if (FindIn(below, key) is not null)
                return true;
        }

        return false;
    }

    protected override void OnUnused()
    {
        foreach (var table in Tables)
            table.Release();
    }

    /// <summary>A table all of whose rows up to its newest are dropped at this key has nothing to say about it.</summary>
    public bool MayContain(Table table, ReadOnlySpan<byte> key, ulong hash) =>
        table.MayContain(key, hash) && !Drops.Hides(key, table.Info.LargestSequence);

    /// <summary>The only table of a level but the first that can hold the key.</summary>
    private Table? FindIn(int level, ReadOnlySpan<byte> key)
    {
        var tables = _levels[level];
        var (low, high) = (0, tables.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (tables[middle].Info.LargestKey.Span.SequenceCompareTo(key) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low < tables.Length && tables[low].Info.Covers(key) ? tables[low] : null;
    }
}
