using System.Collections.Immutable;

namespace AkkaKv.Storage;

/// <summary>
/// An immutable set of live tables, in the order in which they are asked: level by level, in a level the newest first. Level 0 holds what
/// memtables became. Readers hold the set through a view; a new set shares the tables that stay.
/// </summary>
internal sealed class LevelSet : RefCounted
{
    private readonly ImmutableArray<(int Level, Table Table)> _tables;

    /// <summary>Takes a reference to every table.</summary>
    public LevelSet(IEnumerable<(int Level, Table Table)> tables)
    {
        _tables = [.. tables.OrderBy(entry => entry.Level).ThenByDescending(entry => entry.Table.Info.LargestSequence)];
        foreach (var (_, table) in _tables)
            table.Acquire();
    }

    public IEnumerable<Table> Tables => _tables.Select(entry => entry.Table);

    public IEnumerable<(int Level, Table Table)> Entries => _tables;

    public LevelSet With(int level, Table added) => new(_tables.Append((level, added)));

    /// <summary>Whether a table may hold a row of the key; touches no disk.</summary>
    public bool MayContain(ReadOnlySpan<byte> key)
    {
        var hash = BloomFilter.Hash(key);
        foreach (var (_, table) in _tables)
        {
            if (table.MayContain(key, hash))
                return true;
        }

        return false;
    }

    /// <summary>The newest row of the key. A damaged table on the way is an error, not a reason to ask the next.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out FoundRow row)
    {
        var hash = BloomFilter.Hash(key);
        foreach (var (_, table) in _tables)
        {
            if (table.MayContain(key, hash) && table.TryGet(key, out row))
                return true;
        }

        row = default;
        return false;
    }

    protected override void OnUnused()
    {
        foreach (var (_, table) in _tables)
            table.Release();
    }
}
