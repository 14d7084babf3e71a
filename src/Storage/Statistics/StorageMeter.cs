using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace AkkaKv.Storage;

/// <summary>
/// The meter "AkkaKv.Storage": what <see cref="StorageStatistics"/> says, for every open store of the process. docs/storage.md lists the
/// instruments.
/// </summary>
/// <remarks>
/// All instruments are observed: a store counts what it counts anyway, and whoever collects pays for the looking. The instruments are
/// there once and for ever, because collectors take the end of one for the end of its series; stores come with their opening and go
/// with their closing. They are held weakly: one that was forgotten unclosed is not kept by its numbers.
/// </remarks>
internal static class StorageMeter
{
    public const string Name = "AkkaKv.Storage";

    private const string StoreTag = "akkakv.storage.store";
    private const string LevelTag = "akkakv.storage.level";

    private static readonly Meter Meter = new(Name, typeof(StorageMeter).Assembly.GetName().Version?.ToString(3));
    private static readonly ConditionalWeakTable<LsmStore, KeyValuePair<string, object?>[]> Stores = [];

    static StorageMeter()
    {
        Count("log.written", "By", "Bytes appended to commit logs.", of => of.Commits.LogBytesWritten);
        Count("log.syncs", "{sync}", "Syncs of the commit log.", of => of.Commits.Syncs);
        Time("log.sync.time", "Time that syncs of the commit log took.", of => of.Commits.SyncTime);
        Size("commit.queued", "By", "Bytes of commits that wait in the queue.", of => of.Commits.QueuedBytes);
        Count("commit.refusals", "{commit}", "Commits that the full queue has refused.", of => of.Commits.Refusals);
        Count("commit.slowdowns", "{slowdown}", "Times that commits were slowed.", of => of.Commits.Slowdowns);
        Time("commit.slowed.time", "Time that commits were slowed.", of => of.Commits.SlowedTime);
        Count("commit.stalls", "{stall}", "Times that commits had to wait for flushes or merges.", of => of.Commits.Stalls);
        Time("commit.stalled.time", "Time that commits waited for flushes or merges.", of => of.Commits.StalledTime);
        Count("flush.written", "By", "Bytes of the tables that memtables became.", of => of.Compaction.FlushBytesWritten);
        Count("compaction.read", "By", "Bytes of the tables that merges read.", of => of.Compaction.BytesRead);
        Count("compaction.written", "By", "Bytes of the tables that merges wrote.", of => of.Compaction.BytesWritten);
        Size("compaction.stuck_tables", "{table}", "Damaged tables that merging leaves in place.", of => of.Compaction.StuckTables.Count);
        Size("memtable.size", "By", "Bytes of all memtables.", of => of.Tables.MemtableBytes + of.Tables.ClosedMemtableBytes);
        Size("memtable.closed", "{memtable}", "Memtables that wait for their flush.", of => of.Tables.ClosedMemtables);
        PerLevel("table.count", "{table}", "Live tables of a level.", (of, level) => of.Tables.CountPerLevel[level]);
        PerLevel("table.size", "By", "Bytes of the live tables of a level.", (of, level) => of.Tables.BytesPerLevel[level]);
        Size("block_cache.size", "By", "Bytes of data blocks in the cache.", of => of.Cache.UsedBytes);
        Size("block_cache.pinned", "By", "Bytes of indexes and filters of open tables.", of => of.Cache.PinnedBytes);
        Count("block_cache.hits", "{block}", "Blocks found in the cache.", of => of.Cache.Hits);
        Count("block_cache.misses", "{block}", "Blocks that were read from a file.", of => of.Cache.Misses);
        Meter.CreateObservableGauge(
            Full("read_only"), () => Observe(store => store.State.AcceptsCommits ? 0 : 1), "1", "1 if the store takes no commits, else 0.");
    }

    /// <summary>From now on the store is observed, until it is removed or collected.</summary>
    public static void Add(LsmStore store) => Stores.Add(store, [new(StoreTag, store.Label)]);

    public static void Remove(LsmStore store) => Stores.Remove(store);

    private static string Full(string name) => $"akkakv.storage.{name}";

    private static void Count(string name, string unit, string description, Func<StorageStatistics, long> value) =>
        Meter.CreateObservableCounter(Full(name), () => Observe(store => value(store.Statistics)), unit, description);

    private static void Time(string name, string description, Func<StorageStatistics, TimeSpan> value) =>
        Meter.CreateObservableCounter(Full(name), () => Observe(store => value(store.Statistics).TotalSeconds), "s", description);

    private static void Size(string name, string unit, string description, Func<StorageStatistics, long> value) =>
        Meter.CreateObservableUpDownCounter(Full(name), () => Observe(store => value(store.Statistics)), unit, description);

    private static void PerLevel(string name, string unit, string description, Func<StorageStatistics, int, long> value) =>
        Meter.CreateObservableUpDownCounter(Full(name), () => ObserveLevels(value), unit, description);

    private static List<Measurement<T>> Observe<T>(Func<LsmStore, T> value) where T : struct
    {
        var seen = new List<Measurement<T>>();
        foreach (var (store, tags) in Stores)
            seen.Add(new Measurement<T>(value(store), tags));
        return seen;
    }

    private static List<Measurement<long>> ObserveLevels(Func<StorageStatistics, int, long> value)
    {
        var seen = new List<Measurement<long>>();
        foreach (var (store, tags) in Stores)
        {
            var statistics = store.Statistics;
            for (var level = 0; level < statistics.Tables.CountPerLevel.Length; level++)
                seen.Add(new Measurement<long>(value(statistics, level), [.. tags, new(LevelTag, level)]));
        }

        return seen;
    }
}
