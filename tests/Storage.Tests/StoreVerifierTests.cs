using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>The verifier passes what is sound, and finds every flipped bit, every missing and every superfluous file.</summary>
public sealed class StoreVerifierTests
{
    private const int Keys = 60;

    private static readonly StorageOptions Options = new() { BlockBytes = 256, RestartInterval = 4 };

    [Fact]
    public async Task Store_that_was_closed_should_be_sound()
    {
        var report = Verify(await BuildAsync(closeInOrder: true));

        Assert.Empty(report.Faults);
        Assert.Empty(report.Notes);
        Assert.Equal((2, 1, (ulong)(2 * Keys + 22)), (report.Tables, report.Logs, report.LastSequence));
    }

    [Fact]
    public async Task Store_of_a_killed_process_should_be_sound()
    {
        var report = Verify(await BuildAsync(closeInOrder: false));

        Assert.Empty(report.Faults);
        Assert.Equal((ulong)(2 * Keys + 22), report.LastSequence);
    }

    [Fact]
    public async Task Verifier_should_read_every_byte_and_write_none()
    {
        var files = await BuildAsync(closeInOrder: true);
        var writes = new List<IoCall>();
        files.OnCall = call =>
        {
            if (call.Operation is not (IoOperation.OpenRead or IoOperation.Read or IoOperation.FileExists or IoOperation.ListFiles or IoOperation.Lock))
                writes.Add(call);
            return IoFault.None;
        };

        var report = Verify(files);

        Assert.Empty(writes);
        Assert.Equal(files.UsedBytes, report.Bytes);
    }

    [Fact]
    public async Task Flipped_bit_should_be_found_wherever_it_is()
    {
        var files = await BuildAsync(closeInOrder: true);
        var random = new Random(1);
        foreach (var name in files.ListFiles(Rows.Directory))
        {
            var path = Path.Combine(Rows.Directory, name);
            var content = files.Peek(path);
            for (var offset = 0; offset < content.Length; offset++)
            {
                var flipped = files.Copy();
                var bytes = content.ToArray();
                bytes[offset] ^= (byte)(1 << random.Next(8));
                flipped.Overwrite(path, bytes);

                var found = FindIn(flipped);

                Assert.True(found.Any(remark => remark.File == path && remark.Offset <= offset), $"{name}, {offset}: {string.Join("; ", found)}");
            }
        }
    }

    [Theory]
    [InlineData(".sst")]
    [InlineData(".log")]
    [InlineData(".manifest")]
    [InlineData("CURRENT")]
    public async Task Missing_file_should_be_named(string ending)
    {
        var files = await BuildAsync(closeInOrder: true);
        foreach (var name in files.ListFiles(Rows.Directory).Where(name => name.EndsWith(ending, StringComparison.Ordinal)))
        {
            var copy = files.Copy();
            copy.Delete(Path.Combine(Rows.Directory, name));

            Assert.Contains(Verify(copy).Faults, fault => fault.File == Path.Combine(Rows.Directory, name));
        }
    }

    [Theory]
    [InlineData("000001.log")]
    [InlineData("009999.sst")]
    [InlineData("009999.manifest")]
    [InlineData("CURRENT.tmp")]
    [InlineData("notes.txt")]
    public async Task Superfluous_file_should_be_noted_and_not_make_a_store_unsound(string name)
    {
        var files = await BuildAsync(closeInOrder: true);
        files.Overwrite(Path.Combine(Rows.Directory, name), [1, 2, 3]);

        var report = Verify(files);

        Assert.Empty(report.Faults);
        Assert.Equal([Path.Combine(Rows.Directory, name)], report.Notes.Select(note => note.File));
    }

    [Fact]
    public async Task Table_in_the_place_of_another_should_be_found()
    {
        var files = await BuildAsync(closeInOrder: true);
        var tables = files.ListFiles(Rows.Directory).Where(name => name.EndsWith(".sst", StringComparison.Ordinal)).Order().ToList();
        files.Overwrite(Path.Combine(Rows.Directory, tables[0]), files.Peek(Path.Combine(Rows.Directory, tables[1])));

        Assert.NotEmpty(Verify(files).Faults);
    }

    [Fact]
    public async Task Store_that_is_open_should_not_be_verified()
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Options);
        await store.PutAsync("key", "value");

        // The lock is known by its file.
        files.Overwrite(Path.Combine(Rows.Directory, FileNames.Lock), []);

        Assert.Throws<IOException>(() => Verify(files));
    }

    [Fact]
    public void Directory_without_a_store_should_be_said_to_be_one()
    {
        Assert.Contains("no store", Assert.Single(Verify(new FaultInjectionFileSystem()).Faults).What);
    }

    private static VerificationReport Verify(FaultInjectionFileSystem files) => StoreVerifier.Verify(Rows.Directory, files);

    private static List<FileRemark> FindIn(FaultInjectionFileSystem files)
    {
        try
        {
            var report = Verify(files);
            return [.. report.Faults, .. report.Notes];
        }
        catch (UnsupportedFormatException unknown)
        {
            Assert.Fail($"a flipped bit passed for a newer format: {unknown.Message}");
            throw;
        }
    }

    /// <summary>Two tables, and rows that are in the log alone.</summary>
    private static async Task<FaultInjectionFileSystem> BuildAsync(bool closeInOrder)
    {
        var files = new FaultInjectionFileSystem();
        var store = Rows.Open(files, Options);
        for (var round = 0; round < 2; round++)
        {
            for (var key = 0; key < Keys; key++)
                await store.PutAsync($"key-{key:D3}", $"value {key} of round {round}");
            await store.DeleteAsync($"key-{round:D3}");
            await store.FlushAsync();
        }

        for (var key = 0; key < 20; key++)
            await store.PutAsync($"log-{key:D3}", $"value {key}");
        if (!closeInOrder)
            return files.Copy();

        await store.DisposeAsync();
        return files.Copy();
    }
}
