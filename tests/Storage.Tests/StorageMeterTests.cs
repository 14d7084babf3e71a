using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class StorageMeterTests
{
    private const string Prefix = "akkakv.storage.";

    private static readonly StorageOptions Manual = new() { LevelZeroTables = int.MaxValue };

    /// <summary>Other tests have stores open at the same time: each here has a label of its own.</summary>
    private readonly string _label = Guid.NewGuid().ToString();
    private readonly FaultInjectionFileSystem _files = new();

    [Fact]
    public async Task Collector_should_see_what_the_statistics_say()
    {
        await using var store = LsmStore.Open(Rows.Directory, Manual with { MetricsLabel = _label }, _files, new TickingClock());
        await store.PutAsync("a", "1");
        await store.PutAsync("b", "1");
        await store.CompactAsync();
        Assert.Equal("1", store.Get("a"));
        Assert.Equal("1", store.Get("a"));
        await store.PutAsync("c", "1");

        var seen = Collect(_label);

        var statistics = store.Statistics;
        Assert.Equal(statistics.Commits.LogBytesWritten, seen["log.written"]);
        Assert.Equal(4, seen["log.syncs"]); // Three commits, and the seal of the log that was flushed.
        Assert.Equal(statistics.Commits.SyncTime.TotalSeconds, seen["log.sync.time"]);
        Assert.Equal(statistics.Compaction.FlushBytesWritten, seen["flush.written"]);
        Assert.Equal(statistics.Compaction.BytesWritten, seen["compaction.written"]);
        Assert.Equal(statistics.Compaction.FlushBytesWritten, seen["compaction.read"]);
        Assert.Equal((0, 1), (seen["table.count 0"], seen["table.count 6"]));
        Assert.Equal(statistics.Tables.BytesPerLevel[6], seen["table.size 6"]);
        Assert.Equal(statistics.Tables.MemtableBytes, seen["memtable.size"]);
        Assert.Equal((1, statistics.Cache.Misses), (seen["block_cache.hits"], seen["block_cache.misses"]));
        Assert.Equal(statistics.Cache.UsedBytes, seen["block_cache.size"]);
        Assert.Equal(statistics.Cache.PinnedBytes, seen["block_cache.pinned"]);
        Assert.All(["log.written", "flush.written", "compaction.written", "memtable.size", "log.sync.time", "block_cache.misses"], name => Assert.True(seen[name] > 0));
        Assert.All(
            ["commit.stalls", "commit.slowdowns", "commit.stalled.time", "commit.slowed.time", "commit.queued", "commit.refusals", "read_only"],
            name => Assert.Equal(0, seen[name]));
    }

    [Fact]
    public async Task Store_should_be_named_after_its_directory_and_be_gone_when_it_is_closed()
    {
        var store = LsmStore.Open($"/data/{_label}", Manual, _files);
        Assert.NotEmpty(Collect(_label));

        await store.DisposeAsync();

        Assert.Empty(Collect(_label));
        Assert.Equal((0L, "closed"), (store.Statistics.Tables.MemtableBytes, store.State.Name));
    }

    [Fact]
    public async Task Store_that_takes_no_writes_should_show()
    {
        await using var store = Rows.Open(_files, Manual with { MetricsLabel = _label });
        _files.OnCall = io => io.Operation == IoOperation.Sync ? IoFault.Fail : IoFault.None;
        await Assert.ThrowsAsync<StorageReadOnlyException>(() => store.PutAsync("a", "1"));

        Assert.Equal(1, Collect(_label)["read_only"]);
    }

    /// <summary>A store that opened read-only has no threads, so nothing but the meter could keep it.</summary>
    [Fact]
    public async Task Forgotten_store_should_not_be_kept_by_its_metrics()
    {
        await Rows.Open(_files).DisposeAsync();
        _files.OnCall = io => io.Operation == IoOperation.Create ? IoFault.Fail : IoFault.None;
        var forgotten = Forget(_files, Manual with { MetricsLabel = _label });

        for (var i = 0; i < 10 && forgotten.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(forgotten.IsAlive);
        Assert.Empty(Collect(_label));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Forget(FaultInjectionFileSystem files, StorageOptions options)
        {
            var store = Rows.Open(files, options);
            Assert.False(store.State.AcceptsCommits);
            return new WeakReference(store);
        }
    }

    [Fact]
    public async Task Every_instrument_should_have_a_unit_and_a_row_in_the_docs()
    {
        await using var store = Rows.Open(_files, Manual);
        var instruments = new List<Instrument>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => instruments.Add(instrument) };
        listener.Start();
        var own = instruments.Where(instrument => instrument.Meter.Name == StorageMeter.Name).ToList();

        var page = File.ReadAllLines(DocsPage());

        Assert.NotEmpty(own);
        Assert.All(own, instrument => Assert.StartsWith(Prefix, instrument.Name));
        Assert.All(own, instrument => Assert.Contains(page, line => line.StartsWith($"| `{instrument.Name}` | {Unit(instrument)} |")));
        Assert.Equal(own.Count, page.Count(line => line.StartsWith($"| `{Prefix}")));

        static string Unit(Instrument instrument) => $"`{instrument.Unit}`";
    }

    private static Dictionary<string, double> Collect(string label)
    {
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == StorageMeter.Name)
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => See(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => See(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => See(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;

        void See(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var named = new Dictionary<string, object?>(tags.ToArray());
            var level = named.TryGetValue("akkakv.storage.level", out var found) ? $" {found}" : "";
            if (Equals(named["akkakv.storage.store"], label))
                seen.Add(instrument.Name[Prefix.Length..] + level, value);
        }
    }

    /// <summary>Whatever is measured takes time.</summary>
    private sealed class TickingClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Add(ref _now, TimeSpan.TicksPerMillisecond);
    }

    private static string DocsPage([CallerFilePath] string thisFile = "") =>
        Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "docs", "storage.md");
}
