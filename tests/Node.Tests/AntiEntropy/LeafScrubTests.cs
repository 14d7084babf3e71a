using AkkaKv.Storage;
using AkkaKv.Testing;
using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Node.Tests;

public sealed class LeafScrubTests
{
    private static readonly TimeSpan Pass = TimeSpan.FromHours(4);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly FaultInjectionFileSystem _files = new();

    [Fact]
    public async Task Leaves_in_doubt_should_be_built_at_once_and_kept()
    {
        await using (var before = LeafStore.Open(_files)) await before.WriteAsync(Keys());
        _files.Delete($"{LeafStore.Directory}/{LeafFile.Name}");
        // Replayed rows lie in tables now, and so their notes are gone.
        await using (LsmStore.Open(LeafStore.Directory, new StorageOptions(), _files)) { }

        await using (var store = LeafStore.Open(_files))
        {
            Assert.Equal(LeafStore.Shape.Blocks, store.Leaves.DoubtfulBlocks);
            await ScrubOf(store).RunAsync(default);
            Assert.Equal(0, store.Leaves.DoubtfulBlocks);
            Assert.Equal(store.Rescan(), store.Kept());
        }

        await using var again = LeafStore.Open(_files.AfterCrash());
        Assert.Equal(0, again.Leaves.DoubtfulBlocks);
        Assert.Equal(again.Rescan(), again.Kept());
    }

    [Fact]
    public async Task Wrong_leaf_should_be_found_within_a_pass_and_counted()
    {
        await using var store = LeafStore.Open(_files);
        await store.WriteAsync(Keys());
        ((INoteKeeper)store.Leaves).Take(store.Leaves.Sequence + 1, [1, 0x0C, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        await store.WriteAsync("another", "and another");
        var scrub = ScrubOf(store);

        await scrub.RunAsync(default);
        Assert.NotEqual(store.Rescan(), store.Kept());
        for (var block = 0; block < LeafStore.Shape.Blocks; block++)
        {
            _time.Advance(Pass / LeafStore.Shape.Blocks);
            await scrub.RunAsync(default);
        }

        Assert.Equal(store.Rescan(), store.Kept());
        Assert.Equal(1, scrub.WrongLeaves);
    }

    [Fact]
    public async Task Reading_should_keep_to_its_rate()
    {
        await using var store = LeafStore.Open(_files);
        await store.WriteAsync(Keys());
        await store.Store.DropRangeAsync(RowKey.First(default), default);
        await store.WriteAsync(Keys());
        var run = ScrubOf(store, new RepairPace(1000, _time)).RunAsync(default);
        Assert.False(run.IsCompleted);
        Assert.InRange(store.Leaves.DoubtfulBlocks, 1, LeafStore.Shape.Blocks - 1);
        for (var second = 0; second < 1000 && !run.IsCompleted; second++) _time.Advance(TimeSpan.FromSeconds(1));
        await run.WaitAsync(Eventually.Limit);
        Assert.Equal(store.Rescan(), store.Kept());
    }

    [Fact]
    public async Task Rate_should_let_no_more_pass_than_it_says_and_owe_nobody_for_pauses()
    {
        var pace = new RepairPace(1000, _time);
        await pace.SpendAsync(5, default);
        var second = pace.SpendAsync(1000, default).AsTask();
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1010));
        await second.WaitAsync(Eventually.Limit);

        _time.Advance(TimeSpan.FromHours(1));
        await pace.SpendAsync(9, default);
        var large = pace.SpendAsync(2000, default).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(1900));
        Assert.False(large.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        await large.WaitAsync(Eventually.Limit);
    }

    private static IEnumerable<string> Keys() => Enumerable.Range(0, 300).Select(key => $"key-{key}");

    private LeafScrub ScrubOf(LeafStore store, IRepairPace? pace = null) =>
        new(store.Leaves, store.Store, pace ?? new RepairPace(long.MaxValue, _time), NodeMeters.Unobserved, _time, Pass);
}
