using System.Collections.Immutable;

namespace AkkaKv.Storage;

/// <summary>
/// Chooses what to merge next. A pure type: the same tables and options give the same choice.
/// </summary>
/// <remarks>
/// <para><b>Levels.</b> The last level holds most of the data and has no limit. The level above may hold a tenth of it, and so on upwards
/// until a level's limit would fall below <see cref="StorageOptions.LevelBaseBytes"/>: that level is the <i>base</i>, into which level 0
/// is merged. Levels above the base stay empty. So a small store is level 0 and the last level, and a large one never holds more than about
/// an eighth of its rows twice (the dynamic levels of Dong and others, "Optimizing Space Amplification in RocksDB", 2017).</para>
/// <para><b>Scores.</b> Level 0 scores by its number of tables, the others by their bytes, against their limit. The highest score
/// of at least 1 is served first. Of a level that is too large goes the table that overlaps the fewest bytes below per byte of
/// its own.</para>
/// <para><b>Order.</b> A table may only go where no older row of its keys is left above it: with a table of level 0 go all older ones it
/// overlaps, and with everything the tables of the output level it overlaps. A stuck table (one that cannot be read) stays, and
/// so does every table that may not go without it.</para>
/// <para>When nothing is too large, tables in which a range drop still hides rows are rewritten in place, and then those of the last
/// level of whose rows a share of <see cref="DeleteShare"/> or more are deletions. There a deletion hides nothing any more; it came
/// with a table that was moved there as it was. Tables above are left alone: their deletions go when they are merged downwards.</para>
/// </remarks>
internal sealed class CompactionPicker(StorageOptions options)
{
    /// <summary>Deletions among the rows of a table of the last level for which it is worth reading and writing the others.</summary>
    public const double DeleteShare = 0.25;

    /// <summary>What is to be merged next, or null if everything is in order.</summary>
    /// <param name="levels">The live tables of every level, ordered as in a <see cref="LevelSet"/>.</param>
    /// <param name="stuck">Numbers of tables that must stay where they are.</param>
    /// <param name="drops">Range drops that tables may still have to apply.</param>
    public CompactionPick? Pick(
        ImmutableArray<ImmutableArray<TableInfo>> levels, IReadOnlySet<ulong> stuck, IReadOnlyList<RangeDrop> drops)
    {
        var limits = Limits(levels);
        var overfull = Enumerable.Range(0, LevelSet.LastLevel)
            .Select(level => (Level: level, Score: Score(levels, limits, level)))
            .Where(entry => entry.Score >= 1)
            .OrderByDescending(entry => entry.Score)
            .ThenBy(entry => entry.Level);
        foreach (var (level, _) in overfull)
        {
            var pick = level == 0 ? PickFromLevelZero(levels, stuck, BaseLevel(levels, limits)) : PickFromLevel(levels, stuck, level);
            if (pick is not null)
                return pick;
        }

        return PickForDrops(levels, stuck, drops) ?? PickForDeletes(levels, stuck, DeleteShare);
    }

    /// <summary>Everything into the last level; null if it is there.</summary>
    public static CompactionPick? PickAll(ImmutableArray<ImmutableArray<TableInfo>> levels)
    {
        var above = levels.Take(LevelSet.LastLevel).SelectMany((tables, level) => tables.Select(table => (level, table))).ToList();
        if (above.Count == 0)
            return null;

        // Never a move: whoever asks for this wants the deletions gone.
        var hull = Hull([.. above.Select(entry => entry.table)]);
        var below = levels[LevelSet.LastLevel].Where(hull.Overlaps).Select(table => (LevelSet.LastLevel, table));
        return new CompactionPick([.. above, .. below], LevelSet.LastLevel, IsMove: false);
    }

    /// <summary>The most bytes that each level should hold; 0 for those above the base, no limit for the last.</summary>
    private long[] Limits(ImmutableArray<ImmutableArray<TableInfo>> levels)
    {
        var limits = new long[LevelSet.LevelCount];
        limits[LevelSet.LastLevel] = long.MaxValue;
        var limit = Bytes(levels[LevelSet.LastLevel]) / options.LevelMultiplier;
        for (var level = LevelSet.LastLevel - 1; level > 0 && limit >= options.LevelBaseBytes; level--, limit /= options.LevelMultiplier)
            limits[level] = limit;
        return limits;
    }

    private static long Bytes(ImmutableArray<TableInfo> tables) => tables.Sum(table => table.FileBytes);

    /// <summary>The highest level that has a limit, or that still holds tables, which must not be passed by newer ones.</summary>
    private static int BaseLevel(ImmutableArray<ImmutableArray<TableInfo>> levels, long[] limits) =>
        Enumerable.Range(1, LevelSet.LastLevel).First(level => limits[level] > 0 || !levels[level].IsEmpty);

