using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class GroupCommitTests
{
    [Fact]
    public async Task Commits_that_arrive_during_a_sync_should_share_the_next()
    {
        using var disk = new HeldDisk(IoOperation.Sync);
        await using var store = Rows.Open(disk.Files);
        disk.Hold();

        var first = store.PutAsync("first", "1");
        disk.WaitUntilHeld();
        var others = Enumerable.Range(0, 100).Select(i => store.PutAsync($"other-{i}", "1")).ToList();
        disk.Release();
        await Task.WhenAll(others.Append(first));

        Assert.Equal(2, disk.CallsSinceHold);
        Assert.Equal(Enumerable.Range(2, 100).Select(i => (ulong)i), others.Select(commit => commit.Result));
    }

    [Fact]
    public async Task Group_should_stay_within_its_bound()
    {
        using var disk = new HeldDisk(IoOperation.Sync);
        await using var store = Rows.Open(disk.Files, new StorageOptions { CommitGroupLimitBytes = 1_000 });
        disk.Hold();

        var first = store.PutAsync("first", "1");
        disk.WaitUntilHeld();
        var others = Enumerable.Range(0, 20).Select(i => store.PutAsync($"other-{i}", new string('x', 300))).ToList();
        disk.Release();
        await Task.WhenAll(others.Append(first));

        Assert.Equal(1 + 7, disk.CallsSinceHold);
    }

    [Fact]
    public async Task Row_should_be_unreadable_until_its_batch_is_durable()
    {
        using var disk = new HeldDisk(IoOperation.Sync);
        await using var store = Rows.Open(disk.Files);
        disk.Hold();

        var commit = store.PutAsync("a", "1");
        disk.WaitUntilHeld();
        Assert.Null(store.Get("a"));
        Assert.Empty(store.ScanAll());
        Assert.Equal(0ul, store.SyncedSequence);
        Assert.False(commit.IsCompleted);

        disk.Release();
        await commit;
        Assert.Equal("1", store.Get("a"));
    }

    [Fact]
    public async Task Callback_should_come_once_its_batch_is_durable_and_readable()
    {
        using var disk = new HeldDisk(IoOperation.Sync);
        await using var store = Rows.Open(disk.Files);
        disk.Hold();

        var batch = new WriteBatch();
        batch.Put("a", "1");
        var called = new TaskCompletionSource<(Exception? Failure, string? Value)>(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Commit(batch, failure => called.SetResult((failure, store.Get("a"))));
        disk.WaitUntilHeld();
        Assert.False(called.Task.IsCompleted);
        disk.Release();
        Assert.Equal((null, "1"), await called.Task);
    }

    [Fact]
    public async Task Callback_of_a_refused_commit_should_be_told_why_and_what_it_throws_should_harm_nobody()
    {
        var store = Rows.Open(new FaultInjectionFileSystem());
        var batch = new WriteBatch();
        batch.Put("a", "1");
        store.Commit(batch, _ => throw new InvalidOperationException("a callback fails"));
        await store.PutAsync("b", "1");
        Assert.Equal(("1", StorageState.Writable), (store.Get("a"), store.State));

        await store.DisposeAsync();
        Exception? told = null;
        store.Commit(batch, failure => told = failure);
        Assert.IsType<ObjectDisposedException>(told);
    }

    /// <summary>Such a group is inserted while it is synced.</summary>
    [Fact]
    public async Task Rows_of_a_large_group_should_be_unreadable_until_it_is_durable()
    {
        using var disk = new HeldDisk(IoOperation.Sync);
        await using var store = Rows.Open(disk.Files);
        await store.PutAsync("row 007", "old");
        disk.Hold();

        var batch = Rows.LargeBatch();
        var commit = store.CommitAsync(batch);
        disk.WaitUntilHeld();
        var isInserted = SpinWait.SpinUntil(() => store.Statistics.Tables.MemtableBytes > batch.ByteSize, TimeSpan.FromSeconds(60));
        Assert.True(isInserted, "The rows were not inserted while the disk synced them.");
        Assert.Equal([("row 007", "old")], store.ScanAll());
        Assert.Null(store.Get("row 008"));
        Assert.Equal(MemoryLookup.Absent, store.TryGetFromMemory(Rows.Bytes("row 008"), out _));
        Assert.Equal(1ul, store.SyncedSequence);

        disk.Release();
        await commit;
        Assert.Equal(batch.Count, store.ScanAll().Count);
        Assert.NotEqual("old", store.Get("row 007"));
    }

    [Fact]
    public async Task Commits_should_wait_while_too_many_memtables_wait_for_their_flush()
    {
        using var disk = new HeldDisk(IoOperation.Create, ".sst");
        var options = new StorageOptions { MemtableLimitBytes = 4096, ImmutableMemtableLimit = 2, CommitGroupLimitBytes = 1 };
        await using var store = Rows.Open(disk.Files, options);
        disk.Hold();

        // Each row fills a memtable: one is open, two wait, and the fourth row has no room.
        var commits = Enumerable.Range(0, 4).Select(i => store.PutAsync($"row-{i}", new string('x', 4_000))).ToList();
        await Task.WhenAll(commits.Take(3));
        disk.WaitUntilHeld();
        Assert.Equal(3ul, store.SyncedSequence);
        Assert.False(commits[3].IsCompleted);
        Assert.NotNull(store.Get("row-0"));

        disk.Release();
        Assert.Equal(4ul, await commits[3]);
    }

    [Fact]
    public async Task Flush_should_leave_the_logs_of_memtables_that_still_wait()
    {
        var files = new FaultInjectionFileSystem();
        using var secondTable = new ManualResetEventSlim();
        using var crashed = new ManualResetEventSlim();
        var tables = 0;
        files.OnCall = io =>
        {
            if (io.Operation == IoOperation.Create && io.Path.EndsWith(".sst") && ++tables == 2)
            {
                secondTable.Set();
                crashed.Wait();
            }

            return IoFault.None;
        };
        var options = new StorageOptions { MemtableLimitBytes = 4096, ImmutableMemtableLimit = 9, CommitGroupLimitBytes = 1 };
        var store = Rows.Open(files, options);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => store.PutAsync($"row-{i}", new string('x', 4_000))));
        secondTable.Wait();

        var survivor = files.AfterCrash();
        crashed.Set();
        await store.DisposeAsync();

        await using var recovered = Rows.Open(survivor);
        Assert.Equal(5, recovered.ScanAll().Count);
        Assert.Equal(4, recovered.Recovery.RowsReplayed);
    }

    [Fact]
    public async Task Closing_should_serve_what_is_queued()
    {
        using var disk = new HeldDisk(IoOperation.Sync);
        var store = Rows.Open(disk.Files);
        disk.Hold();

        var first = store.PutAsync("first", "1");
        disk.WaitUntilHeld();
        var second = store.PutAsync("second", "1");
        var closing = store.DisposeAsync();
        disk.Release();
        await closing;

        Assert.Equal(1ul, await first);
        Assert.Equal(2ul, await second);
    }

    /// <summary>A disk whose calls of one kind can be made to wait.</summary>
    private sealed class HeldDisk : IDisposable
    {
        private readonly ManualResetEventSlim _open = new(initialState: true);
        private readonly ManualResetEventSlim _held = new();
        private int _calls;

        public HeldDisk(IoOperation operation, string ending = "") => Files.OnCall = io =>
        {
            if (io.Operation == operation && io.Path.EndsWith(ending) && !_open.IsSet)
            {
                _held.Set();
                if (!_open.Wait(TimeSpan.FromSeconds(60)))
                    throw new TimeoutException("The test did not release the disk.");
            }

            if (io.Operation == operation)
                Interlocked.Increment(ref _calls);
            return IoFault.None;
        };

        public FaultInjectionFileSystem Files { get; } = new();

        public int CallsSinceHold => Volatile.Read(ref _calls);

        public void Hold()
        {
            _calls = 0;
            _open.Reset();
        }

        public void WaitUntilHeld() => _held.Wait();

        public void Release() => _open.Set();

        public void Dispose()
        {
            _open.Set();
            _open.Dispose();
            _held.Dispose();
        }
    }
}
