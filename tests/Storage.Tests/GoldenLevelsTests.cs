using System.Runtime.CompilerServices;
using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>
/// A store with tables in several levels, a dropped range that is still to be applied and a log, written by the first release that had
/// them, and one with records of the second version: they open for ever.
/// </summary>
public sealed class GoldenLevelsTests
{
    private const string Newest = "store-v2-levels";

    private static readonly StorageOptions Options = new() { BlockBytes = 256, RestartInterval = 4, LevelZeroTables = int.MaxValue };

    [Theory]
    [InlineData("store-v1-levels")]
    [InlineData(Newest)]
    public async Task Golden_store_with_levels_should_open_with_its_rows_and_without_the_dropped_ones(string golden)
    {
        if (Settings.WriteGolden)
            await WriteAsync();

        var files = new FaultInjectionFileSystem();
        foreach (var path in Directory.EnumerateFiles(GoldenDirectory(golden)))
            files.Overwrite($"{Rows.Directory}/{Path.GetFileName(path)}", File.ReadAllBytes(path));

        await using var store = Rows.Open(files, Options);

        Assert.Equal(Expected(), store.ScanAll());
        Assert.Equal("2 0 0 0 0 0 1", string.Join(" ", store.Statistics.Tables.CountPerLevel));
        Assert.Equal(1, store.Statistics.Tables.PendingRangeDrops);
        await store.CompactAsync();
        Assert.Equal(Expected(), store.ScanAll());
        Assert.Equal(0, store.Statistics.Tables.PendingRangeDrops);
    }

    private static async Task WriteAsync()
    {
        var files = new FaultInjectionFileSystem();
        await using (var store = Rows.Open(files, Options))
        {
            for (var key = 0; key < 30; key++)
                await store.PutAsync($"key-{key:D2}", $"old {key}");
            await store.CompactAsync();
            for (var key = 0; key < 30; key += 4)
                await store.PutAsync($"key-{key:D2}", $"new {key}");
            await store.DeleteAsync("key-05");
            await store.FlushAsync();
            await store.DropRangeAsync(Rows.Bytes("key-10"), Rows.Bytes("key-20"));
            await store.PutAsync("key-12", "after the drop");
        }

        foreach (var name in files.ListFiles(Rows.Directory).Where(name => name != FileNames.Lock))
            File.WriteAllBytes(Path.Combine(GoldenDirectory(Newest), name), files.Peek($"{Rows.Directory}/{name}"));
    }

    private static List<(string, string)> Expected() =>
    [
        .. Enumerable.Range(0, 30)
            .Where(key => key != 5 && (key is < 10 or >= 20 or 12))
            .Select(key => ($"key-{key:D2}", key == 12 ? "after the drop" : key % 4 == 0 ? $"new {key}" : $"old {key}")),
    ];

    private static string GoldenDirectory(string golden) =>
        Settings.WriteGolden ? SourceDirectory(golden) : Path.Combine(AppContext.BaseDirectory, "testdata", golden);

    private static string SourceDirectory(string golden, [CallerFilePath] string thisFile = "") =>
        Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(thisFile)!, "testdata", golden)).FullName;
}
