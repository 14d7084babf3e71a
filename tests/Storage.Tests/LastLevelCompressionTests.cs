using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>Which merges use the compression of the last level, as seen in the files.</summary>
public sealed class LastLevelCompressionTests
{
    private static readonly StorageOptions Options = new()
    {
        BlockBytes = 256,
        LevelZeroTables = int.MaxValue,
        LastLevelCompression = BlockCompression.Zstd,
    };

    private readonly FaultInjectionFileSystem _files = new();

    [Fact]
    public async Task Merge_into_the_last_level_should_write_zstd_and_a_flush_should_not()
    {
        await using var store = Rows.Open(_files, Options);
        await PutAsync(store, 0);
        await store.FlushAsync();
        Assert.Equal("lz4", CompressionsOnDisk());

        await store.CompactAsync();

        Assert.Equal("zstd", CompressionsOnDisk());
        await PutAsync(store, 20);
        await store.FlushAsync();
        Assert.Equal("lz4 zstd", CompressionsOnDisk());
        Assert.Equal(60, store.ScanAll().Count);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData(BlockCompression.Lz4, 1)]
    [InlineData(BlockCompression.Zstd, 0)]
    public async Task Table_should_be_moved_to_the_last_level_only_if_it_keeps_its_compression_there(BlockCompression? last, int moves)
    {
        await using var store = Rows.Open(_files, Options with { LevelZeroTables = 1, LastLevelCompression = last });
        await PutAsync(store, 0);
        await store.FlushAsync();

        // Whoever asks for a merge waits for the one that the flush began.
        await store.CompactAsync();

        Assert.Equal(1, store.Statistics.Tables.CountPerLevel[LevelSet.LastLevel]);
        Assert.InRange(store.Statistics.Compaction.Moves, 0, moves);
        Assert.Equal(moves == 0 ? "zstd" : "lz4", CompressionsOnDisk());
    }

    [Fact]
    public async Task Level_should_be_the_last_if_it_is_not_level_0_and_no_table_is_below()
    {
        await using (var store = Rows.Open(_files, Options))
            await PutAsync(store, 0);
        await using (var store = Rows.Open(_files, Options))
            Assert.Equal("1 0 0 0 0 0 0", string.Join(" ", store.Statistics.Tables.CountPerLevel));
        var name = _files.ListFiles(Rows.Directory).Single(file => file.EndsWith(".sst"));
        Assert.True(FileNames.TryParse(name, out _, out var number));
        var info = new TableInfo
        {
            Number = number,
            FileBytes = _files.Peek($"{Rows.Directory}/{name}").Length,
            SmallestSequence = 1,
            LargestSequence = 40,
            SmallestKey = Rows.Bytes("key-00"),
            LargestKey = Rows.Bytes("key-39"),
        };
        var table = TestTables.Open(_files, info);

        var levels = new LevelSet([(3, table)], new RangeDrops([]));

        Assert.Equal([3, 4, 5, 6], Enumerable.Range(0, LevelSet.LevelCount).Where(levels.IsLast));
        Assert.Equal(BlockCompression.Lz4, Options.CompressionOf(levels, 2));
        Assert.Equal(BlockCompression.Zstd, Options.CompressionOf(levels, 3));
        Assert.Equal(BlockCompression.Lz4, (Options with { LastLevelCompression = null }).CompressionOf(levels, 3));
        levels.Release();
        table.Release();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void Level_of_effort_should_be_checked(int level) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Rows.Open(_files, Options with { ZstdLevel = level }));

    [Fact]
    public void Unknown_compression_should_be_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Rows.Open(_files, Options with { LastLevelCompression = (BlockCompression)3 }));

    private static async Task PutAsync(LsmStore store, int first)
    {
        for (var key = first; key < first + 40; key++)
            await store.PutAsync($"key-{key:D2}", $"a value that repeats itself, a value that repeats itself: {key}");
    }

    /// <summary>The compressions of all blocks of all tables, each once, in alphabetical order.</summary>
    private string CompressionsOnDisk()
    {
        var compressions = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in _files.ListFiles(Rows.Directory).Where(name => name.EndsWith(".sst")))
        {
            FileInspector.Inspect($"{Rows.Directory}/{name}", _files, withRows: false, entry =>
            {
                if (entry.Kind == "block")
                    compressions.Add((string)entry.Fields.Single(field => field.Name == "compression").Value);
            });
        }

        return string.Join(" ", compressions);
    }
}
