using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class BlockCacheTests
{
    [Theory]
    [InlineData(10_000, 100)]
    [InlineData(1 << 20, 4 << 10)]
    [InlineData(1 << 20, 64)]
    public void Cache_should_keep_to_its_bytes_whatever_the_blocks_have(long limit, int blockBytes)
    {
        var cache = new BlockCache(limit, blockBytes);
        var random = new Random(1);
        for (var i = 0; i < 5_000; i++)
        {
            cache.Add(1, Block(i, random.Next(1, 5_000)));
            Assert.InRange(cache.UsedBytes, 0, limit);
        }

        Assert.True(cache.UsedBytes > limit / 2, $"{cache.UsedBytes} of {limit} bytes are used");
    }

    [Fact]
    public async Task Cache_should_keep_to_its_bytes_when_many_threads_fill_it()
    {
        const int Limit = 200_000;
        var cache = new BlockCache(Limit, 1_000);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 20_000; i++)
            {
                var offset = random.Next(1_000);
                if (cache.Find(1, offset) is { } found)
                    Assert.Equal(offset, found.Offset);
                else
                    cache.Add(1, Block(offset, 500 + offset));
            }
        })));

        Assert.InRange(cache.UsedBytes, Limit / 2, Limit);
        Assert.True(cache.Hits > 0 && cache.Misses > 0);
    }

    [Fact]
    public void Blocks_that_are_asked_for_should_outlive_those_that_are_not()
    {
        var cache = new BlockCache(100_000, 1_000);
        var missed = 0;
        for (var i = 0; i < 1_000; i++)
        {
            if (cache.Find(1, 0) is null)
            {
                missed++;
                cache.Add(1, Block(0, 1_000));
            }

            cache.Add(2, Block(i, 1_000));
        }

        Assert.NotNull(cache.Find(1, 0));
        Assert.True(missed < 20, $"the block that was wanted all the time was missed {missed} times");
    }

    [Fact]
    public void Block_larger_than_the_cache_should_displace_nothing()
    {
        var cache = new BlockCache(10_000, 1_000);
        cache.Add(1, Block(0, 1_000));
        cache.Add(1, Block(5_000, 20_000));

        Assert.NotNull(cache.Find(1, 0));
        Assert.Null(cache.Find(1, 5_000));
    }

    [Fact]
    public async Task Second_read_should_not_touch_the_disk()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files);
        await store.PutAsync("a", "1");
        await store.FlushAsync();
        Assert.Equal("1", store.Get("a"));

        files.OnCall = io => io.Operation == IoOperation.Read ? IoFault.Fail : IoFault.None;
        Assert.Equal("1", store.Get("a"));
        Assert.Equal([("a", "1")], store.ScanAll());

        Assert.True(store.Statistics.Cache is { UsedBytes: > 0, PinnedBytes: > 0, Hits: 2, Misses: 1 });
    }

    [Fact]
    public async Task Cache_of_no_bytes_should_keep_nothing()
    {
        await using var store = Rows.Open(new FaultInjectionFileSystem(), new StorageOptions { BlockCacheBytes = 0 });
        await store.PutAsync("a", "1");
        await store.FlushAsync();

        Assert.Equal("1", store.Get("a"));
        Assert.Equal("1", store.Get("a"));
        Assert.Equal(0, store.Statistics.Cache.UsedBytes);
    }

    [Fact]
    public async Task Damaged_block_should_never_enter_the_cache()
    {
        var files = new FaultInjectionFileSystem();
        await using (var writer = Rows.Open(files))
        {
            await writer.PutAsync("a", "1");
            await writer.FlushAsync();
        }

        var path = $"{Rows.Directory}/{files.ListFiles(Rows.Directory).Single(name => name.EndsWith(".sst"))}";
        var damaged = files.Peek(path);
        damaged[3] ^= 1;
        files.Overwrite(path, damaged);
        await using var store = Rows.Open(files);

        Assert.Throws<CorruptionException>(() => store.Get("a"));
        Assert.Equal(0, store.Statistics.Cache.UsedBytes);
        Assert.Throws<CorruptionException>(() => store.Get("a"));
    }

    [Fact]
    public void Closed_table_should_pin_nothing()
    {
        var cache = new BlockCache(0, 1_000);
        var files = new FaultInjectionFileSystem();
        files.CreateDirectory(Rows.Directory);
        using var writer = new TableWriter(files, Rows.Directory, number: 1, smallestSequence: 1, new StorageOptions());
        writer.Add(Rows.Bytes("a"), 1, RowKind.Put, Rows.Bytes("1"));
        var table = Table.Open(files, Rows.Directory, writer.Finish(), cache);

        Assert.True(cache.PinnedBytes > 0);
        table.Release();
        Assert.Equal(0, cache.PinnedBytes);
    }

    private static Block Block(long offset, int bytes) => new("/store/000001.sst", offset, new byte[bytes]);
}
