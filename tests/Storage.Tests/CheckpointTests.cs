using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>A checkpoint is a sound store of one moment, whatever happens to the store it was made of.</summary>
public sealed class CheckpointTests
{
    private const string Copy = "/copy";

    private static readonly StorageOptions Options = new() { MemtableLimitBytes = 8 << 10, BlockBytes = 256 };

    [Fact]
    public async Task Checkpoint_should_hold_the_rows_of_tables_and_memory()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Options);
        await store.PutAsync("a", "in a table");
        await store.PutAsync("b", "gone");
        await store.FlushAsync();
        await store.DeleteAsync("b");
        await store.PutAsync("c", "old");
        await store.PutAsync("c", "in memory");

        var sequence = await store.CheckpointAsync(Copy);
        await store.PutAsync("a", "too late");

        AssertSound(files);
        await using var copy = LsmStore.Open(Copy, Options, files);
        Assert.Equal((5UL, 5UL), (sequence, copy.SyncedSequence));
        Assert.Equal([("a", "in a table"), ("c", "in memory")], copy.ScanAll());
        Assert.Null(copy.Get("b"));
    }

    [Fact]
    public async Task Checkpoint_and_store_should_go_their_own_ways()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Options);
        await store.PutAsync("a", "1");
        await store.FlushAsync();
        await store.CheckpointAsync(Copy);

        await using (var copy = LsmStore.Open(Copy, Options, files))
        {
            await copy.PutAsync("a", "2");
            await copy.FlushAsync();
        }

        foreach (var name in files.ListFiles(Copy))
            files.Delete(Path.Combine(Copy, name));
        Assert.Equal("1", store.Get("a"));
    }

    [Fact]
    public async Task Checkpoint_of_an_empty_store_should_open_empty()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Options);

        Assert.Equal(0UL, await store.CheckpointAsync(Copy));

        AssertSound(files);
        await using var copy = LsmStore.Open(Copy, Options, files);
        Assert.Empty(copy.ScanAll());
    }

    [Fact]
    public async Task Checkpoint_should_refuse_a_directory_that_holds_files()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Options);
        files.Overwrite(Path.Combine(Copy, "notes"), [1]);

        await Assert.ThrowsAsync<IOException>(() => store.CheckpointAsync(Copy));

        Assert.Equal(["notes"], files.ListFiles(Copy));
    }

    [Fact]
    public async Task Checkpoint_of_a_damaged_store_should_fail_and_leave_nothing()
    {
        var files = new FaultInjectionFileSystem();
        await using (var store = Rows.Open(files, Options))
        {
            await store.PutAsync("a", "1");
            await store.FlushAsync();
        }

        var table = files.ListFiles(Rows.Directory).Single(name => name.EndsWith(".sst", StringComparison.Ordinal));
        files.Delete(Path.Combine(Rows.Directory, table));
        await using var damaged = Rows.Open(files, Options);

        await Assert.ThrowsAsync<CorruptionException>(() => damaged.CheckpointAsync(Copy));

        Assert.Empty(files.ListFiles(Copy));
    }

    [Fact]
    public async Task Checkpoints_made_while_writes_go_on_should_each_be_of_one_moment()
    {
        const int Checkpoints = 10;
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Options);
        using var stop = new CancellationTokenSource();
        var acknowledged = 0;
        var writer = Task.Run(async () =>
        {
            // Row n says that all before it were written; a counter is overwritten with each.
            for (var row = 0; !stop.IsCancellationRequested; row++)
            {
                var batch = new WriteBatch();
                batch.Put($"row-{row:D6}", new string('x', 50));
                batch.Put("count", $"{row + 1}");
                await store.CommitAsync(batch);
                Volatile.Write(ref acknowledged, row + 1);
            }
        });

        for (var checkpoint = 0; checkpoint < Checkpoints; checkpoint++)
        {
            var before = Volatile.Read(ref acknowledged);
            var directory = $"/copy-{checkpoint}";
            await store.CheckpointAsync(directory);

            Assert.Empty(StoreVerifier.Verify(directory, files).Faults);
            await using var copy = LsmStore.Open(directory, Options, files);
            var count = int.Parse(copy.Get("count") ?? "0");
            Assert.True(count >= before, $"{count} rows, {before} were acknowledged before");
            Assert.Equal(Enumerable.Range(0, count).Select(row => $"row-{row:D6}"), copy.ScanAll("row-").Select(row => row.Key));
        }

        await stop.CancelAsync();
        await writer;
    }

    [Fact]
    public async Task Crash_at_any_call_of_a_checkpoint_should_leave_a_whole_copy_or_none()
    {
        var (whole, none) = (0, 0);
        for (var crashAt = 1; ; crashAt++)
        {
            var files = new FaultInjectionFileSystem(crashAt);
            var store = Rows.Open(files, Options);
            await store.PutAsync("a", "1");
            await store.FlushAsync();
            await store.PutAsync("b", "2");
            var last = files.Calls + crashAt;
            files.OnCall = call => call.Number == last ? IoFault.Crash : IoFault.None;
            var isDone = await store.CheckpointAsync(Copy).ContinueWith(task => task.IsCompletedSuccessfully, TaskScheduler.Default);
            var after = files.AfterCrash();

            await using (var original = Rows.Open(after, Options))
                Assert.Equal([("a", "1"), ("b", "2")], original.ScanAll());
            if (StoreVerifier.Verify(Copy, after).IsSound)
            {
                await using var copy = LsmStore.Open(Copy, Options, after);
                Assert.Equal([("a", "1"), ("b", "2")], copy.ScanAll());
                whole++;
            }
            else
            {
                Assert.False(isDone, $"the checkpoint was reported as done, and a crash at call {crashAt} has undone it");
                none++;
            }

            if (isDone)
                break;
        }

        Assert.True(whole > 0 && none > 0, $"{whole} copies were whole, {none} were not there");
    }

    [Fact]
    public async Task Checkpoint_on_a_real_disk_should_share_its_tables()
    {
        var root = Directory.CreateTempSubdirectory("akkakv-checkpoint-").FullName;
        try
        {
            var (from, to) = (Path.Combine(root, "store"), Path.Combine(root, "copy"));
            await using (var store = LsmStore.Open(from, Options, LocalFileSystem.Instance))
            {
                await store.PutAsync("a", "1");
                await store.FlushAsync();
                await store.CheckpointAsync(to);
                await Assert.ThrowsAsync<IOException>(() => store.CheckpointAsync(to));
            }

            Directory.Delete(from, recursive: true);
            Assert.Empty(StoreVerifier.Verify(to, LocalFileSystem.Instance).Faults);
            await using var copy = LsmStore.Open(to, Options, LocalFileSystem.Instance);
            Assert.Equal("1", copy.Get("a"));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static void AssertSound(FaultInjectionFileSystem files) => Assert.Empty(StoreVerifier.Verify(Copy, files).Faults);
}
