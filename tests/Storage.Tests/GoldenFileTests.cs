using System.Runtime.CompilerServices;
using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>
/// The formats are frozen. A store written by the first release is in testdata; it must open for ever, and the same input must give the
/// same bytes until the format's version is raised (then the old files stay, and new ones join them).
/// </summary>
public sealed class GoldenFileTests
{
    private static readonly StorageOptions Options = new() { BlockBytes = 256, RestartInterval = 4 };

    [Fact]
    public async Task Writer_should_produce_the_golden_bytes()
    {
        var files = new FaultInjectionFileSystem();
        await WriteAsync(files);
        var written = files.ListFiles(Rows.Directory).Where(name => name != FileNames.Lock).Order(StringComparer.Ordinal).ToList();
        if (Settings.WriteGolden)
            written.ForEach(name => File.WriteAllBytes(Path.Combine(SourceDirectory(), name), files.Peek($"{Rows.Directory}/{name}")));

        Assert.Equal(GoldenNames(), written);
        Assert.All(written, name => Assert.Equal(Golden(name), files.Peek($"{Rows.Directory}/{name}")));
    }

    [Fact]
    public async Task Golden_store_should_open_with_all_its_rows()
    {
        var files = new FaultInjectionFileSystem();
        foreach (var name in GoldenNames())
            files.Overwrite($"{Rows.Directory}/{name}", Golden(name));

        await using var store = Rows.Open(files, Options);

        Assert.True(store.Recovery is { WasClosedCleanly: true, LastSequence: 45, RowsReplayed: 3, LogsReplayed: 1 });
        Assert.Equal(Expected(), store.ScanAll());
        Assert.Equal("value 7", store.Get("key-07"));
        Assert.Null(store.Get("key-03"));
    }

    /// <summary>
    /// A table with several blocks, a deletion and every length of varint; a log with batches; a manifest with two edits.
    /// </summary>
    private static async Task WriteAsync(FaultInjectionFileSystem files)
    {
        await using var store = Rows.Open(files, Options);
        for (var key = 0; key < 40; key++)
            await store.PutAsync($"key-{key:D2}", $"value {key}");
        await store.DeleteAsync("key-03");
        await store.PutAsync("large", new string('x', 300));
        await store.FlushAsync();

        var batch = new WriteBatch();
        batch.Put("key-08", "new value");
        batch.Delete("key-09");
        await store.CommitAsync(batch);
        await store.PutAsync("empty", "");
    }

    private static List<(string, string)> Expected()
    {
        var rows = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["empty"] = "", ["large"] = new('x', 300) };
        for (var key = 0; key < 40; key++)
            rows[$"key-{key:D2}"] = $"value {key}";
        rows["key-08"] = "new value";
        rows.Remove("key-03");
        rows.Remove("key-09");
        return [.. rows.Select(row => (row.Key, row.Value))];
    }

    private static List<string> GoldenNames() =>
        [.. Directory.EnumerateFiles(GoldenDirectory()).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static byte[] Golden(string name) => File.ReadAllBytes(Path.Combine(GoldenDirectory(), name));

    private static string GoldenDirectory() =>
        Settings.WriteGolden ? SourceDirectory() : Path.Combine(AppContext.BaseDirectory, "testdata", "store-v1");

    private static string SourceDirectory([CallerFilePath] string thisFile = "") =>
        Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(thisFile)!, "testdata", "store-v1")).FullName;
}
