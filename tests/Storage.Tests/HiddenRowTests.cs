using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>Reads on the edge of a range drop, where the usual run of a store seldom or never comes.</summary>
public sealed class HiddenRowTests
{
    private readonly FaultInjectionFileSystem _files = new();

    /// <summary>
    /// The format lets a table from before a drop hold rows from after it. This release writes none, so the view is made by hand: each
    /// row is judged by its own sequence, not by that of its table.
    /// </summary>
    [Fact]
    public void Rows_of_one_table_should_be_hidden_each_by_its_own_sequence()
    {
        var table = TableOf(("a", 5), ("b", 20), ("c", 10));
        using var view = new HeldView(table, new RangeDrop(Number: 9, Sequence: 10, Rows.Bytes("a"), Rows.Bytes("z")));

        List<ReadOnlyMemory<byte>> keys = [Rows.Bytes("a"), Rows.Bytes("b"), Rows.Bytes("c")];
        Assert.Equal([null, "b", null], BatchLookup.Get(view.View, snapshot: 30, keys).Select(Text));
        Assert.Equal([null, "b", null], keys.Select(key => Text(view.View.Get(key.Span, snapshot: 30))));
        var rows = view.View.Iterate([], []);
        var kinds = new List<RowKind>();
        for (rows.Seek([]); rows.IsValid; rows.MoveNext())
            kinds.Add(rows.Kind);
        Assert.Equal([RowKind.Delete, RowKind.Put, RowKind.Delete], kinds);
    }

    /// <summary>A drop, and a write behind it, between the two steps with which a read begins.</summary>
    [Fact]
    public async Task Read_that_began_before_a_drop_should_show_nothing_from_after_it()
    {
        await using var store = Rows.Open(_files);
        await store.PutAsync("a", "old");
        await store.PutAsync("b", "old");

        var lease = store.LeaseView();
        await store.DropRangeAsync(default, default);
        await store.PutAsync("b", "new");
        var sequence = store.NewestSequenceOf(lease.View);

        using var snapshot = new Snapshot(lease, sequence);
        Assert.Equal(["old", "old"], snapshot.Scan(default, default).Select(row => Rows.Text(row.Value)));
        Assert.Equal("old", Rows.Text(snapshot.Get(Rows.Bytes("b"))!.Value));
        Assert.Equal([("b", "new")], store.ScanAll());
    }

    private Table TableOf(params (string Key, ulong Sequence)[] rows)
    {
        _files.CreateDirectory(Rows.Directory);
        using var writer = new TableWriter(_files, Rows.Directory, number: 3, smallestSequence: 1, new StorageOptions());
        foreach (var (key, sequence) in rows)
            writer.Add(Rows.Bytes(key), sequence, RowKind.Put, Rows.Bytes(key));
        return TestTables.Open(_files, writer.Finish());
    }

    private static string? Text(ReadOnlyMemory<byte>? value) => value is { } bytes ? Rows.Text(bytes) : null;

    private sealed class HeldView : IDisposable
    {
        public HeldView(Table table, RangeDrop drop)
        {
            var levels = new LevelSet([(0, table)], new RangeDrops([drop]));
            var memtable = new Memtable(1, 4096);
            View = new ReadView(memtable, [], levels);
            levels.Release();
            memtable.Release();
            table.Release();
        }

        public ReadView View { get; }

        public void Dispose() => View.Retire();
    }
}