    private double Score(ImmutableArray<ImmutableArray<TableInfo>> levels, long[] limits, int level) => level switch
    {
        0 => (double)levels[0].Length / options.LevelZeroTables,
        _ when levels[level].IsEmpty => 0,
        _ => (double)Bytes(levels[level]) / Math.Max(1, limits[level]),
    };

    private static CompactionPick? PickFromLevelZero(
        ImmutableArray<ImmutableArray<TableInfo>> levels, IReadOnlySet<ulong> stuck, int outputLevel)
    {
        var staying = levels[outputLevel].Where(table => stuck.Contains(table.Number)).ToList();
        var going = new List<TableInfo>();
        foreach (var table in levels[0].Reverse())
        {
            if (stuck.Contains(table.Number) || staying.Exists(table.Overlaps))
                staying.Add(table);
            else
                going.Add(table);
        }

        // An output may reach from the first key to the last, so no stuck table of the output level may lie between them either.
        if (going.Count > 0 && levels[outputLevel].Any(table => stuck.Contains(table.Number) && Hull(going).Overlaps(table)))
            going.RemoveAll(table => table != going[0]);
        return going.Count == 0 ? null : WithOverlapped(levels, 0, [.. Enumerable.Reverse(going)], outputLevel);
    }

    private static CompactionPick? PickFromLevel(ImmutableArray<ImmutableArray<TableInfo>> levels, IReadOnlySet<ulong> stuck, int level)
    {
        var best = levels[level]
            .Where(table => !stuck.Contains(table.Number))
            .Select(table => (Table: table, Below: levels[level + 1].Where(table.Overlaps).ToList()))
            .Where(entry => !entry.Below.Exists(table => stuck.Contains(table.Number)))
            .OrderBy(entry => (double)entry.Below.Sum(table => table.FileBytes) / Math.Max(1, entry.Table.FileBytes))
            .FirstOrDefault();
        return best.Table is null ? null : WithOverlapped(levels, level, [best.Table], level + 1);
    }

    /// <summary>A table in which a drop still hides rows, to be rewritten where it is.</summary>
    public static CompactionPick? PickForDrops(
        ImmutableArray<ImmutableArray<TableInfo>> levels, IReadOnlySet<ulong> stuck, IReadOnlyList<RangeDrop> drops)
    {
        if (drops.Count == 0)
            return null;

        for (var level = 0; level < LevelSet.LevelCount; level++)
        {
            foreach (var table in levels[level])
            {
                if (!stuck.Contains(table.Number) && drops.Any(drop => drop.MayConcern(table)))
                    return new CompactionPick([(level, table)], level, IsMove: false);
            }
        }

        return null;
    }

    /// <summary>The table of the last level with the largest share of deletions, if that is not below a bound; a table without any never.</summary>
    public static CompactionPick? PickForDeletes(
        ImmutableArray<ImmutableArray<TableInfo>> levels, IReadOnlySet<ulong> stuck, double leastShare)
    {
        var most = levels[LevelSet.LastLevel]
            .Where(table => table.Deletes > 0 && table.Deletes >= leastShare * table.Rows && !stuck.Contains(table.Number))
            .MaxBy(table => (double)table.Deletes / table.Rows);
        return most is null ? null : new CompactionPick([(LevelSet.LastLevel, most)], LevelSet.LastLevel, IsMove: false);
    }

    private static CompactionPick WithOverlapped(
        ImmutableArray<ImmutableArray<TableInfo>> levels, int level, IReadOnlyList<TableInfo> going, int outputLevel)
    {
        var hull = Hull(going);
        return NewPick(
            [
                .. going.Select(table => (level, table)),
                .. levels[outputLevel].Where(hull.Overlaps).Select(table => (outputLevel, table)),
            ],
            outputLevel);
    }

    private static CompactionPick NewPick(ImmutableArray<(int Level, TableInfo Table)> inputs, int outputLevel)
    {
        var byKey = inputs.Select(input => input.Table).OrderBy(table => table.SmallestKey, KeyOrder.Instance).ToList();
        var apart = byKey.Zip(byKey.Skip(1)).All(pair => !pair.First.Overlaps(pair.Second));
        return new CompactionPick(inputs, outputLevel, IsMove: apart && inputs.All(input => input.Level != outputLevel));
    }

    /// <summary>A table that would reach from the first key of some to their last.</summary>
    private static TableInfo Hull(IReadOnlyList<TableInfo> tables) => tables[0] with
    {
        SmallestKey = tables.Select(table => table.SmallestKey).Min(KeyOrder.Instance),
        LargestKey = tables.Select(table => table.LargestKey).Max(KeyOrder.Instance),
    };
}
