using System.Runtime.CompilerServices;
using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class SnapshotTests
{
    private readonly FaultInjectionFileSystem _files = new();

    [Fact]
    public async Task Snapshot_should_show_its_moment_whatever_happens_to_the_store()
    {
        var store = Rows.Open(_files);
        await store.PutAsync("a", "old");
        await store.FlushAsync();
        await store.PutAsync("b", "old");

        using var snapshot = store.TakeSnapshot();
        await store.PutAsync("a", "new");
        await store.DeleteAsync("b");
        await store.PutAsync("c", "new");
        await store.FlushAsync();
        AssertOld();
        await store.DisposeAsync();
        AssertOld();

        void AssertOld()
        {
            Assert.Equal("old", Text(snapshot.Get(Rows.Bytes("a"))));
            Assert.Equal("old", Text(snapshot.Get(Rows.Bytes("b"))));
            Assert.Null(snapshot.Get(Rows.Bytes("c")));
            Assert.Equal(["old", "old", null], snapshot.Get([Rows.Bytes("b"), Rows.Bytes("a"), Rows.Bytes("c")]).Select(Text));
            Assert.Equal(["a", "b"], Keys(snapshot.Scan(default, default)));
            Assert.Equal(["b", "a"], Keys(snapshot.Scan(default, default, ScanDirection.Backward)));
        }
    }

    [Fact]
    public async Task Snapshot_should_refuse_reads_once_it_is_disposed()
    {
        await using var store = Rows.Open(_files);
        await store.PutAsync("a", "1");
        var snapshot = store.TakeSnapshot();
        var scan = snapshot.Scan(default, default);

        snapshot.Dispose();
        snapshot.Dispose();

        Assert.Throws<ObjectDisposedException>(() => snapshot.Get(Rows.Bytes("a")));
        Assert.Throws<ObjectDisposedException>(() => snapshot.Get([Rows.Bytes("a")]));
        Assert.Throws<ObjectDisposedException>(() => snapshot.Scan(default, default));
        Assert.Equal(["a"], Keys(scan));
    }

    [Fact]
    public async Task Closed_store_should_give_no_snapshot()
    {
        var store = Rows.Open(_files);
        await store.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => store.TakeSnapshot());
        Assert.Throws<ObjectDisposedException>(() => store.Get([Rows.Bytes("a")]));
    }

    [Fact]
    public async Task Table_should_be_let_go_with_the_last_snapshot_that_shows_it()
    {
        var store = Rows.Open(_files);
        await store.PutAsync("a", "1");
        await store.FlushAsync();
        var snapshot = store.TakeSnapshot();
        var scan = snapshot.Scan(default, default);
        await store.DisposeAsync();
        Assert.True(store.Statistics.Cache.PinnedBytes > 0);

        snapshot.Dispose();
        Assert.True(store.Statistics.Cache.PinnedBytes > 0);
        Assert.Equal(["a"], Keys(scan));

        Assert.Equal(0, store.Statistics.Cache.PinnedBytes);
    }

    [Fact]
    public async Task Forgotten_snapshots_and_scans_should_be_let_go_by_the_collector()
    {
        var store = Rows.Open(_files);
        await store.PutAsync("a", "1");
        await store.FlushAsync();
        Forget(store);
        await store.DisposeAsync();

        for (var i = 0; i < 10 && store.Statistics.Cache.PinnedBytes > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(0, store.Statistics.Cache.PinnedBytes);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget(LsmStore store)
        {
            Assert.NotNull(store.TakeSnapshot().Get(Rows.Bytes("a")));
            _ = store.Scan(default, default);
            Assert.Single(store.Scan(default, default, ScanDirection.Backward).Take(1));
        }
    }

    [Fact]
    public async Task Batch_should_read_a_block_once_even_without_a_cache()
    {
        await using var store = Rows.Open(_files, new StorageOptions { BlockCacheBytes = 0 });
        var keys = Enumerable.Range(0, 50).Select(i => $"key-{i:D2}").ToList();
        var batch = new WriteBatch();
        keys.ForEach(key => batch.Put(key, $"value of {key}"));
        await store.CommitAsync(batch);
        await store.FlushAsync();
        var reads = 0;
        _files.OnCall = io =>
        {
            reads += io.Operation == IoOperation.Read ? 1 : 0;
            return IoFault.None;
        };

        var values = store.Get([.. keys.AsEnumerable().Reverse().Append("missing").Append("key-07").Select(key => (ReadOnlyMemory<byte>)Rows.Bytes(key))]);

        Assert.Equal(1, reads);
        Assert.Equal([.. keys.AsEnumerable().Reverse().Select(key => $"value of {key}"), null, "value of key-07"], values.Select(Text));
        Assert.Empty(store.Get(new List<ReadOnlyMemory<byte>>()));
    }

    private static string? Text(ReadOnlyMemory<byte>? value) => value is { } bytes ? Rows.Text(bytes) : null;

    private static List<string> Keys(IEnumerable<StorageRow> rows) => [.. rows.Select(row => Rows.Text(row.Key))];
}
