using System.Runtime.CompilerServices;
using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>
/// The formats are frozen. A store written by the first release is in testdata; it must open for ever, and the same input must give the
/// same bytes until the format's version is raised (then the old files stay, and new ones join them).
/// </summary>
public sealed class GoldenFileTests
{
    private const string PlainStore = "store-v1";
    private const string CompressedStore = "store-v1-lz4";
    private const string ZstdStore = "store-v1-zstd";

    private static readonly StorageOptions Options =
        new() { BlockBytes = 256, RestartInterval = 4, Compression = BlockCompression.None };

    [Fact]
    public async Task Writer_should_produce_the_golden_bytes()
    {
        var files = new FaultInjectionFileSystem();
        await WriteAsync(files, Options);
        if (Settings.WriteGolden)
            Save(files, PlainStore);

        var written = Written(files);
        Assert.Equal(GoldenNames(PlainStore), written);
        Assert.All(written, name => Assert.Equal(Golden(PlainStore, name), files.Peek($"{Rows.Directory}/{name}")));
    }

    /// <summary>A newer compressor may find shorter matches, so of compressed tables only their reading is frozen.</summary>
    [Theory]
    [InlineData(CompressedStore, BlockCompression.Lz4)]
    [InlineData(ZstdStore, BlockCompression.Zstd)]
    public async Task Compressed_store_should_be_smaller_and_hold_the_same_rows(string golden, BlockCompression compression)
    {
        var options = Options with { Compression = compression };
        var files = new FaultInjectionFileSystem();
        await WriteAsync(files, options);
        if (Settings.WriteGolden)
            Save(files, golden);

        await using var store = Rows.Open(files, options);

        var table = files.ListFiles(Rows.Directory).First(name => name.EndsWith(".sst"));
        Assert.True(files.Peek($"{Rows.Directory}/{table}").Length < Golden(PlainStore, "000004.sst").Length);
        Assert.Equal(Expected(), store.ScanAll());
    }

    [Theory]
    [InlineData(PlainStore)]
    [InlineData(CompressedStore)]
    [InlineData(ZstdStore)]
    public async Task Golden_store_should_open_with_all_its_rows(string golden)
    {
        var files = new FaultInjectionFileSystem();
        foreach (var name in GoldenNames(golden))
            files.Overwrite($"{Rows.Directory}/{name}", Golden(golden, name));

        await using var store = Rows.Open(files, Options);

        Assert.True(store.Recovery is { WasClosedCleanly: true, LastSequence: 45, RowsReplayed: 3, LogsReplayed: 1 });
        Assert.Equal(Expected(), store.ScanAll());
        Assert.Equal("value 7", store.Get("key-07"));
        Assert.Null(store.Get("key-03"));
    }

    /// <summary>
    /// A table with several blocks, a deletion and every length of varint; a log with batches; a manifest with two edits.
    /// </summary>
    private static async Task WriteAsync(FaultInjectionFileSystem files, StorageOptions options)
    {
        await using var store = Rows.Open(files, options);
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

    private static List<string> Written(FaultInjectionFileSystem files) =>
        [.. files.ListFiles(Rows.Directory).Where(name => name != FileNames.Lock).Order(StringComparer.Ordinal)];

    private static void Save(FaultInjectionFileSystem files, string golden) => Written(files)
        .ForEach(name => File.WriteAllBytes(Path.Combine(SourceDirectory(golden), name), files.Peek($"{Rows.Directory}/{name}")));

    private static List<string> GoldenNames(string golden) =>
        [.. Directory.EnumerateFiles(GoldenDirectory(golden)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static byte[] Golden(string golden, string name) => File.ReadAllBytes(Path.Combine(GoldenDirectory(golden), name));

    private static string GoldenDirectory(string golden) =>
        Settings.WriteGolden ? SourceDirectory(golden) : Path.Combine(AppContext.BaseDirectory, "testdata", golden);

    private static string SourceDirectory(string golden, [CallerFilePath] string thisFile = "") =>
        Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(thisFile)!, "testdata", golden)).FullName;
}
