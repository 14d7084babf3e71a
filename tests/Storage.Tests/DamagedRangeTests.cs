using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>What is damaged can be asked for, fits what cannot be read, and can be mended by a drop and new writes.</summary>
public sealed class DamagedRangeTests
{
    private const int Keys = 200;

    private static readonly StorageOptions Options =
        new() { BlockBytes = 256, Compression = BlockCompression.None, BlockCacheBytes = 0, LevelZeroTables = int.MaxValue };

    private readonly FaultInjectionFileSystem _files = new();

    [Fact]
    public async Task Sound_store_should_have_no_damaged_range()
    {
        await BuildAsync();
        await using var store = Rows.Open(_files, Options);
        Assert.Equal(Keys, store.ScanAll().Count);
        Assert.Empty(store.DamagedRanges());
    }

    /// <summary>A bit of every block in turn: a key is in the range exactly if it cannot be read.</summary>
    [Fact]
    public async Task Range_of_a_damaged_block_should_be_the_keys_that_cannot_be_read()
    {
        await BuildAsync();
        var (path, content) = TheTable();
        var ranges = new HashSet<string>();
        for (var offset = 0; offset < content.Length && ranges.Count < 20; offset += 100)
        {
            await using var store = Rows.Open(Flipped(path, content, offset), Options);
            if (store.Recovery.DamagedTables.Count > 0)
                continue;

            var unreadable = Enumerable.Range(0, Keys).Select(Key).Where(key => IsUnreadable(store, key)).ToList();
            var damaged = Assert.Single(store.DamagedRanges());
            Assert.Equal(path, damaged.File);
            Assert.InRange(offset, damaged.Offset, damaged.Offset + 500);
            Assert.Equal(unreadable, Enumerable.Range(0, Keys).Select(Key).Where(key => IsWithin(damaged, key)));
            Assert.InRange(unreadable.Count, 1, Keys / 4);
            ranges.Add(Rows.Text(damaged.From));
        }

        Assert.True(ranges.Count > 10, $"{ranges.Count} blocks");
        Assert.Contains(Key(0), ranges);
    }

    [Theory]
    [InlineData(ScanDirection.Forward)]
    [InlineData(ScanDirection.Backward)]
    public async Task Error_of_a_scan_should_name_the_range(ScanDirection direction)
    {
        await BuildAsync();
        var (path, content) = TheTable();
        await using var store = Rows.Open(Flipped(path, content, content.Length / 3), Options);

        var damage = Assert.Throws<CorruptionException>(() => store.ScanAll(direction: direction));

        Assert.NotNull(damage.Range);
        Assert.Equal((path, damage.Offset), (damage.Range.File, damage.Range.Offset));
        Assert.Equal(damage.Range, Assert.Single(store.DamagedRanges()));
        Assert.True(IsUnreadable(store, Enumerable.Range(0, Keys).Select(Key).First(key => IsWithin(damage.Range, key))));
    }

    [Fact]
    public async Task Error_of_a_batch_lookup_should_name_the_range()
    {
        await BuildAsync();
        var (path, content) = TheTable();
        await using var store = Rows.Open(Flipped(path, content, 3), Options);

        var damage = Assert.Throws<CorruptionException>(() => store.Get([Rows.Bytes(Key(0)), Rows.Bytes(Key(150))]));

        Assert.Equal(damage.Range, Assert.Single(store.DamagedRanges()));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(100)]
    public async Task Table_that_cannot_be_opened_should_be_a_range_as_a_whole(int fromEnd)
    {
        await BuildAsync();
        var (path, content) = TheTable();
        await using var store = Rows.Open(Flipped(path, content, content.Length - fromEnd), Options);

        var damaged = Assert.Single(store.DamagedRanges());
        var damage = Assert.Throws<CorruptionException>(() => store.Get(Key(7)));

        Assert.Equal((path, Key(0), Key(Keys - 1) + "\0"), (damaged.File, Rows.Text(damaged.From), Rows.Text(damaged.Until)));
        Assert.Equal(Text(damaged), Text(damage.Range!));
        Assert.Equal(Text(damaged), Text(Assert.Single(store.Recovery.DamagedTables).Range!));
    }

