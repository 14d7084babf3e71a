using AkkaKv.Testing;
using Xunit.Abstractions;

namespace AkkaKv.Storage.Tests;

/// <summary>What FORMAT.md says about the memory of indexes and filters.</summary>
public sealed class IndexMemoryTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(16, 100, 4096, 0.0065)]
    [InlineData(24, 100, 4096, 0.0065)]
    [InlineData(16, 1024, 4096, 0.0065)]
    [InlineData(24, 1024, 4096, 0.0065)]
    [InlineData(24, 100, 16_384, 0.0017)]
    [InlineData(24, 1024, 16_384, 0.0017)]
    public async Task Index_should_cost_a_small_part_of_the_data(int keyBytes, int valueBytes, int blockBytes, double limit)
    {
        const int dataBytes = 4 << 20;
        var rows = dataBytes / (keyBytes + valueBytes);
        var options = new StorageOptions { BlockBytes = blockBytes, BloomBitsPerKey = 0 };
        await using var store = Rows.Open(new FaultInjectionFileSystem(), options);
        var (random, batch) = (new Random(1), new WriteBatch());
        var (key, value) = (new byte[keyBytes], new byte[valueBytes]);
        for (var row = 0; row < rows; row++)
        {
            random.NextBytes(key);
            random.NextBytes(value);
            batch.Put(key, value);
        }

        await store.CommitAsync(batch);
        await store.FlushAsync();

        var share = (double)store.Statistics.Cache.PinnedBytes / dataBytes;
        output.WriteLine($"{share:P2} of the data for keys of {keyBytes} and values of {valueBytes} bytes in blocks of {blockBytes}");
        Assert.InRange(share, 0, limit);
    }
}
