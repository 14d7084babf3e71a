using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class CompactionTests
{
    private static readonly StorageOptions Manual = new() { BlockBytes = 256, LevelZeroTables = int.MaxValue };

    /// <summary>Everything is so small that a few hundred rows fill several levels.</summary>
    private static readonly StorageOptions Tiny = new()
    {
        MemtableLimitBytes = 4096,
        BlockBytes = 256,
        LevelZeroTables = 2,
        SlowdownTables = 3,
        StopTables = 4,
        LevelBaseBytes = 2048,
        LevelMultiplier = 3,
        TableTargetBytes = 1024,
        ManifestEditLimitBytes = 1000,
    };

    private readonly FaultInjectionFileSystem _files = new();

    [Fact]
    public async Task Compaction_should_keep_the_newest_row_of_every_key_and_no_deletion()
    {
        await using var store = Rows.Open(_files, Manual);
        await store.PutAsync("a", "1");
        await store.PutAsync("b", "1");
        await store.FlushAsync();
        await store.PutAsync("a", "2");
        await store.DeleteAsync("b");

        await store.CompactAsync();

        Assert.Equal([("a", "2")], store.ScanAll());
        Assert.Equal(1, store.Statistics.Tables.CountPerLevel[LevelSet.LastLevel]);
        Assert.Equal(1, TableRowsOnDisk(store));
        Assert.Single(_files.ListFiles(Rows.Directory), name => name.EndsWith(".sst"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Deletions_that_were_moved_to_the_last_level_should_go(bool isAsked)
    {
        await using (var store = Rows.Open(_files, Tiny with { LevelZeroTables = 1 }))
        {
            await store.PutAsync("a", "1");
            await store.FlushAsync();
            for (var i = 0; i < 10; i++)
                await store.DeleteAsync($"m{i}");
            await store.PutAsync("z", "1");
            await store.FlushAsync();
            if (isAsked)
                await store.CompactAsync();
            else
                await UntilAsync(() => store.Statistics is { Compaction: { Moves: > 0, Merges: 1 }, Tables.CountPerLevel: [0, ..] });
            Assert.Equal([("a", "1"), ("z", "1")], store.ScanAll());
        }

        await using var again = Rows.Open(_files, Manual);
        Assert.Equal(2, TableRowsOnDisk(again));
        var before = again.Statistics.Compaction.Merges;
        await again.CompactAsync();
        Assert.Equal(before, again.Statistics.Compaction.Merges);
    }

    [Fact]
    public async Task Scan_should_show_its_moment_while_its_tables_are_merged_away()
    {
        await using var store = Rows.Open(_files, Manual);
        await store.PutAsync("a", "old");
        await store.PutAsync("b", "old");
        await store.FlushAsync();
        var scan = store.Scan(default, default);
        await store.PutAsync("a", "new");
        await store.DeleteAsync("b");

        await store.CompactAsync();
        var during = _files.ListFiles(Rows.Directory).Count(name => name.EndsWith(".sst"));
        var seen = scan.Select(row => Rows.Text(row.Value)).ToList();
        await store.CompactAsync();

        Assert.Equal(["old", "old"], seen);
        Assert.Equal(2, during);
        Assert.Equal([("a", "new")], store.ScanAll());
        Assert.Single(_files.ListFiles(Rows.Directory), name => name.EndsWith(".sst"));
    }

    [Fact]
    public async Task Store_should_equal_its_model_while_merges_run_through_all_levels()
    {
        var random = new Random(Settings.Seed);
        var model = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var run = 0; run < 3; run++)
        {
            await using var store = Rows.Open(_files, Tiny);
            for (var i = 0; i < 1_500; i++)
            {
                var key = $"{random.Next(600):D4}";
                if (random.Next(4) == 0)
                {
                    model.Remove(key);
                    await store.DeleteAsync(key);
                }
                else
                {
                    model[key] = new string('x', random.Next(40)) + i;
                    await store.PutAsync(key, model[key]);
                }

                if (i % 100 == 0)
                    Verify(store, model);
            }

            Verify(store, model);
            var statistics = store.Statistics;
            Assert.True(statistics.Compaction.Merges > 5, $"{statistics}");
            Assert.InRange(statistics.Tables.CountPerLevel[0], 0, Tiny.StopTables + 1);
            Assert.InRange(statistics.WriteAmplification, 1.5, 50);
            Assert.Null(statistics.Compaction.Failure);
            await store.CompactAsync();
            Verify(store, model);
            Assert.Equal(model.Count, TableRowsOnDisk(store));
        }
    }

    [Fact]
    public async Task Manifest_should_stay_small()
    {
        await using var store = Rows.Open(_files, Manual with { ManifestEditLimitBytes = 500 });
        var first = _files.ListFiles(Rows.Directory).Single(name => name.EndsWith(".manifest"));
        for (var i = 0; i < 60; i++)
        {
            await store.PutAsync($"{i % 5}", $"{i}");
            await store.CompactAsync();
        }

        var manifest = _files.ListFiles(Rows.Directory).Single(name => name.EndsWith(".manifest"));
        Assert.NotEqual(first, manifest);
        Assert.InRange(_files.Peek($"{Rows.Directory}/{manifest}").Length, 40, 1_000);
    }

    [Fact]
    public async Task Full_disk_should_stop_a_merge_but_not_commits()
    {
        await using var store = await StoreOfTwoTablesAsync(Manual);
        _files.OnCall = io => io.Operation == IoOperation.Append && io.Path.EndsWith(".sst") ? IoFault.Fail : IoFault.None;

        await Assert.ThrowsAsync<CompactionFailedException>(store.CompactAsync);

        Assert.IsAssignableFrom<IOException>(store.Statistics.Compaction.Failure);
        Assert.True(store.State.AcceptsCommits);
        await store.PutAsync("c", "3");
        Assert.Equal(2, _files.ListFiles(Rows.Directory).Count(name => name.EndsWith(".sst")));
        _files.OnCall = null;
        await store.CompactAsync();
        Assert.Null(store.Statistics.Compaction.Failure);
        Assert.Equal([("a", "2"), ("b", "1"), ("c", "3")], store.ScanAll());
    }

    [Fact]
    public async Task Damaged_input_should_stay_where_it_is_and_be_named()
    {
        string path;
        await using (var store = await StoreOfTwoTablesAsync(Manual))
            path = $"{Rows.Directory}/{_files.ListFiles(Rows.Directory).Where(name => name.EndsWith(".sst")).Order(StringComparer.Ordinal).First()}";
        var bytes = _files.Peek(path);
        bytes[3] ^= 1;
        _files.Overwrite(path, bytes);

        await using (var damaged = Rows.Open(_files, Manual))
        {
            await Assert.ThrowsAsync<CompactionFailedException>(damaged.CompactAsync);

            Assert.Equal([path], damaged.Statistics.Compaction.StuckTables);
            Assert.IsType<CorruptionException>(damaged.Statistics.Compaction.Failure);
            Assert.Equal("2", damaged.Get("a"));
            Assert.Throws<CorruptionException>(() => damaged.Get("b"));
            await damaged.PutAsync("c", "3");
        }

        await using var again = Rows.Open(_files, Tiny);
        for (var i = 0; i < 500; i++)
            await again.PutAsync("a", $"{i}");
        Assert.Throws<CorruptionException>(() => again.Get("b"));
        Assert.Equal("499", again.Get("a"));
        Assert.Equal([path], again.Statistics.Compaction.StuckTables);
    }

    [Fact]
    public async Task Filter_should_shrink_values_and_keep_every_row()
    {
        await using var store = Rows.Open(_files, Manual with { CompactionFilter = new Emptier() });
        await store.PutAsync("a", "expired");
        await store.PutAsync("b", "valid");
        await store.DeleteAsync("c");
        Assert.Equal("expired", store.Get("a"));

        await store.CompactAsync();

        Assert.Equal([("a", ""), ("b", "valid")], store.ScanAll());
    }

    [Fact]
    public async Task Filter_should_not_make_a_value_longer()
    {
        await using var store = Rows.Open(_files, Manual with { CompactionFilter = new Stretcher() });
        await store.PutAsync("a", "1");

        await Assert.ThrowsAsync<CompactionFailedException>(store.CompactAsync);

        Assert.IsType<InvalidOperationException>(store.Statistics.Compaction.Failure);
        Assert.Equal("1", store.Get("a"));
        await store.PutAsync("b", "2");
    }

    [Fact]
    public async Task Writers_should_wait_while_merging_is_behind_and_go_on_when_it_is_not()
    {
        var options = Tiny with { SlowedWriteBytesPerSecond = 1 << 20 };
        await using var store = Rows.Open(_files, options);
        using var merging = new ManualResetEventSlim();
        _files.OnCall = io =>
        {
            // Every read of a table is a merge's: nobody else reads.
            if (io.Operation == IoOperation.Read && Thread.CurrentThread.Name!.StartsWith("compaction"))
                merging.Wait();
            return IoFault.None;
        };

        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 400; i++)
                await store.PutAsync($"{i % 7}", new string('x', 200));
        });
        while (store.Statistics is { Commits.IsStalled: false } or { Tables.ClosedMemtables: > 0 })
            await Task.Yield();
        Assert.Equal(options.StopTables, store.Statistics.Tables.CountPerLevel[0]);
        Assert.False(writing.IsCompleted);
        merging.Set();
        await writing;

        Assert.True(store.Statistics.Commits.StalledTime > TimeSpan.Zero);
        Assert.Equal(7, store.ScanAll().Count);
    }

    [Fact]
    public void Rate_should_be_kept_by_the_clock_it_is_given()
    {
        var clock = new StoppedClock();
        var rate = new RateLimit(1_000, clock);
        Assert.Equal(TimeSpan.Zero, rate.Take(100));
        Assert.Equal(TimeSpan.FromSeconds(1), rate.Take(1_000));
        clock.Now += TimeSpan.FromSeconds(1).Ticks;
        Assert.Equal(TimeSpan.FromSeconds(0.5), rate.Take(500));
        clock.Now += TimeSpan.FromHours(1).Ticks;
        Assert.Equal(TimeSpan.FromSeconds(0.9), rate.Take(1_000));
        Assert.Equal(TimeSpan.Zero, new RateLimit(0, clock).Take(long.MaxValue));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<LsmStore> StoreOfTwoTablesAsync(StorageOptions options)
    {
        var store = Rows.Open(_files, options);
        await store.PutAsync("a", "1");
        await store.PutAsync("b", "1");
        await store.FlushAsync();
        await store.PutAsync("a", "2");
        await store.FlushAsync();
        return store;
    }

    private static void Verify(LsmStore store, SortedDictionary<string, string> model)
    {
        Assert.Equal(model.Select(row => (row.Key, row.Value)), store.ScanAll());
        foreach (var key in model.Keys.Take(20).Append("0000").Append("0100").Append("0599"))
            Assert.Equal(model.GetValueOrDefault(key), store.Get(key));
    }

    /// <summary>Rows of all kinds in all live tables.</summary>
    private int TableRowsOnDisk(LsmStore store)
    {
        var names = _files.ListFiles(Rows.Directory).Where(name => name.EndsWith(".sst")).ToList();
        Assert.Equal(store.Statistics.Tables.CountPerLevel.Sum(), names.Count);
        var number = names.Count == 0 ? null : CurrentFile.Read(_files, Rows.Directory);
        if (number is null)
            return 0;

        var count = 0;
        foreach (var (_, info) in Manifest.Load(_files, Rows.Directory, number.Value, out _, out _).Tables)
        {
            var table = TestTables.Open(_files, info);
            var rows = table.Iterate();
            for (rows.Seek([]); rows.IsValid; rows.MoveNext())
                count++;
            table.Release();
        }

        return count;
    }

    private sealed class Emptier : ICompactionFilter
    {
        public ReadOnlySpan<byte> Filter(scoped ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
            value.SequenceEqual("expired"u8) ? [] : value;
    }

    private sealed class Stretcher : ICompactionFilter
    {
        public ReadOnlySpan<byte> Filter(scoped ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => "longer than any"u8;
    }

    private sealed class StoppedClock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
