namespace AkkaKv.Storage.Tests;

/// <summary>The same operations under different options give the same answers, and those are the model's.</summary>
public sealed class MetamorphicTests
{
    private const int Seeds = 12;

    [Fact]
    public async Task Options_should_change_no_answer()
    {
        for (var seed = Settings.Seed; seed < Settings.Seed + Seeds; seed++)
        {
            IReadOnlyList<string>? first = null;
            foreach (var options in Variants(seed))
            {
                var answers = await AnswersAsync(seed, options);
                first ??= answers;
                Assert.True(first.SequenceEqual(answers), $"seed {seed}: other answers with {options}");
            }
        }
    }

    private static async Task<IReadOnlyList<string>> AnswersAsync(int seed, StorageOptions options)
    {
        try
        {
            return await ReadScenario.RunAsync(seed, options);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"seed {seed} (AKKAKV_SEED), {options}", failure);
        }
    }

    /// <summary>The defaults, each option at its extremes, and a few drawn by lot.</summary>
    private static IEnumerable<StorageOptions> Variants(int seed)
    {
        var tiny = new StorageOptions { MemtableLimitBytes = 4 << 10, BlockBytes = 128 };
        yield return new StorageOptions();
        yield return tiny;
        yield return tiny with { BlockCacheBytes = 0 };
        yield return tiny with { BlockCacheBytes = 2_000 };
        yield return tiny with { Compression = BlockCompression.None };
        yield return tiny with { Compression = BlockCompression.Zstd, ZstdLevel = 1 };
        yield return tiny with { RestartInterval = 1 };
        yield return tiny with { RestartInterval = 1_000, BlockBytes = 64 << 10 };
        yield return tiny with { BloomBitsPerKey = 0 };
        yield return tiny with { LevelZeroTables = 1, LevelBaseBytes = 1 << 10, LevelMultiplier = 2, TableTargetBytes = 1 << 10 };
        yield return tiny with
        {
            LevelZeroTables = 1,
            LevelBaseBytes = 1 << 10,
            LevelMultiplier = 2,
            TableTargetBytes = 1 << 10,
            LastLevelCompression = BlockCompression.Zstd,
        };

        var random = new Random(seed);
        for (var i = 0; i < 3; i++)
        {
            yield return new StorageOptions
            {
                MemtableLimitBytes = random.Next(4 << 10, 32 << 10),
                ImmutableMemtableLimit = random.Next(1, 4),
                BlockBytes = random.Next(64, 4_096),
                RestartInterval = random.Next(1, 40),
                BloomBitsPerKey = random.Next(0, 20),
                BlockCacheBytes = random.Next(0, 20_000),
                Compression = (BlockCompression)random.Next(3),
                LastLevelCompression = random.Next(2) == 0 ? null : (BlockCompression)random.Next(3),
                LevelZeroTables = random.Next(1, 5),
                LevelBaseBytes = random.Next(1 << 10, 20_000),
                TableTargetBytes = random.Next(1 << 10, 8_000),
            };
        }
    }
}
