using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class DiskFailureTests
{
    private static readonly StorageOptions Options = new()
    {
        MemtableLimitBytes = 4096,
        BlockBytes = 256,
        ImmutableMemtableLimit = 1,
        LevelZeroTables = 2,
        LevelBaseBytes = 1024,
        LevelMultiplier = 2,
        TableTargetBytes = 1024,
        ManifestEditLimitBytes = 300,
    };

    [Fact]
    public async Task Failed_sync_should_stop_acknowledgement_but_not_reads()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files);
        await store.PutAsync("a", "1");
        files.OnCall = io => io.Operation == IoOperation.Sync ? IoFault.Fail : IoFault.None;

        await Assert.ThrowsAsync<StorageReadOnlyException>(() => store.PutAsync("b", "2"));
        files.OnCall = null;
        var refusal = await Assert.ThrowsAsync<StorageReadOnlyException>(() => store.PutAsync("c", "3"));
        await Assert.ThrowsAsync<StorageReadOnlyException>(() => store.FlushAsync());

        Assert.False(store.State.AcceptsCommits);
        Assert.Same(store.State.Cause, refusal.InnerException);
        Assert.Equal(1ul, store.SyncedSequence);
        Assert.Equal([("a", "1")], store.ScanAll());
    }

    /// <summary>The rows of such a group are in the memtable when its sync fails.</summary>
    [Fact]
    public async Task Large_group_whose_sync_failed_should_never_be_seen()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files);
        await store.PutAsync("row 007", "old");
        files.OnCall = io => io.Operation == IoOperation.Sync ? IoFault.Fail : IoFault.None;

        await Assert.ThrowsAsync<StorageReadOnlyException>(() => store.CommitAsync(Rows.LargeBatch()));
        files.OnCall = null;

        Assert.Equal([("row 007", "old")], store.ScanAll());
        Assert.Equal("old", store.Get("row 007"));
        await Assert.ThrowsAsync<StorageReadOnlyException>(() => store.FlushAsync());
        Assert.DoesNotContain(files.ListFiles(Rows.Directory), name => name.EndsWith(".sst"));
        Assert.Equal(1ul, await store.CheckpointAsync("/copy"));
        await using var copy = LsmStore.Open("/copy", new StorageOptions(), files);
        Assert.Equal([("row 007", "old")], copy.ScanAll());
    }

    [Fact]
    public async Task Commits_that_wait_behind_a_failed_sync_should_fail_with_it()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files);
        using var syncing = new ManualResetEventSlim();
        using var queued = new ManualResetEventSlim();
        files.OnCall = io =>
        {
            if (io.Operation != IoOperation.Sync)
                return IoFault.None;
            syncing.Set();
            queued.Wait();
            return IoFault.Fail;
        };

        var commits = new List<Task<ulong>> { store.PutAsync("a", "1") };
        syncing.Wait();
        commits.AddRange(Enumerable.Range(0, 100).Select(i => store.PutAsync($"b{i}", "2")));
        queued.Set();

        foreach (var commit in commits)
            await Assert.ThrowsAsync<StorageReadOnlyException>(() => commit);
        Assert.Equal(0ul, store.SyncedSequence);
        Assert.Empty(store.ScanAll());
    }

    [Fact]
    public async Task Store_should_keep_every_acknowledged_batch_after_a_failure_of_any_io_call()
    {
        var failures = 0;
        for (var seed = Settings.Seed; failures < Settings.CrashPoints / 2; seed++)
        {
            var counted = new FaultInjectionFileSystem(seed);
            await new CrashScenario(seed, Options).RunAsync(counted);
            for (var call = 1; call <= counted.Calls; call++, failures++)
            {
                var files = new FaultInjectionFileSystem(seed) { OnCall = io => io.Number == call ? IoFault.Fail : IoFault.None };
                await RunAndVerifyAsync(new CrashScenario(seed, Options), files, $"AKKAKV_SEED={seed}, failure of call {call}");
            }
        }
    }

    [Fact]
    public async Task Store_should_keep_every_acknowledged_batch_when_the_disk_fills_up()
    {
        for (var seed = Settings.Seed; seed < Settings.Seed + 5; seed++)
        {
            for (var capacity = 0; capacity < 12_000; capacity += 150)
            {
                var files = new FaultInjectionFileSystem(seed) { CapacityBytes = capacity };
                await RunAndVerifyAsync(new CrashScenario(seed, Options), files, $"AKKAKV_SEED={seed}, capacity {capacity}");
            }
        }
    }

    [Fact]
    public async Task Full_disk_should_not_keep_a_store_from_opening_for_reads()
    {
        var files = new FaultInjectionFileSystem();
        await using (var store = Rows.Open(files))
        {
            await store.PutAsync("a", "1");
            await store.FlushAsync();
            await store.PutAsync("b", "2");
        }

        files.CapacityBytes = files.UsedBytes;
        await using (var full = Rows.Open(files))
        {
            Assert.Contains("No space", full.State.ToString());
            Assert.Equal([("a", "1"), ("b", "2")], full.ScanAll());
            await Assert.ThrowsAsync<StorageReadOnlyException>(() => full.PutAsync("c", "3"));
        }

        files.CapacityBytes = null;
        await using var freed = Rows.Open(files);
        await freed.PutAsync("c", "3");
        Assert.Equal(3, freed.ScanAll().Count);
    }

    [Fact]
    public async Task Failed_flush_should_keep_rows_readable_and_durable()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files);
        await store.PutAsync("a", "1");
        files.OnCall = io => io.Operation == IoOperation.Append && io.Path.EndsWith(".sst") ? IoFault.Fail : IoFault.None;

        await Assert.ThrowsAsync<StorageReadOnlyException>(store.FlushAsync);

        Assert.Equal("1", store.Get("a"));
        await using var again = Rows.Open(files.AfterCrash());
        Assert.Equal("1", again.Get("a"));
    }

    private static async Task RunAndVerifyAsync(CrashScenario scenario, FaultInjectionFileSystem files, string context)
    {
        await scenario.RunAsync(files);
        files.OnCall = null;
        files.CapacityBytes = null;

        // The process starts again with the system's cache as it is; then the power goes.
        await using (var restarted = Rows.Open(files, Options))
            scenario.Verify(restarted, $"{context}, restart");
        await using var recovered = Rows.Open(files.AfterCrash(), Options);
        scenario.Verify(recovered, $"{context}, power loss");
    }
}
