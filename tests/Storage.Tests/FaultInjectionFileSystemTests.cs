using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>What the simulated disk leaves of a file that is written over, allocated and cut.</summary>
public sealed class FaultInjectionFileSystemTests
{
    private const int SectorBytes = 512;
    private const string FilePath = "/store/file";

    [Fact]
    public void Bytes_written_over_others_should_be_old_or_new_after_a_crash_sector_by_sector()
    {
        var outcomes = new HashSet<string>();
        for (var seed = 0; seed < 300; seed++)
        {
            var content = CrashAfter(seed, file => file.Append(Filled('n', 3 * SectorBytes)));

            Assert.Equal(4 * SectorBytes, content.Length);
            Assert.All(content, value => Assert.Contains((char)value, "on"));
            Assert.All(content.Skip(3 * SectorBytes), value => Assert.Equal('o', (char)value));
            outcomes.Add(string.Concat(content.Chunk(SectorBytes).Select(sector => (char)sector[0])));
        }

        // Nothing, all, a prefix, and a later sector without an earlier one.
        Assert.Superset(new HashSet<string> { "oooo", "nnno", "nooo", "onoo", "nono" }, outcomes);
    }

    [Fact]
    public void Bytes_written_over_others_should_stay_once_they_are_synced()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var content = CrashAfter(seed, file =>
            {
                file.Append(Filled('n', 700));
                file.Sync();
            });

            Assert.Equal([.. Filled('n', 700), .. Filled('o', 4 * SectorBytes - 700)], content);
        }
    }

    [Fact]
    public void Size_that_was_not_synced_should_be_the_old_or_the_new_one()
    {
        var grown = Enumerable.Range(0, 100).Select(seed => CrashAfter(seed, file => file.Allocate(10_000)).Length).ToHashSet();
        Assert.Superset(new HashSet<int> { 4 * SectorBytes, 10_000 }, grown);

        var cut = Enumerable.Range(0, 100).Select(seed => CrashAfter(seed, file => file.Truncate()).Length).ToHashSet();
        Assert.Equal([0, 4 * SectorBytes], cut.Order());
    }

    [Fact]
    public void Allocated_bytes_should_count_and_read_as_zeros()
    {
        var files = Prepare(seed: 0);
        files.CapacityBytes = 10_000;
        using var file = files.Reuse(FilePath);

        Assert.False(file.Allocate(10_001));
        Assert.Equal(4 * SectorBytes, files.UsedBytes);
        Assert.True(file.Allocate(10_000));
        Assert.Equal(10_000, files.UsedBytes);
        Assert.Equal([.. Filled('o', 4 * SectorBytes), .. new byte[10_000 - 4 * SectorBytes]], files.Peek(FilePath));

        file.Append(Filled('n', 10_000));
        Assert.ThrowsAny<IOException>(() => file.Append([1]));
    }

    private static byte[] CrashAfter(int seed, Action<IWritableFile> write)
    {
        var files = Prepare(seed);
        using var file = files.Reuse(FilePath);
        write(file);
        return files.AfterCrash().Peek(FilePath);
    }

    /// <summary>A file of four sectors, all old.</summary>
    private static FaultInjectionFileSystem Prepare(int seed)
    {
        var files = new FaultInjectionFileSystem(seed);
        files.Overwrite(FilePath, Filled('o', 4 * SectorBytes));
        return files;
    }

    private static byte[] Filled(char with, int count) => [.. Enumerable.Repeat((byte)with, count)];
}
