using AkkaKv.Storage;
using AkkaKv.Testing;

namespace AkkaKv.Node.Tests;

public sealed class LeafTableTests
{
    /// <summary>Memtables are full after a few batches, so logs go while the leaves are kept.</summary>
    private static readonly StorageOptions Small = new() { MemtableLimitBytes = 4096, CommitLogSpaceBytes = 8192, BlockBytes = 256 };

    [Fact]
    public async Task Restart_should_find_the_leaves_without_reading_rows()
    {
        var files = new FaultInjectionFileSystem();
        await using (var store = LeafStore.Open(files, Small))
        {
            for (var round = 0; round < 50; round++) await store.WriteAsync(Keys(round * 7, 9));
        }

        await using var again = LeafStore.Open(files, Small);
        Assert.Equal(0, again.Leaves.DoubtfulBlocks);
        Assert.Equal(again.Rescan(), again.Kept());
        Assert.Contains(again.Kept(), leaf => leaf != 0);
    }

    /// <summary>A crash at every I/O call of a run with flushes and restarts; what is kept and the notes behind it must be what a scan finds.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Leaves_should_be_what_the_rows_give_after_a_crash_at_any_call(bool dropsRanges)
    {
        var crashes = 0;
        for (var seed = 0; crashes < 400; seed++)
        {
            for (var call = 1; ; call += 1 + seed % 3)
            {
                var files = new FaultInjectionFileSystem(seed) { OnCall = io => io.Number == call ? IoFault.Crash : IoFault.None };
                if (await RunAsync(files, new Random(seed), dropsRanges)) break;
                crashes++;
                await using var found = LeafStore.Open(files.AfterCrash(), Small);
                found.Check($"seed {seed}, call {call}");
                // It would be easy to be right by doubting everything.
                if (!dropsRanges) Assert.True(found.Leaves.DoubtfulBlocks == 0, $"seed {seed}, call {call}: {found.Leaves.DoubtfulBlocks} blocks are in doubt");
            }
        }
    }

    [Fact]
    public async Task Damaged_and_missing_files_should_put_all_leaves_into_doubt_and_checks_take_them_out()
    {
        foreach (var damage in new Action<FaultInjectionFileSystem>[]
        {
            files => files.Delete($"{LeafStore.Directory}/{LeafFile.Name}"),
            files => files.Overwrite($"{LeafStore.Directory}/{LeafFile.Name}", files.Peek($"{LeafStore.Directory}/{LeafFile.Name}").AsSpan()[..^1]),
        })
        {
            var files = new FaultInjectionFileSystem();
            await using (var store = LeafStore.Open(files, Small))
            {
                await store.WriteAsync(Keys(0, 200));
                await store.Store.FlushAsync();
            }

            damage(files);
            await using var again = LeafStore.Open(files, Small);
            Assert.Equal(LeafStore.Shape.Blocks, again.Leaves.DoubtfulBlocks);
            await again.WriteAsync(Keys(100, 50));
            for (var block = 0; block < LeafStore.Shape.Blocks; block++) Assert.NotNull(LeafCheck.Run(again.Leaves, block, again.Store));
            Assert.Equal(0, again.Leaves.DoubtfulBlocks);
            Assert.Equal(again.Rescan(), again.Kept());
        }
    }

    [Fact]
    public async Task Rows_that_were_written_without_notes_should_put_the_leaves_into_doubt()
    {
        var files = new FaultInjectionFileSystem();
        await using (var store = LeafStore.Open(files, Small)) await store.WriteAsync(Keys(0, 20));
        await using (var unkept = LsmStore.Open(LeafStore.Directory, Small, files))
        {
            var batch = new WriteBatch();
            batch.Delete(unkept.Scan(default, default).First().Key.Span);
            await unkept.CommitAsync(batch);
        }

        await using var again = LeafStore.Open(files, Small);
        again.Check("after a session without a keeper");
        Assert.True(again.Leaves.DoubtfulBlocks > 0);
    }

