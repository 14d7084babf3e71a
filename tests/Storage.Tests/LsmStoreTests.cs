using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class LsmStoreTests
{
    private readonly FaultInjectionFileSystem _files = new();

    [Fact]
    public async Task Store_should_return_what_was_put()
    {
        await using var store = Rows.Open(_files);

        Assert.Equal(1ul, await store.PutAsync("a", "1"));
        Assert.Equal(2ul, await store.PutAsync("b", ""));

        Assert.Equal("1", store.Get("a"));
        Assert.Equal("", store.Get("b"));
        Assert.Null(store.Get("c"));
        Assert.Equal(2ul, store.SyncedSequence);
    }

    [Fact]
    public async Task Store_should_forget_deleted_rows_in_memory_and_in_tables()
    {
        await using var store = Rows.Open(_files);
        await store.PutAsync("a", "1");
        await store.FlushAsync();
        await store.DeleteAsync("a");

        Assert.Null(store.Get("a"));
        Assert.Empty(store.ScanAll());

        await store.FlushAsync();

        Assert.Null(store.Get("a"));
        Assert.Empty(store.ScanAll());
    }

    [Fact]
    public async Task Later_row_of_a_batch_should_win()
    {
        await using var store = Rows.Open(_files);
        var batch = new WriteBatch();
        batch.Put("a", "1");
        batch.Delete("a");
        batch.Put("a", "2");

        Assert.Equal(3ul, await store.CommitAsync(batch));

        Assert.Equal("2", store.Get("a"));
        await store.FlushAsync();
        Assert.Equal("2", store.Get("a"));
    }

    [Fact]
    public async Task Scan_should_keep_to_its_bounds()
    {
        await using var store = Rows.Open(_files);
        foreach (var key in new[] { "a", "b", "ba", "c", "d" })
            await store.PutAsync(key, key);

        Assert.Equal(["b", "ba", "c"], store.ScanAll("b", "d").Select(row => row.Key));
        Assert.Equal(["c", "d"], store.ScanAll("bb").Select(row => row.Key));
        Assert.Equal(["a"], store.ScanAll("", "b").Select(row => row.Key));
        Assert.Empty(store.ScanAll("d", "d"));
    }

    [Fact]
    public async Task Scan_should_show_the_moment_of_its_call()
    {
        await using var store = Rows.Open(_files);
        await store.PutAsync("a", "old");
        await store.PutAsync("b", "old");

        var scan = store.Scan(default, default);
        await store.PutAsync("a", "new");
        await store.DeleteAsync("b");
        await store.FlushAsync();
        await store.PutAsync("c", "new");

        Assert.Equal(["old", "old"], scan.Select(row => Rows.Text(row.Value)));
        Assert.Equal([("a", "new"), ("c", "new")], store.ScanAll());
    }

    [Fact]
    public async Task Scan_should_go_on_after_the_store_was_closed()
    {
        var store = Rows.Open(_files);
        await store.PutAsync("a", "1");
        await store.FlushAsync();
        await store.PutAsync("b", "2");
        var scan = store.Scan(default, default);

        await store.DisposeAsync();

        Assert.Equal(2, scan.Count());
        Assert.Throws<ObjectDisposedException>(() => store.Get("a"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.PutAsync("c", "3"));
        Assert.Equal("closed", store.State.ToString());
    }

    [Fact]
    public async Task Scan_should_refuse_to_be_enumerated_twice()
    {
        await using var store = Rows.Open(_files);
        var scan = store.Scan(default, default);

        Assert.Empty(scan);
        Assert.Throws<InvalidOperationException>(() => scan.ToList());
    }

    [Fact]
    public async Task Memory_should_know_what_it_holds_and_what_no_filter_admits()
    {
        await using var store = Rows.Open(_files);
        await store.PutAsync("a", "1");
        await store.PutAsync("m", "2");
        await store.FlushAsync();
        await store.PutAsync("b", "3");
        await store.DeleteAsync("m");

        Assert.Equal(MemoryLookup.OnDisk, store.TryGetFromMemory("a"u8, out _));
        Assert.Equal(MemoryLookup.Found, store.TryGetFromMemory("b"u8, out var value));
        Assert.Equal("3", Rows.Text(value));
        Assert.Equal(MemoryLookup.Absent, store.TryGetFromMemory("m"u8, out _));
        Assert.Equal(MemoryLookup.Absent, store.TryGetFromMemory("z"u8, out _));
    }

    /// <summary>Rows in the open memtable, in closed ones, in tables and in a dropped range; more keys than are searched at once.</summary>
    [Fact]
    public async Task Memory_should_know_of_many_rows_what_it_knows_of_each()
    {
        await using var store = Rows.Open(_files, new StorageOptions { MemtableLimitBytes = 1 << 16 });
        for (var row = 0; row < 600; row++)
            await (row % 7 == 3 ? store.DeleteAsync($"row {row % 400:D3}") : store.PutAsync($"row {row % 400:D3}", new string('x', 200) + row));
        await store.DropRangeAsync(Rows.Bytes("row 100"), Rows.Bytes("row 120"));

        var keys = Enumerable.Range(0, 450).Select(row => (ReadOnlyMemory<byte>)Rows.Bytes($"row {row * 7 % 450:D3}")).ToArray();
        var rows = new MemoryRow[keys.Length];
        store.TryGetFromMemory(keys, rows);
        for (var place = 0; place < keys.Length; place++)
        {
            var (lookup, value) = (rows[place].Lookup, Rows.Text(rows[place].Value));
            // A flush between the two lookups may have moved the row out of memory.
            var alone = store.TryGetFromMemory(keys[place].Span, out _);
            Assert.True(lookup == alone || (lookup == MemoryLookup.Found && alone == MemoryLookup.OnDisk), $"{Rows.Text(keys[place])}: {lookup}, {alone}");
            if (lookup == MemoryLookup.Found)
                Assert.Equal(store.Get(Rows.Text(keys[place])), value);
            if (lookup == MemoryLookup.Absent)
                Assert.Null(store.Get(Rows.Text(keys[place])));
        }

        Assert.Contains(rows, row => row.Lookup == MemoryLookup.Found);
        Assert.Contains(rows, row => row.Lookup == MemoryLookup.Absent);
        Assert.Throws<ArgumentException>(() => store.TryGetFromMemory(keys, new MemoryRow[1]));
    }

    [Fact]
    public async Task Clean_close_should_lose_nothing_and_be_recognised()
    {
        await using (var store = Rows.Open(_files))
        {
            Assert.True(store.Recovery.IsNewStore);
            await store.PutAsync("a", "1");
            await store.FlushAsync();
            await store.PutAsync("b", "2");
        }

        await using var again = Rows.Open(_files);

        Assert.Equal([("a", "1"), ("b", "2")], again.ScanAll());
        Assert.True(again.Recovery is { IsNewStore: false, WasClosedCleanly: true, LastSequence: 2 });
        Assert.True(again.Recovery is { LogsReplayed: 1, BatchesReplayed: 1, RowsReplayed: 1 });
        Assert.Empty(again.Recovery.CutTails);
    }

    [Fact]
    public async Task Crash_should_be_recognised()
    {
        var store = Rows.Open(_files);
        await store.PutAsync("a", "1");
        var survivor = _files.AfterCrash();
        await store.DisposeAsync();

        await using var again = Rows.Open(survivor);

        Assert.False(again.Recovery.WasClosedCleanly);
        Assert.Equal("1", again.Get("a"));
    }

    [Fact]
    public async Task Opening_should_delete_what_nothing_needs()
    {
        await using (var store = Rows.Open(_files))
            await store.PutAsync("a", "1");
        _files.Overwrite("/store/000900.sst", [1, 2, 3]);
        _files.Overwrite("/store/notes.txt", [4]);

        await using var again = Rows.Open(_files);

        var names = _files.ListFiles("/store");
        Assert.DoesNotContain("000900.sst", names);
        Assert.Contains("notes.txt", names);
        Assert.Equal(3, again.Recovery.FilesDeleted);
    }

    [Fact]
    public async Task Second_opening_should_be_refused_while_the_store_is_open()
    {
        await using (Rows.Open(_files))
            Assert.Throws<IOException>(() => Rows.Open(_files));

        await using var again = Rows.Open(_files);
    }

    [Fact]
    public async Task Flush_of_nothing_should_complete_at_once()
    {
        await using var store = Rows.Open(_files);
        await store.FlushAsync();
        Assert.DoesNotContain(_files.ListFiles("/store"), name => name.EndsWith(".sst"));
    }

    [Fact]
    public async Task Flush_should_leave_the_log_behind()
    {
        await using var store = Rows.Open(_files);
        var before = _files.ListFiles("/store").Single(name => name.EndsWith(".log"));
        await store.PutAsync("a", "1");

        await store.FlushAsync();

        // What it held is in a table; only its space is still wanted.
        Assert.NotEqual(before, _files.ListFiles("/store").Where(name => name.EndsWith(".log")).Max(StringComparer.Ordinal));
        _files.Delete($"/store/{before}");
        await using var again = Rows.Open(_files.AfterCrash());
        Assert.Equal("1", again.Get("a"));
    }

    [Fact]
    public async Task Rows_larger_than_a_memtable_should_be_kept()
    {
        var options = new StorageOptions { MemtableLimitBytes = 4096, CommitGroupLimitBytes = 1 };
        var large = new string('x', 3 << 20);
        await using (var store = Rows.Open(_files, options))
        {
            await store.PutAsync("a", large);
            await store.PutAsync("b", "1");
            await store.PutAsync("c", large);
        }

        await using var again = Rows.Open(_files, options);

        Assert.Equal(large, again.Get("a"));
        Assert.Equal("1", again.Get("b"));
        Assert.Equal(large, again.Get("c"));
    }

    [Fact]
    public void Batch_should_refuse_keys_that_no_table_can_hold()
    {
        var batch = new WriteBatch();
        Assert.Throws<ArgumentException>(() => batch.Put([], []));
        Assert.Throws<ArgumentException>(() => batch.Delete(new byte[WriteBatch.KeyLimitBytes + 1]));
        batch.Put(new byte[WriteBatch.KeyLimitBytes], []);
        Assert.Equal(1, batch.Count);

        batch.Clear();
        Assert.Equal((0, 0), (batch.Count, batch.ByteSize));
    }

    [Fact]
    public async Task Empty_batch_should_be_refused()
    {
        await using var store = Rows.Open(_files);
        await Assert.ThrowsAsync<ArgumentException>(() => store.CommitAsync(new WriteBatch()));
    }
}
