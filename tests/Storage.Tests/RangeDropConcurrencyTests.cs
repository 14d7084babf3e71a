using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class RangeDropConcurrencyTests
{
    private const int Keys = 8;
    private const int Rounds = 1_500;

    private static readonly StorageOptions Options = new()
    {
        MemtableLimitBytes = 4096,
        BlockBytes = 128,
        LevelZeroTables = 2,
        LevelBaseBytes = 2048,
        TableTargetBytes = 1024,
        ManifestEditLimitBytes = 5_000,
    };

    /// <summary>
    /// Round after round everything is dropped, and then the keys are written in their order. So at every moment there is the beginning of
    /// one round and nothing else; whoever mixed a view from before the drop with a sequence from after it would see two rounds.
    /// </summary>
    [Fact]
    public async Task Scans_should_see_one_round_while_ranges_are_dropped_and_merges_run()
    {
        await using var store = Rows.Open(new FaultInjectionFileSystem(), Options);
        var writing = Task.Run(() => WriteAsync(store));

        await Task.WhenAll(OnOwnThread(() => ScanUntil(store, writing)), OnOwnThread(() => ScanUntil(store, writing)), writing);

        await store.CompactAsync();
        Assert.Equal(Keys, store.ScanAll().Count);
        Assert.Equal(0, store.Statistics.Tables.PendingRangeDrops);
    }

    private static async Task WriteAsync(LsmStore store)
    {
        for (var round = 0; round < Rounds; round++)
        {
            await store.DropRangeAsync(default, default);
            for (var key = 0; key < Keys; key++)
                await store.PutAsync($"{key}", $"{round}");
        }
    }

    private static void ScanUntil(LsmStore store, Task end)
    {
        do
        {
            var rows = store.ScanAll();
            Assert.Equal(Enumerable.Range(0, rows.Count).Select(key => $"{key}"), rows.Select(row => row.Key));
            Assert.True(rows.Select(row => row.Value).Distinct().Count() <= 1, $"two rounds at once: {string.Join(' ', rows)}");
        }
        while (!end.IsCompleted);
    }

    private static Task OnOwnThread(Action action) => Task.Factory.StartNew(action, TaskCreationOptions.LongRunning);
}
