using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class ConcurrencyTests
{
    private const int Accounts = 40;
    private const int Transfers = 2_000;

    private static readonly StorageOptions Options = new() { MemtableLimitBytes = 8 << 10, BlockBytes = 256 };

    /// <summary>
    /// Money moves between accounts, two rows a batch, while memtables are switched and flushed all the time. Whoever looks sees the same
    /// sum.
    /// </summary>
    [Fact]
    public async Task Scans_should_be_consistent_while_writes_and_flushes_go_on()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Options);
        var opening = new WriteBatch();
        for (var account = 0; account < Accounts; account++)
            opening.Put(Name(account), "100");
        await store.CommitAsync(opening);

        var writing = Task.Run(() => TransferAsync(store));
        await Task.WhenAll(
            OnOwnThread(() => ScanUntil(store, writing)),
            OnOwnThread(() => ScanUntil(store, writing)),
            OnOwnThread(() => ReadUntil(store, writing)),
            OnOwnThread(() => ReadSnapshotsUntil(store, writing)));
        Assert.Contains(files.ListFiles(Rows.Directory), name => name.EndsWith(".sst"));
    }

    [Fact]
    public async Task Many_writers_should_each_find_their_own_row_at_once()
    {
        await using var store = Rows.Open(new FaultInjectionFileSystem(), Options);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await store.PutAsync($"{writer}", $"{i}");
                Assert.Equal($"{i}", store.Get($"{writer}"));
            }
        })));
    }

    private static async Task TransferAsync(LsmStore store)
    {
        var random = new Random(1);
        var balances = Enumerable.Repeat(100, Accounts).ToArray();
        for (var i = 0; i < Transfers; i++)
        {
            var (giver, taker) = (random.Next(Accounts), random.Next(Accounts));
            balances[giver]--;
            balances[taker]++;
            var batch = new WriteBatch();
            batch.Put(Name(giver), $"{balances[giver]}");
            batch.Put(Name(taker), $"{balances[taker]}");
            await store.CommitAsync(batch);
        }
    }

    /// <summary>Readers that keep busy would starve the pool on which the writer goes on.</summary>
    private static Task OnOwnThread(Action action) => Task.Factory.StartNew(action, TaskCreationOptions.LongRunning);

    private static void ScanUntil(LsmStore store, Task end)
    {
        do
        {
            AssertWhole(store.ScanAll());
            AssertWhole(store.ScanAll(direction: ScanDirection.Backward));
        }
        while (!end.IsCompleted);

        static void AssertWhole(List<(string Key, string Value)> rows)
        {
            Assert.Equal(Accounts, rows.Count);
            Assert.Equal(Accounts * 100, rows.Sum(row => int.Parse(row.Value)));
        }
    }

    private static void ReadSnapshotsUntil(LsmStore store, Task end)
    {
        List<ReadOnlyMemory<byte>> names = [.. Enumerable.Range(0, Accounts).Select(account => (ReadOnlyMemory<byte>)Rows.Bytes(Name(account)))];
        do
        {
            using var snapshot = store.TakeSnapshot();
            var balances = store.Get(names).Select(value => int.Parse(Rows.Text(value!.Value)));
            Assert.Equal(Accounts * 100, balances.Sum());

            var seen = snapshot.Get(names).Select(value => Rows.Text(value!.Value)).ToList();
            Assert.Equal(Accounts * 100, seen.Sum(int.Parse));
            Assert.Equal(seen, names.Select(name => Rows.Text(snapshot.Get(name.Span)!.Value)));
            Assert.Equal(seen, snapshot.Scan(default, default).Select(row => Rows.Text(row.Value)));
        }
        while (!end.IsCompleted);
    }

    private static void ReadUntil(LsmStore store, Task end)
    {
        var random = new Random(1);
        while (!end.IsCompleted)
        {
            var name = Name(random.Next(Accounts));
            Assert.NotNull(store.Get(name));
            Assert.NotEqual(MemoryLookup.Absent, store.TryGetFromMemory(Rows.Bytes(name), out _));
        }
    }

    private static string Name(int account) => $"account-{account:D2}";
}
