using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>Syncing at intervals: acknowledged after the append, durable in time, honest about what is.</summary>
public sealed class SyncIntervalTests
{
    private static readonly StorageOptions Seldom = new() { SyncInterval = TimeSpan.FromMinutes(1) };

    private static readonly StorageOptions Often = new() { SyncInterval = TimeSpan.FromMilliseconds(1) };

    [Fact]
    public async Task Commit_should_be_readable_before_it_is_durable_and_not_be_called_durable()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Seldom);

        Assert.Equal(1UL, await store.PutAsync("a", "1"));

        Assert.Equal("1", store.Get("a"));
        Assert.Equal([("a", "1")], store.ScanAll());
        Assert.Equal(0UL, store.SyncedSequence);
    }

    [Fact]
    public async Task Log_should_be_synced_within_the_interval_without_another_commit()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Often);
        var synced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        files.OnCall = call =>
        {
            if (call.Operation == IoOperation.Sync)
                synced.TrySetResult();
            return IoFault.None;
        };

        await store.PutAsync("a", "1");

        await synced.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(SpinWait.SpinUntil(() => store.SyncedSequence == 1, TimeSpan.FromSeconds(30)), "synced, and not said");
    }

    [Fact]
    public async Task Log_should_be_synced_within_the_interval_while_commits_never_pause()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Often);
        while (store.SyncedSequence < 100)
            await Task.WhenAll(Enumerable.Range(0, 20).Select(row => store.PutAsync($"{row}", "value")));
    }

    [Fact]
    public async Task Flush_and_close_should_leave_nothing_unsynced()
    {
        var files = new FaultInjectionFileSystem();
        var store = Rows.Open(files, Seldom);
        await store.PutAsync("a", "1");
        await store.FlushAsync();
        Assert.Equal(1UL, store.SyncedSequence);
        await store.PutAsync("b", "2");
        await store.DisposeAsync();

        await using var again = Rows.Open(files.AfterCrash());
        Assert.True(again.Recovery.WasClosedCleanly);
        Assert.Equal([("a", "1"), ("b", "2")], again.ScanAll());
    }

    [Fact]
    public async Task Failed_sync_should_stop_commits_and_never_be_tried_again()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Often);
        var syncs = 0;
        files.OnCall = call => call.Operation == IoOperation.Sync && Interlocked.Increment(ref syncs) > 0 ? IoFault.Fail : IoFault.None;

        await store.PutAsync("a", "1");

        Assert.True(SpinWait.SpinUntil(() => !store.State.AcceptsCommits, TimeSpan.FromSeconds(30)), "the store takes commits behind a failed sync");
        await Assert.ThrowsAsync<StorageReadOnlyException>(() => store.PutAsync("b", "2"));
        await store.DisposeAsync();
        Assert.Equal(1, syncs);
        Assert.Equal(0UL, store.SyncedSequence);
    }

    [Fact]
    public async Task Crash_should_lose_the_newest_commits_only_and_none_that_was_called_synced()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var files = new FaultInjectionFileSystem(seed);
            var random = new Random(seed);
            var options = (random.Next(2) == 0 ? Seldom : Often) with { MemtableLimitBytes = 4 << 10 };
            var store = Rows.Open(files, options);
            var crashAt = files.Calls + random.Next(1, 60);
            files.OnCall = call => call.Number == crashAt ? IoFault.Crash : IoFault.None;
            var (acknowledged, synced) = (0UL, 0UL);
            try
            {
                for (; acknowledged < 60; acknowledged++)
                {
                    synced = store.SyncedSequence;
                    await store.PutAsync($"row-{acknowledged + 1:D3}", new string('x', random.Next(300)));
                }
            }
            catch (StorageReadOnlyException)
            {
                // The crash, as the writer sees it.
            }

            synced = Math.Max(synced, store.SyncedSequence);
            var after = files.AfterCrash();
            Assert.Empty(StoreVerifier.Verify(Rows.Directory, after).Faults);
            await using var again = Rows.Open(after);

            var last = again.SyncedSequence;
            Assert.True(last >= synced, $"seed {seed}: {synced} were synced, {last} are there");
            Assert.Equal(Enumerable.Range(1, (int)last).Select(row => $"row-{row:D3}"), again.ScanAll().Select(row => row.Key));
            await store.DisposeAsync();
        }
    }
}