    [Fact]
    public async Task Merge_should_name_the_range_and_leave_the_damaged_table_in_place()
    {
        await BuildAsync();
        var (path, content) = TheTable();
        var files = Flipped(path, content, content.Length / 3);
        var before = files.Peek(path);
        await using (var store = Rows.Open(files, Options))
        {
            await store.DeleteAsync(Key(0));
            Assert.Empty(store.DamagedRanges());

            var failure = await Assert.ThrowsAsync<CompactionFailedException>(store.CompactAsync);

            var damaged = Assert.Single(store.DamagedRanges());
            Assert.Equal(damaged, Assert.IsType<CorruptionException>(failure.InnerException).Range);
            Assert.Equal([path], store.Statistics.Compaction.StuckTables);
            Assert.Equal(before, files.Peek(path));
        }

        await using var again = Rows.Open(files, Options);
        Assert.Null(again.Get(Key(0)));
        Assert.Throws<CorruptionException>(() => again.ScanAll());
        Assert.Equal(before, files.Peek(path));
    }

    [Fact]
    public async Task Dropping_the_range_and_writing_it_anew_should_mend_the_store()
    {
        await BuildAsync();
        var expected = await RowsOfAsync();
        var (path, content) = TheTable();
        var files = Flipped(path, content, content.Length - 8);
        await using var store = Rows.Open(files, Options);
        var damaged = Assert.Single(store.DamagedRanges());

        await store.DropRangeAsync(damaged.From, damaged.Until);
        foreach (var (key, value) in expected.Where(row => IsWithin(damaged, row.Key)))
            await store.PutAsync(key, value);

        Assert.Equal(expected, store.ScanAll());
        Assert.Empty(store.DamagedRanges());
        await store.CompactAsync();
        Assert.Equal(expected, store.ScanAll());
        Assert.False(files.FileExists(path));
    }

    [Fact]
    public async Task Table_with_many_damaged_blocks_should_be_told_as_a_whole()
    {
        var options = Options with { BlockBytes = 64 };
        await BuildAsync(options);
        var (path, content) = TheTable();
        for (var offset = 0; offset < content.Length * 2 / 3; offset += 20)
            content[offset] ^= 1;
        _files.Overwrite(path, content);
        await using var store = Rows.Open(_files, options);
        Assert.Empty(store.Recovery.DamagedTables);

        for (var key = 0; key < Keys; key++)
        {
            _ = IsUnreadable(store, Key(key));
            Assert.InRange(store.DamagedRanges().Count, 1, Table.DamagedBlockLimit);
        }

        var whole = Assert.Single(store.DamagedRanges());
        Assert.Equal((Key(0), Key(Keys - 1) + "\0"), (Rows.Text(whole.From), Rows.Text(whole.Until)));
    }

    private async Task BuildAsync(StorageOptions? options = null)
    {
        await using var store = Rows.Open(_files, options ?? Options);
        for (var key = 0; key < Keys; key++)
            await store.PutAsync(Key(key), $"the value of {key}, long enough to fill its block");
        await store.FlushAsync();
    }

    private async Task<List<(string Key, string Value)>> RowsOfAsync()
    {
        await using var store = Rows.Open(_files.Copy(), Options);
        return store.ScanAll();
    }

    private (string Path, byte[] Content) TheTable()
    {
        var path = $"{Rows.Directory}/{_files.ListFiles(Rows.Directory).Single(name => name.EndsWith(".sst"))}";
        return (path, _files.Peek(path));
    }

    private FaultInjectionFileSystem Flipped(string path, byte[] content, int offset)
    {
        var flipped = _files.Copy();
        var bytes = content.ToArray();
        bytes[offset] ^= 1;
        flipped.Overwrite(path, bytes);
        return flipped;
    }

    private static bool IsUnreadable(LsmStore store, string key)
    {
        try
        {
            Assert.StartsWith("the value of", store.Get(key));
            return false;
        }
        catch (CorruptionException damage)
        {
            Assert.True(IsWithin(damage.Range!, key));
            return true;
        }
    }

    private static bool IsWithin(DamagedRange range, string key) =>
        string.CompareOrdinal(key, Rows.Text(range.From)) >= 0 && string.CompareOrdinal(key, Rows.Text(range.Until)) < 0;

    private static (string, long, string, string) Text(DamagedRange range) =>
        (range.File, range.Offset, Rows.Text(range.From), Rows.Text(range.Until));

    private static string Key(int key) => $"key-{key:D3}";
}
