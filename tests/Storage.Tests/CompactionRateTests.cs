using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class CompactionRateTests
{
    private const int Values = 9;
    private const int ValueBytes = 32 << 10;
    private const int BytesPerSecond = 64 << 10;

    /// <summary>
    /// Time passes only by being asked for: a quarter of a second each time that the compaction thread looks at its clock. A merge that
    /// does not wait looks at most three times for every 64 KiB; one that waits looks until the second that they may take is over.
    /// </summary>
    [Fact]
    public async Task Merge_should_take_as_long_as_its_rate_says()
    {
        var clock = new AskedClock();
        var options = new StorageOptions
        {
            LevelZeroTables = int.MaxValue,
            CompactionBytesPerSecond = BytesPerSecond,
            BlockBytes = ValueBytes,
        };
        await using var store = LsmStore.Open(Rows.Directory, options, new FaultInjectionFileSystem(), clock);
        for (var i = 0; i < Values; i++)
            await store.PutAsync($"{i}", new string('x', ValueBytes));
        await store.FlushAsync();
        clock.Start();

        await store.CompactAsync();

        // Four times 64 KiB are paced, a tenth of a second is saved up.
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(3.9), TimeSpan.FromSeconds(9));
        Assert.Equal(Values, store.ScanAll().Count);
    }

    private sealed class AskedClock : TimeProvider
    {
        private const long Step = TimeSpan.TicksPerSecond / 4;
        private long _now;
        private long _started;

        public TimeSpan Elapsed => TimeSpan.FromTicks(Volatile.Read(ref _now) - _started);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Start() => _started = Volatile.Read(ref _now);

        public override long GetTimestamp() => Thread.CurrentThread.Name?.StartsWith("compaction") == true
            ? Interlocked.Add(ref _now, Step)
            : Volatile.Read(ref _now);
    }
}
