using System.Runtime.CompilerServices;
using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>
/// The formats are frozen. A store written by the first release is in testdata; it must open for ever, and the same input must give the
/// same bytes until the format's version is raised (then the old files stay, and new ones join them).
/// </summary>
public sealed class GoldenFileTests
{
    private const string PlainStore = "store-v2";
    private const string KilledStore = "store-v2-killed";

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

    /// <summary>A log that is sealed and kept for its space, and one in the space of an earlier log, as a process leaves them that is killed.</summary>
    [Fact]
    public async Task Writer_should_leave_the_golden_bytes_when_it_is_killed()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Options with { CommitLogSpaceBytes = 512 });
        foreach (var round in new[] { "first", "second" })
        {
            await store.PutAsync("a", $"{round} {new string('x', 200)}");
            await store.FlushAsync();
        }

        await store.PutAsync("b", "third");
        if (Settings.WriteGolden)
            Save(files, KilledStore);

        Assert.Equal(GoldenNames(KilledStore), Written(files));
        Assert.All(Written(files), name => Assert.Equal(Golden(KilledStore, name), files.Peek($"{Rows.Directory}/{name}")));
    }

    [Fact]
    public async Task Golden_store_that_was_killed_should_open_with_all_its_rows()
    {
        await using var store = Rows.Open(Load(KilledStore), Options);

        Assert.True(store.Recovery is { WasClosedCleanly: false, LastSequence: 3, LogsReplayed: 1, CutTails: [{ Bytes: > 200 }] });
        Assert.Equal([("a", $"second {new string('x', 200)}"), ("b", "third")], store.ScanAll());
    }

    /// <summary>A newer compressor may find shorter matches, so of compressed tables only their reading is frozen.</summary>
    [Theory]
    [InlineData(BlockCompression.Lz4)]
    [InlineData(BlockCompression.Zstd)]
    public async Task Compressed_store_should_be_smaller_and_hold_the_same_rows(BlockCompression compression)
    {
        var options = Options with { Compression = compression };
        var files = new FaultInjectionFileSystem();
        await WriteAsync(files, options);

        await using var store = Rows.Open(files, options);

        var table = files.ListFiles(Rows.Directory).First(name => name.EndsWith(".sst"));
        Assert.True(files.Peek($"{Rows.Directory}/{table}").Length < Golden(PlainStore, "000004.sst").Length);
        Assert.Equal(Expected(), store.ScanAll());
    }

    [Theory]
    [InlineData("store-v1")]
    [InlineData("store-v1-lz4")]
    [InlineData(PlainStore)]
    [InlineData("store-v1-zstd")]
    public async Task Golden_store_should_open_with_all_its_rows(string golden)
    {
        var files = Load(golden);

        await using var store = Rows.Open(files, Options);

        Assert.True(store.Recovery is { WasClosedCleanly: true, LastSequence: 45, RowsReplayed: 3, LogsReplayed: 1 });
        Assert.Equal(Expected(), store.ScanAll());
        Assert.Equal("value 7", store.Get("key-07"));
        Assert.Null(store.Get("key-03"));
    }

    /// <summary>A log of the first version has no hash of record headers; what is damaged in it is found all the same.</summary>
    [Fact]
    public async Task Flipped_bit_in_a_golden_log_should_be_noticed()
    {
        const string log = "000003.log";
        var content = Golden("store-v1", log);
        for (var bit = 0; bit < 8 * content.Length; bit += 3)
        {
            var files = Load("store-v1");
            var bytes = content.ToArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            files.Overwrite($"{Rows.Directory}/{log}", bytes);
            try
            {
                await using var store = Rows.Open(files, Options);
                Assert.Equal($"{Rows.Directory}/{log}", Assert.Single(store.Recovery.CutTails).File);
                Assert.True(store.SyncedSequence == 45, $"bit {bit}: rows are gone that a later group says were durable");
            }
            catch (CorruptionException damage)
            {
                Assert.Equal($"{Rows.Directory}/{log}", damage.File);
            }
        }
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

    private static FaultInjectionFileSystem Load(string golden)
    {
        var files = new FaultInjectionFileSystem();
        foreach (var name in GoldenNames(golden))
            files.Overwrite($"{Rows.Directory}/{name}", Golden(golden, name));
        return files;
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
