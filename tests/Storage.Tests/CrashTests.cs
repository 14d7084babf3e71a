using AkkaKv.Testing;
using Xunit.Abstractions;

namespace AkkaKv.Storage.Tests;

public sealed class CrashTests(ITestOutputHelper output)
{
    /// <summary>Nothing happens behind the sequence's back, so a seed and the number of a call name one run exactly.</summary>
    private static readonly StorageOptions Deterministic = new()
    {
        MemtableLimitBytes = 1 << 20,
        CommitLogSpaceBytes = 16 << 10,
        BlockBytes = 256,
        LevelZeroTables = int.MaxValue,
        ManifestEditLimitBytes = 300,
    };

    /// <summary>
    /// Memtables are full after a few batches and levels after a few tables, so flushes and merges run beside commits, and commits wait for
    /// them.
    /// </summary>
    private static readonly StorageOptions Overlapping = new()
    {
        MemtableLimitBytes = 4096,
        CommitLogSpaceBytes = 16 << 10,
        BlockBytes = 256,
        ImmutableMemtableLimit = 2,
        LevelZeroTables = 1,
        SlowdownTables = 2,
        StopTables = 3,
        LevelBaseBytes = 1024,
        LevelMultiplier = 2,
        TableTargetBytes = 1024,
        ManifestEditLimitBytes = 300,
    };

    [Fact]
    public Task Store_should_keep_every_acknowledged_batch_after_a_crash_at_any_io_call() => CrashEverywhereAsync(Deterministic);

    [Fact]
    public Task Store_should_keep_every_acknowledged_batch_after_a_crash_while_flushes_and_merges_run() =>
        CrashEverywhereAsync(Overlapping);

    /// <summary>Proves that the two tests above can fail.</summary>
    [Theory]
    [InlineData(IoOperation.Sync)]
    [InlineData(IoOperation.SyncDirectory)]
    public async Task Harness_should_catch_a_disk_whose_syncs_do_nothing(IoOperation lie)
    {
        var caught = false;
        for (var seed = 0; seed < 50 && !caught; seed++)
        {
            var scenario = new CrashScenario(seed, Deterministic);
            var files = new FaultInjectionFileSystem(seed) { OnCall = io => io.Operation == lie ? IoFault.Lie : IoFault.None };
            await scenario.RunAsync(files);
            try
            {
                await using var recovered = Rows.Open(files.AfterCrash(), Deterministic);
                scenario.Verify(recovered, "canary");
            }
            catch (Exception loss) when (loss is CorruptionException or Xunit.Sdk.XunitException)
            {
                caught = true;
            }
        }

        Assert.True(caught);
    }

    private async Task CrashEverywhereAsync(StorageOptions options)
    {
        var progress = new Progress(output, "crash points", Settings.CrashPoints);
        for (var seed = Settings.Seed; !progress.IsDone; seed++)
        {
            var calls = await CountCallsAsync(seed, options);
            for (var call = 1; call <= calls && !progress.IsDone; call++)
            {
                await CrashAtAsync(seed, call, options);
                progress.Count();
            }
        }
    }

    private static async Task<int> CountCallsAsync(int seed, StorageOptions options)
    {
        var files = new FaultInjectionFileSystem(seed);
        await new CrashScenario(seed, options).RunAsync(files);
        return files.Calls;
    }

    private static async Task CrashAtAsync(int seed, int call, StorageOptions options)
    {
        var context = $"AKKAKV_SEED={seed}, crash at call {call}";
        var scenario = new CrashScenario(seed, options);
        var files = new FaultInjectionFileSystem(seed) { OnCall = io => io.Number == call ? IoFault.Crash : IoFault.None };
        await scenario.RunAsync(files);

        // The recovery crashes too, every other time, and so does the recovery of the recovery.
        var random = new Random(seed + call);
        var disk = files.AfterCrash();
        while (random.Next(2) == 0)
        {
            var crashAt = random.Next(1, 30);
            disk.OnCall = io => io.Number == crashAt ? IoFault.Crash : IoFault.None;
            await OpenAndCloseAsync(disk, options);
            disk = disk.AfterCrash();
            context += $", then at call {crashAt} of the recovery";
        }

        try
        {
            await VerifyAsync(scenario, disk, options, context);
        }
        catch (StorageException failure)
        {
            Assert.Fail($"{context}: {failure}");
        }
    }

    private static async Task VerifyAsync(CrashScenario scenario, FaultInjectionFileSystem disk, StorageOptions options, string context)
    {
        await using (var recovered = Rows.Open(disk, options))
        {
            Assert.True(recovered.State.AcceptsCommits, $"{context}: the recovered store is {recovered.State}");
            scenario.Verify(recovered, context);
            await scenario.CommitOneMoreAsync(recovered);
        }

        await using var again = Rows.Open(disk, options);
        Assert.True(again.Recovery.WasClosedCleanly, $"{context}: the orderly close was not recognised");
        scenario.Verify(again, $"{context}, after one more commit");
    }

    private static async Task OpenAndCloseAsync(FaultInjectionFileSystem disk, StorageOptions options)
    {
        try
        {
            await using var store = Rows.Open(disk, options);
        }
        catch (SimulatedCrashException)
        {
            // As planned.
        }
    }
}