    [Fact]
    public async Task Dropped_range_should_be_in_doubt_until_it_is_checked_and_after_a_crash_too()
    {
        var files = new FaultInjectionFileSystem();
        var store = LeafStore.Open(files, Small);
        await store.WriteAsync(Keys(0, 300));
        var (from, until) = LeafStore.Shape.RowsOf(new LeafRange(100, 700));
        await store.Store.DropRangeAsync(from, until);
        store.Check("after the drop");
        Assert.InRange(store.Leaves.DoubtfulBlocks, 1, LeafStore.Shape.Blocks);

        await using var again = LeafStore.Open(files.AfterCrash(), Small);
        await store.DisposeAsync();
        again.Check("after a crash behind the drop");
        while (again.Leaves.NextDoubtful(_ => false) is { } block) Assert.NotNull(LeafCheck.Run(again.Leaves, block, again.Store));
        Assert.Equal(again.Rescan(), again.Kept());
    }

    [Fact]
    public async Task Check_should_find_and_correct_a_wrong_leaf_and_no_right_one()
    {
        await using var store = LeafStore.Open(new FaultInjectionFileSystem(), Small);
        await store.WriteAsync(Keys(0, 300));
        Assert.Equal(0, LeafCheck.Run(store.Leaves, 1, store.Store)!.Value.WrongLeaves);

        // A note that says what no row says: leaf 300, in units of 2^20 slices, changes.
        var note = new byte[] { 1, 300 * 1024 >> 16, 300 * 1024 >> 8 & 0xFF, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
        ((INoteKeeper)store.Leaves).Take(store.Leaves.Sequence + 1, note);
        Assert.NotEqual(store.Rescan(), store.Kept());
        await store.WriteAsync("one more", "and another");
        Assert.Equal(new LeafCheckResult(false, 1, 0) with { BytesRead = 1 }, LeafCheck.Run(store.Leaves, 1, store.Store)!.Value with { BytesRead = 1 });
        Assert.Equal(store.Rescan(), store.Kept());
    }

    [Fact]
    public async Task Checks_should_be_exact_while_writes_go_on()
    {
        await using var store = LeafStore.Open(new FaultInjectionFileSystem(), new StorageOptions { MemtableLimitBytes = 64 * 1024 });
        await store.WriteAsync(Keys(0, 500));
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (var round = 0; !stop.IsCancellationRequested; round++) await store.WriteAsync(Keys(round * 13 % 500, 7));
        });
        for (var pass = 0; pass < 200; pass++)
        {
            for (var block = 0; block < LeafStore.Shape.Blocks; block++)
            {
                if (LeafCheck.Run(store.Leaves, block, store.Store) is { } result) Assert.Equal(0, result.WrongLeaves);
            }
        }

        await stop.CancelAsync();
        await writer;
        Assert.Equal(store.Rescan(), store.Kept());
    }

    private static IEnumerable<string> Keys(int first, int count) => Enumerable.Range(first, count).Select(key => $"key-{key}");

    /// <summary>True if it came to its end before the disk failed.</summary>
    private static async Task<bool> RunAsync(FaultInjectionFileSystem files, Random random, bool dropsRanges)
    {
        LeafStore? store = null;
        try
        {
            store = LeafStore.Open(files, Small);
            for (var step = 0; step < 14; step++)
            {
                switch (random.Next(8))
                {
                    case 0:
                        await store.Store.FlushAsync();
                        break;
                    case 1:
                        await store.DisposeAsync();
                        store = LeafStore.Open(files, Small);
                        break;
                    case 2 when dropsRanges:
                        var (from, until) = LeafStore.Shape.RowsOf(new LeafRange(random.Next(300), 300 + random.Next(700)));
                        await store.Store.DropRangeAsync(from, until);
                        break;
                    default:
                        await store.WriteAsync(Keys(random.Next(40), 1 + random.Next(20)));
                        break;
                }

                if (store.Leaves.NextDoubtful(_ => false) is { } block && random.Next(2) == 0) LeafCheck.Run(store.Leaves, block, store.Store);
                store.Check($"step {step}");
            }

            return true;
        }
        catch (Exception failure) when (failure is IOException or StorageReadOnlyException)
        {
            return false;
        }
        finally
        {
            if (store is not null) await store.DisposeAsync();
        }
    }
}
