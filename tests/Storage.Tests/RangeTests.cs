using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class RangeTests
{
    private static readonly StorageOptions Manual = new() { BlockBytes = 256, LevelZeroTables = int.MaxValue };

    private readonly FaultInjectionFileSystem _files = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dropped_rows_should_be_gone_in_memory_and_in_tables(bool isFlushed)
    {
        await using var store = await StoreOfKeysAsync(Manual, "a", "b", "c", "d");
        if (isFlushed)
            await store.FlushAsync();

        await store.DropRangeAsync(Rows.Bytes("b"), Rows.Bytes("d"));

        Assert.Equal(["a", "d"], Keys(store));
        Assert.Null(store.Get("b"));
        Assert.Equal("d", store.Get("d"));
        Assert.Equal(MemoryLookup.Absent, store.TryGetFromMemory(Rows.Bytes("c"), out _));
    }

    [Fact]
    public async Task Rows_written_after_the_drop_should_stay()
    {
        await using (var store = await StoreOfKeysAsync(Manual, "a", "b", "c"))
        {
            await store.FlushAsync();
            await store.DropRangeAsync(default, default);
            await store.PutAsync("b", "new");
            Assert.Equal([("b", "new")], store.ScanAll());
        }

        await using var again = Rows.Open(_files, Manual);
        Assert.Equal([("b", "new")], again.ScanAll());
        await again.CompactAsync();
        Assert.Equal([("b", "new")], again.ScanAll());
        Assert.Equal(0, again.Statistics.Tables.PendingRangeDrops);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drop_should_survive_a_crash_wherever_its_rows_are(bool isFlushed)
    {
        await using var store = await StoreOfKeysAsync(Manual, "a", "b", "c");
        if (isFlushed)
            await store.FlushAsync();
        await store.DropRangeAsync(Rows.Bytes("b"), default);

        await using var again = Rows.Open(_files.AfterCrash(), Manual);

        Assert.Equal(["a"], Keys(again));
    }

    [Fact]
    public async Task Scan_that_has_begun_should_still_show_what_was_dropped_and_nothing_later()
    {
        await using var store = await StoreOfKeysAsync(Manual, "a", "b", "c");
        await store.FlushAsync();
        var scan = store.Scan(default, default);

        await store.DropRangeAsync(default, default);
        await store.PutAsync("d", "d");

        Assert.Equal(["a", "b", "c"], scan.Select(row => Rows.Text(row.Key)));
        Assert.Equal(["d"], Keys(store));
    }

    [Fact]
    public void View_from_before_a_drop_should_show_nothing_from_after_it()
    {
        var before = new RangeDrops([]);
        var shared = before.Without([7]);
        Assert.Equal(ulong.MaxValue, before.Horizon);

        var after = shared.With(new RangeDrop(9, Sequence: 5, Rows.Bytes("a"), Rows.Bytes("c")));

        Assert.Equal((5ul, 5ul, ulong.MaxValue), (before.Horizon, shared.Horizon, after.Horizon));
        Assert.True(after.Hides(Rows.Bytes("b"), 5));
        Assert.False(after.Hides(Rows.Bytes("b"), 6));
        Assert.False(after.Hides(Rows.Bytes("c"), 5));
        Assert.False(before.Hides(Rows.Bytes("b"), 5));
    }

    [Fact]
    public async Task Tables_within_the_range_should_go_unread_and_others_be_written_anew()
    {
        await using var store = await StoreOfKeysAsync(Manual, "a", "m");
        await store.FlushAsync();
        await store.PutAsync("b", "b");
        await store.PutAsync("c", "c");
        await store.FlushAsync();
        var reads = 0;
        _files.OnCall = io =>
        {
            reads += io.Operation is IoOperation.Read or IoOperation.OpenRead ? 1 : 0;
            return IoFault.None;
        };

        await store.DropRangeAsync(Rows.Bytes("b"), Rows.Bytes("n"));

        Assert.Equal(0, reads);
        Assert.Equal(1, store.Statistics.Tables.CountPerLevel[0]);
        Assert.Equal(1, store.Statistics.Tables.PendingRangeDrops);
        await store.CompactAsync();
        Assert.Equal(["a"], Keys(store));
        Assert.Equal(0, store.Statistics.Tables.PendingRangeDrops);
        Assert.Equal(0, store.ApproximateSize(Rows.Bytes("b"), default));
    }

    [Fact]
    public async Task Damaged_table_should_go_with_its_range()
    {
        await using (var store = await StoreOfKeysAsync(Manual, "b", "c"))
            await store.FlushAsync();
        var name = _files.ListFiles(Rows.Directory).Single(file => file.EndsWith(".sst"));
        _files.Overwrite($"{Rows.Directory}/{name}", [1, 2, 3]);

        await using var damaged = Rows.Open(_files, Manual);
        Assert.Throws<CorruptionException>(() => damaged.Get("b"));
        await damaged.DropRangeAsync(Rows.Bytes("b"), Rows.Bytes("d"));
        await damaged.PutAsync("b", "fetched from elsewhere");

        Assert.Equal([("b", "fetched from elsewhere")], damaged.ScanAll());
    }

    [Fact]
    public async Task Store_should_equal_its_model_while_ranges_are_dropped_and_merges_run()
    {
        var options = new StorageOptions
        {
            MemtableLimitBytes = 4096,
            BlockBytes = 128,
            LevelZeroTables = 2,
            LevelBaseBytes = 2048,
            LevelMultiplier = 3,
            TableTargetBytes = 1024,
        };
        var random = new Random(Settings.Seed);
        var model = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var run = 0; run < 4; run++)
        {
            await using var store = Rows.Open(_files, options);
            for (var i = 0; i < 600; i++)
            {
                var key = $"{random.Next(300):D4}";
                if (random.Next(30) == 0)
                {
                    var until = random.Next(5) == 0 ? "" : $"{random.Next(300):D4}";
                    await store.DropRangeAsync(Rows.Bytes(key), Rows.Bytes(until));
                    foreach (var gone in model.Keys.Where(name => IsWithin(name, key, until)).ToList())
                        model.Remove(gone);
                    Assert.Equal(model.Select(row => (row.Key, row.Value)), store.ScanAll());
                }
                else
                {
                    model[key] = new string('x', random.Next(40)) + i;
                    await store.PutAsync(key, model[key]);
                    Assert.Equal(model[key], store.Get(key));
                }

                var other = $"{random.Next(300):D4}";
                Assert.Equal(model.GetValueOrDefault(other), store.Get(other));
            }

            await store.CompactAsync();
            Assert.Equal(model.Select(row => (row.Key, row.Value)), store.ScanAll());
            Assert.Equal(0, store.Statistics.Tables.PendingRangeDrops);
        }
    }

    [Fact]
    public async Task Size_of_a_range_should_be_right_to_a_block()
    {
        await using var store = Rows.Open(_files, Manual with { Compression = BlockCompression.None });
        for (var i = 0; i < 1_000; i++)
            await store.PutAsync($"{i:D4}", new string('x', 96));
        Assert.Equal(0, store.ApproximateSize(default, default));
        await store.FlushAsync();

        var all = store.ApproximateSize(default, default);
        Assert.Equal(store.Statistics.Tables.BytesPerLevel.Sum(), all);
        Assert.InRange(store.ApproximateSize(Rows.Bytes("0500"), default), 0.45 * all, 0.6 * all);
        Assert.InRange(store.ApproximateSize(default, Rows.Bytes("0250")), 0.2 * all, 0.3 * all);
        Assert.InRange(store.ApproximateSize(Rows.Bytes("0300"), Rows.Bytes("0400")), 0.08 * all, 0.13 * all);
        Assert.Equal(0, store.ApproximateSize(Rows.Bytes("9"), default));
    }

    private async Task<LsmStore> StoreOfKeysAsync(StorageOptions options, params string[] keys)
    {
        var store = Rows.Open(_files, options);
        foreach (var key in keys)
            await store.PutAsync(key, key);
        return store;
    }

    private static bool IsWithin(string key, string from, string until) =>
        string.CompareOrdinal(key, from) >= 0 && (until.Length == 0 || string.CompareOrdinal(key, until) < 0);

    private static List<string> Keys(LsmStore store) => [.. store.ScanAll().Select(row => row.Key)];
}
