using System.Runtime.CompilerServices;
using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>A store whose log is of version 3, with batches that have notes and one that has none: written to the byte, and opened for ever.</summary>
public sealed class GoldenNotesTests
{
    private const string Store = "store-v3";

    private static readonly StorageOptions Options = new() { BlockBytes = 256, RestartInterval = 4, Compression = BlockCompression.None };

    [Fact]
    public async Task Writer_should_produce_the_golden_bytes_of_notes()
    {
        var files = new FaultInjectionFileSystem();
        await using (var store = Rows.Open(files, Options with { NoteKeeper = new Listener() }))
        {
            await CommitAsync(store, "a", "note");
            await CommitAsync(store, "b", "");
            await CommitAsync(store, "c", new string('n', 200));
        }

        var names = files.ListFiles(Rows.Directory).Where(name => name != FileNames.Lock).Order(StringComparer.Ordinal).ToList();
        if (Settings.WriteGolden)
            names.ForEach(name => File.WriteAllBytes(Path.Combine(SourceDirectory(), name), files.Peek($"{Rows.Directory}/{name}")));

        Assert.Equal(Directory.EnumerateFiles(GoldenDirectory()).Select(Path.GetFileName).Order(StringComparer.Ordinal), names);
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(Path.Combine(GoldenDirectory(), name)), files.Peek($"{Rows.Directory}/{name}")));
    }

    [Fact]
    public async Task Golden_store_should_tell_its_notes_and_hold_its_rows()
    {
        var files = new FaultInjectionFileSystem();
        foreach (var path in Directory.EnumerateFiles(GoldenDirectory()))
            files.Overwrite($"{Rows.Directory}/{Path.GetFileName(path)}", File.ReadAllBytes(path));
        var listener = new Listener();

        await using var store = Rows.Open(files, Options with { NoteKeeper = listener });

        Assert.Equal([(1UL, "note"), (2UL, ""), (3UL, new string('n', 200))], listener.Notes);
        Assert.Equal([("a", "value"), ("b", "value"), ("c", "value")], store.ScanAll());
    }

    private static async Task CommitAsync(LsmStore store, string key, string note)
    {
        var batch = new WriteBatch { Note = Rows.Bytes(note) };
        batch.Put(key, "value");
        await store.CommitAsync(batch);
    }

    private static string GoldenDirectory() => Settings.WriteGolden ? SourceDirectory() : Path.Combine(AppContext.BaseDirectory, "testdata", Store);

    private static string SourceDirectory([CallerFilePath] string thisFile = "") =>
        Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(thisFile)!, "testdata", Store)).FullName;

    private sealed class Listener : INoteKeeper
    {
        public List<(ulong Sequence, string Note)> Notes { get; } = [];

        public void Begin(ulong goneSequence)
        {
        }

        public void Take(ulong lastSequence, ReadOnlySpan<byte> note) => Notes.Add((lastSequence, Rows.Text(note.ToArray())));

        public void Keep()
        {
        }

        public void Dropping(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until)
        {
        }

        public void Dropped()
        {
        }
    }
}
