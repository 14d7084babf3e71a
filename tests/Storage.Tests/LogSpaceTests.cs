using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>Logs in space that was allocated, and in the space of earlier logs.</summary>
public sealed class LogSpaceTests
{
    private const long Space = 8 << 10;

    private static readonly StorageOptions Options = new()
    {
        MemtableLimitBytes = 1 << 20,
        CommitLogSpaceBytes = Space,
        LevelZeroTables = int.MaxValue,
    };

    private readonly FaultInjectionFileSystem _files = new();

    [Fact]
    public async Task Log_should_have_its_space_while_the_store_is_open_and_end_with_its_last_record_afterwards()
    {
        await using (var store = Rows.Open(_files, Options))
        {
            await store.PutAsync("a", "1");
            Assert.Equal(Space, _files.Peek(Logs(_files).Single()).Length);
        }

        Assert.InRange(_files.Peek(Logs(_files).Single()).Length, 1, 200);
        await using var again = Rows.Open(_files, Options);
        Assert.Equal("1", again.Get("a"));
        Assert.Empty(again.Recovery.CutTails);
    }

    [Fact]
    public async Task Log_should_grow_where_there_is_no_room_for_its_space()
    {
        _files.CapacityBytes = Space - 1;
        await using var store = Rows.Open(_files, Options);
        await store.PutAsync("a", new string('x', 1_000));

        Assert.True(store.State.AcceptsCommits);
        Assert.InRange(_files.Peek(Logs(_files).Single()).Length, 1_000, 1_200);
        await using var again = Rows.Open(_files.AfterCrash(), Options);
        Assert.Equal(1_000, again.Get("a")!.Length);
    }

    [Fact]
    public async Task Log_should_be_written_in_the_space_of_one_that_nothing_needs()
    {
        var calls = Count(_files);
        await using var store = Rows.Open(_files, Options);
        var first = Logs(_files).Single();
        await FillAsync(store, round: 0);
        var second = Logs(_files)[^1];

        // The first log became the spare, and the third one is in its place.
        await FillAsync(store, round: 1);
        var third = Logs(_files)[^1];

        Assert.Equal(2, calls[IoOperation.Create, ".log"]);
        Assert.Equal(1, calls[IoOperation.Rename, ".log"]);
        Assert.Equal([second, third], Logs(_files));
        Assert.False(_files.FileExists(first));
        Assert.Contains("round-0", Rows.Text(_files.Peek(third)));
    }

    [Fact]
    public async Task Records_of_an_earlier_log_should_not_come_back_with_its_space()
    {
        var store = Rows.Open(_files, Options);
        await FillAsync(store, round: 0);
        await FillAsync(store, round: 1);
        await store.DropRangeAsync(default, default);
        await store.PutAsync("a", "1");
        var crashed = _files.AfterCrash();
        await store.DisposeAsync();

        var cut = Assert.Single(StoreVerifier.Verify(Rows.Directory, crashed.Copy()).Notes, note => note.What.StartsWith("no record"));
        await using var again = Rows.Open(crashed, Options);
        Assert.Equal([("a", "1")], again.ScanAll());
        Assert.Equal((cut.File, cut.Offset), (again.Recovery.CutTails.Single().File, again.Recovery.CutTails.Single().Offset));
    }

    [Fact]
    public async Task One_spare_log_at_most_should_be_kept_and_none_after_an_orderly_close()
    {
        await using (var store = Rows.Open(_files, Options))
        {
            for (var round = 0; round < 5; round++)
            {
                await FillAsync(store, round);
                Assert.Equal(2, Logs(_files).Count);
                Assert.InRange(_files.UsedBytes, 0, 2 * Space + 40_000);
            }
        }

        Assert.Single(Logs(_files));
    }

