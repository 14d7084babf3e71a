using System.Collections.Immutable;

namespace AkkaKv.Storage;

/// <summary>
/// The range drops that reads have to apply: those whose rows may still be in memory or in tables. Immutable but for the horizon.
/// </summary>
/// <remarks>
/// <b>Horizon.</b> A reader takes a view first and the visible sequence second. A view from before a drop together with a sequence from
/// after it would show a state that never was: rows that the drop took beside rows that were written behind it. So a drop ends the horizon of
/// all views that do not know it: they show nothing newer than the drop's sequence, however late their reader asks. The log thread ends the
/// horizon before it publishes a later sequence, so whoever sees such a sequence sees the horizon too.
/// </remarks>
internal sealed class RangeDrops
{
    private readonly ImmutableArray<RangeDrop> _drops;
    private readonly HorizonEnd _end;

    public RangeDrops(IEnumerable<RangeDrop> drops) : this([.. drops], new HorizonEnd())
    {
    }

    private RangeDrops(ImmutableArray<RangeDrop> drops, HorizonEnd end)
    {
        _drops = drops;
        _end = end;
    }

    public ImmutableArray<RangeDrop> All => _drops;

    /// <summary>The newest sequence that a view with these drops may show. Read it after the visible sequence.</summary>
    public ulong Horizon => Volatile.Read(ref _end.Sequence);

    /// <summary>These and one more; ends the horizon of those who do not know it.</summary>
    public RangeDrops With(RangeDrop drop)
    {
        Volatile.Write(ref _end.Sequence, drop.Sequence);
        return new RangeDrops(_drops.Add(drop), new HorizonEnd());
    }

    /// <summary>These without some that no row needs any more; the horizon stays shared.</summary>
    public RangeDrops Without(IReadOnlyCollection<ulong> numbers) =>
        numbers.Count == 0 ? this : new RangeDrops(_drops.RemoveAll(drop => numbers.Contains(drop.Number)), _end);

    public bool Hides(ReadOnlySpan<byte> key, ulong sequence)
    {
        foreach (var drop in _drops)
        {
            if (drop.Hides(key, sequence))
                return true;
        }

        return false;
    }

    public bool HidesAll(TableInfo table) => _drops.Any(drop => drop.HidesAll(table));

    /// <summary>The row as reads must take it: a hidden one is a deletion, because every older one is hidden with it.</summary>
    public FoundRow Apply(ReadOnlySpan<byte> key, FoundRow row) =>
        Hides(key, row.Sequence) ? new FoundRow(row.Sequence, RowKind.Delete, default) : row;

    private sealed class HorizonEnd
    {
        public ulong Sequence = ulong.MaxValue;
    }
}