    [Fact]
    public async Task Log_that_grew_beyond_its_space_should_not_be_kept()
    {
        await using var store = Rows.Open(_files, Options);
        await store.PutAsync("a", new string('x', (int)Space));
        await store.FlushAsync();

        Assert.Single(Logs(_files));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Log_that_has_another_name_should_not_be_written_over(bool sinceItIsSpare)
    {
        await using var store = Rows.Open(_files, Options);
        var first = Logs(_files).Single();
        await store.PutAsync("a", "in the first log");
        if (!sinceItIsSpare)
            _files.Link(first, "/store/backup");
        await store.FlushAsync();
        if (sinceItIsSpare)
            _files.Link(first, "/store/backup");
        var linked = _files.Peek("/store/backup");

        await FillAsync(store, round: 0);
        await FillAsync(store, round: 1);

        Assert.Equal(linked, _files.Peek("/store/backup"));
        Assert.False(_files.FileExists(first));
    }

    [Fact]
    public async Task Spare_log_of_an_earlier_process_should_be_deleted_and_not_be_used()
    {
        var store = Rows.Open(_files, Options);
        await FillAsync(store, round: 0);
        var killed = _files.Copy();
        await store.DisposeAsync();
        var spare = Logs(killed)[0];
        Assert.Contains(StoreVerifier.Verify(Rows.Directory, killed.Copy()).Notes, note => note.File == spare && note.What.Contains("space"));
        var calls = Count(killed);

        await using var again = Rows.Open(killed, Options);

        Assert.Equal(0, calls[IoOperation.Reuse, ".log"]);
        Assert.DoesNotContain(spare, Logs(killed));
    }

    [Fact]
    public async Task Checkpoint_should_not_change_when_logs_are_written_over()
    {
        await using var store = Rows.Open(_files, Options);
        await FillAsync(store, round: 0);
        await store.PutAsync("a", "before");
        await store.CheckpointAsync("/copy");
        await FillAsync(store, round: 1);
        await FillAsync(store, round: 2);
        await store.PutAsync("a", "after");

        Assert.Empty(StoreVerifier.Verify("/copy", _files).Faults);
        await using var copy = LsmStore.Open("/copy", Options, _files);
        Assert.Equal("before", copy.Get("a"));
        Assert.DoesNotContain(copy.ScanAll(), row => row.Key.StartsWith("round-1", StringComparison.Ordinal));
    }

    /// <summary>The flush thread is held up, so nobody else syncs the directory meanwhile.</summary>
    [Fact]
    public async Task Row_in_the_space_of_an_earlier_log_should_not_be_acknowledged_before_its_name_is_durable()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var files = new FaultInjectionFileSystem(seed);
            var store = Rows.Open(files, Options with { MemtableLimitBytes = 4096 });
            await store.PutAsync("a", "1");
            await store.FlushAsync();
            using var flushes = new ManualResetEventSlim();
            files.OnCall = call =>
            {
                if (call.Operation == IoOperation.Create && call.Path.EndsWith(".sst", StringComparison.Ordinal))
                    flushes.Wait();
                return IoFault.None;
            };
            await store.PutAsync("b", new string('x', 3_000));
            await store.PutAsync("c", new string('y', 3_000));

            var crashed = files.AfterCrash();
            flushes.Set();
            await store.DisposeAsync();

            await using var again = Rows.Open(crashed, Options);
            Assert.Equal(2, again.Recovery.LogsReplayed);
            Assert.Equal(["a", "b", "c"], again.ScanAll().Select(row => row.Key));
        }
    }

    [Fact]
    public async Task Log_should_not_be_written_over_before_the_manifest_says_that_nothing_needs_it()
    {
        var store = Rows.Open(_files, Options with { MemtableLimitBytes = 4096 });
        var calls = new CallCounts();
        using var edits = new ManualResetEventSlim();
        _files.OnCall = call =>
        {
            if (call.Operation == IoOperation.Append && call.Path.EndsWith(".manifest", StringComparison.Ordinal))
                edits.Wait();
            return calls.Add(call);
        };
        await store.PutAsync("a", new string('x', 3_000));
        var flush = store.FlushAsync();
        await store.PutAsync("b", new string('y', 3_000));
        Assert.True(SpinWait.SpinUntil(() => calls[IoOperation.Sync, ".sst"] == 1, TimeSpan.FromSeconds(30)), "no table was written");
        await store.PutAsync("c", new string('z', 3_000));

        var crashed = _files.AfterCrash();
        edits.Set();
        await Assert.ThrowsAsync<StorageReadOnlyException>(() => flush);
        await store.DisposeAsync();

        Assert.Equal(0, calls[IoOperation.Rename, ".log"]);
        await using var again = Rows.Open(crashed, Options);
        Assert.Equal(["a", "b", "c"], again.ScanAll().Select(row => row.Key));
    }

    /// <summary>The power goes, or the disk refuses, at each call of the third log's beginning; several outcomes of each.</summary>
    [Theory]
    [InlineData(IoFault.Crash)]
    [InlineData(IoFault.Fail)]
    public async Task Crash_at_any_step_of_reuse_should_lose_nothing_and_repeat_no_number(IoFault fault)
    {
        var met = new HashSet<IoOperation>();
        for (var seed = 0; seed < 8; seed++)
        {
            for (var step = 1; step <= 40; step++)
                await FailAtStepAsync(seed, step, fault, met);
        }

        Assert.Superset(new HashSet<IoOperation> { IoOperation.Rename, IoOperation.SyncDirectory, IoOperation.Reuse, IoOperation.Append, IoOperation.Sync }, met);
    }

    private static async Task FailAtStepAsync(int seed, int step, IoFault fault, HashSet<IoOperation> met)
    {
        var files = new FaultInjectionFileSystem(seed);
        var store = Rows.Open(files, Options);
        await FillAsync(store, round: 0);
        await store.PutAsync("kept", "1");

        // From the seal of the second log over the rename to the flush and the next spare.
        var numbers = new HashSet<string>(Logs(files));
        var failAt = files.Calls + step;
        files.OnCall = call =>
        {
            if (call.Number < failAt)
                return IoFault.None;
            if (call.Number == failAt)
                met.Add(call.Operation);
            return call.Number == failAt ? fault : IoFault.None;
        };
        var isFlushed = await SucceedsAsync(store.FlushAsync());
        var isKept = await SucceedsAsync(store.PutAsync("late", "2"));
        await store.DisposeAsync();
        files.OnCall = null;
        var context = $"seed {seed}, {fault} at step {step}, flushed {isFlushed}";
        var disk = fault == IoFault.Crash ? files.AfterCrash() : files.Copy();
        numbers.UnionWith(Logs(disk));

        Assert.Empty(StoreVerifier.Verify(Rows.Directory, disk).Faults);
        await using var again = Rows.Open(disk, Options);
        Assert.True(again.Get("kept") == "1", $"{context}: an acknowledged row is gone");
        Assert.True(again.Get("late") == "2" || !isKept, $"{context}: the last row is gone");
        Assert.True(again.Get("round-0-row-19") is not null, $"{context}: a flushed row is gone");
        Assert.DoesNotContain(Logs(disk).Single(), numbers);
    }

    private static async Task<bool> SucceedsAsync(Task task)
    {
        try
        {
            await task;
            return true;
        }
        catch (StorageReadOnlyException)
        {
            return false;
        }
    }

    /// <summary>Fills a log and flushes it.</summary>
    private static async Task FillAsync(LsmStore store, int round)
    {
        for (var row = 0; row < 20; row++)
            await store.PutAsync($"round-{round}-row-{row:D2}", new string((char)('a' + round), (5 - round) * 40));
        await store.FlushAsync();
    }

    private static List<string> Logs(FaultInjectionFileSystem files) =>
        [.. files.ListFiles(Rows.Directory).Where(name => name.EndsWith(".log")).Order(StringComparer.Ordinal).Select(name => $"{Rows.Directory}/{name}")];

    private static CallCounts Count(FaultInjectionFileSystem files)
    {
        var counts = new CallCounts();
        files.OnCall = counts.Add;
        return counts;
    }

    private sealed class CallCounts
    {
        private readonly List<IoCall> _calls = [];

        public int this[IoOperation operation, string ending]
        {
            get
            {
                lock (_calls)
                    return _calls.Count(call => call.Operation == operation && call.Path.EndsWith(ending, StringComparison.Ordinal));
            }
        }

        public IoFault Add(IoCall call)
        {
            lock (_calls)
                _calls.Add(call);
            return IoFault.None;
        }
    }
}
