using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>One flipped bit at a time, in every byte of every file: never a wrong row, and the error names the place.</summary>
public sealed class CorruptionTests
{
    private const int Keys = 60;

    /// <summary>Enough for all logs of a test, so the last one lies in the space of the first.</summary>
    private const long UsedSpace = 4 << 10;

    private static readonly StorageOptions Options =
        new() { BlockBytes = 256, RestartInterval = 4, Compression = BlockCompression.None };

    [Theory]
    [InlineData(".sst", BlockCompression.None)]
    [InlineData(".sst", BlockCompression.Lz4)]
    [InlineData(".sst", BlockCompression.Zstd)]
    [InlineData(".log", BlockCompression.None)]
    [InlineData(".manifest", BlockCompression.None)]
    [InlineData("CURRENT", BlockCompression.None)]
    public async Task Flipped_bit_should_never_lead_to_a_wrong_row(string ending, BlockCompression compression)
    {
        var files = await BuildAsync(closeInOrder: true, compression);
        var expected = await RowsOfAsync(files.Copy());
        foreach (var path in PathsOf(files, ending))
        {
            var random = new Random(1);
            var content = files.Peek(path);
            for (var offset = 0; offset < content.Length; offset++)
            {
                var flipped = files.Copy();
                var bytes = content.ToArray();
                bytes[offset] ^= (byte)(1 << random.Next(8));
                flipped.Overwrite(path, bytes);
                await VerifyAsync(flipped, path, offset, expected);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(UsedSpace)]
    public async Task Damage_before_the_last_group_of_a_log_should_never_pass_for_a_torn_end(long space)
    {
        var files = await BuildAsync(closeInOrder: false, space: space);
        var path = NewestLog(files);
        var content = files.Peek(path);
        var (lastGroup, _) = LastRecord(files, path);
        for (var offset = 0; offset < lastGroup; offset++)
        {
            var flipped = files.Copy();
            var bytes = content.ToArray();
            bytes[offset] ^= 0x10;
            flipped.Overwrite(path, bytes);
            var damage = Assert.Throws<CorruptionException>(() => Rows.Open(flipped, Options));
            Assert.Equal(path, damage.File);
            Assert.InRange(offset, damage.Offset, content.Length);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(UsedSpace)]
    public async Task Cut_anywhere_in_the_last_group_of_a_log_should_be_reported_as_a_cut_end(long space)
    {
        var files = await BuildAsync(closeInOrder: false, space: space);
        var path = NewestLog(files);
        var content = files.Peek(path);
        var (lastGroup, end) = LastRecord(files, path);
        for (var length = (int)lastGroup + 1; length < end; length++)
        {
            var torn = files.Copy();
            byte[] left = space == 0 ? content[..length] : [.. content[..length], .. Enumerable.Repeat((byte)'?', content.Length - length)];
            torn.Overwrite(path, left);
            await using var store = Rows.Open(torn, Options);
            Assert.Equal([new CutTail(path, lastGroup, left.Length - lastGroup)], store.Recovery.CutTails);
            Assert.False(store.Recovery.WasClosedCleanly);
        }
    }

    [Theory]
    [InlineData(".log")]
    [InlineData(".manifest")]
    [InlineData("CURRENT")]
    public async Task Missing_file_should_be_named(string ending)
    {
        var files = await BuildAsync(closeInOrder: true);
        var path = PathsOf(files, ending).Single();
        files.Delete(path);

        var damage = Assert.Throws<CorruptionException>(() => Rows.Open(files, Options));

        Assert.Contains(Path.GetFileName(path)[..3], damage.Message);
        Assert.Contains("is there|missing".Split('|'), what => damage.What.Contains(what));
    }

    [Fact]
    public async Task Missing_log_between_two_others_should_be_noticed()
    {
        // The flush that would make the first logs superfluous fails, so several remain.
        var files = new FaultInjectionFileSystem
        {
            OnCall = io => io.Operation == IoOperation.Create && io.Path.EndsWith(".sst") ? IoFault.Fail : IoFault.None,
        };
        var options = Options with { MemtableLimitBytes = 4096, ImmutableMemtableLimit = 3 };
        await using (var store = Rows.Open(files, options))
        {
            for (var i = 0; i < 100 && store.State.AcceptsCommits; i++)
                await Task.WhenAny(store.PutAsync(Key(i), new string('x', 200)));
        }

        files.OnCall = null;
        Assert.True(PathsOf(files, ".log").Count > 1);
        files.Delete(PathsOf(files, ".log").Order(StringComparer.Ordinal).First());

        var damage = Assert.Throws<CorruptionException>(() => Rows.Open(files, options));

        Assert.Contains("missing", damage.What);
    }

    [Fact]
    public async Task Missing_table_should_fail_the_reads_of_its_range_and_no_others()
    {
        var files = await BuildAsync(closeInOrder: true);
        var path = PathsOf(files, ".sst").Order(StringComparer.Ordinal).First();
        files.Delete(path);

        await using var store = Rows.Open(files, Options);

        Assert.Equal(path, Assert.Single(store.Recovery.DamagedTables).File);
        var damage = Assert.Throws<CorruptionException>(() => store.Get(Key(4)));
        Assert.Equal(path, damage.File);
        Assert.Throws<CorruptionException>(() => store.ScanAll());
        Assert.Null(store.Get("zzz"));
        Assert.Equal("in the log", store.Get("log-00"));
        Assert.Equal(MemoryLookup.OnDisk, store.TryGetFromMemory(Rows.Bytes(Key(4)), out _));
    }

    /// <summary>Two overlapping tables, a manifest with several edits, a log of several groups.</summary>
    private static async Task<FaultInjectionFileSystem> BuildAsync(
        bool closeInOrder, BlockCompression compression = BlockCompression.None, long space = UsedSpace)
    {
        var files = new FaultInjectionFileSystem();
        var store = Rows.Open(files, Options with { Compression = compression, CommitLogSpaceBytes = space });
        for (var key = 0; key < Keys; key += 2)
            await store.PutAsync(Key(key), $"old value of {key}");
        await store.FlushAsync();
        for (var key = 0; key < Keys; key += 3)
            await store.PutAsync(Key(key), $"new value of {key}");
        await store.DeleteAsync(Key(2));
        await store.FlushAsync();
        for (var i = 0; i < 8; i++)
            await store.PutAsync($"log-{i:D2}", "in the log");

        if (!closeInOrder)
            files.Crash();
        await store.DisposeAsync();
        return closeInOrder ? files : files.AfterCrash();
    }

    private static async Task<List<(string, string)>> RowsOfAsync(FaultInjectionFileSystem files)
    {
        await using var store = Rows.Open(files, Options);
        return store.ScanAll();
    }

    private static async Task VerifyAsync(
        FaultInjectionFileSystem files, string path, int offset, List<(string Key, string Value)> expected)
    {
        var context = $"bit flipped in {path} at {offset}";
        LsmStore store;
        try
        {
            store = Rows.Open(files, Options);
        }
        catch (CorruptionException damage)
        {
            AssertNames(damage);
            return;
        }

        await using (store)
        {
            var noticed = store.Recovery.CutTails.Count > 0;
            var values = expected.ToDictionary(row => row.Key, row => row.Value);
            foreach (var key in Enumerable.Range(0, Keys).Select(Key).Concat(values.Keys))
                noticed |= !TryRead(() => Assert.True(store.Get(key) == values.GetValueOrDefault(key), $"{context}: wrong value of {key}"));
            noticed |= !TryRead(() => Assert.True(expected.SequenceEqual(store.ScanAll()), $"{context}: wrong scan"));
            var descending = expected.AsEnumerable().Reverse();
            noticed |= !TryRead(() => Assert.True(
                descending.SequenceEqual(store.ScanAll(direction: ScanDirection.Backward)), $"{context}: wrong scan backward"));
            noticed |= !TryRead(() => Assert.True(
                expected.Select(row => row.Value).SequenceEqual(
                    store.Get([.. expected.Select(row => (ReadOnlyMemory<byte>)Rows.Bytes(row.Key))]).Select(value => Rows.Text(value!.Value))),
                $"{context}: wrong values of a batch"));
            Assert.True(noticed, $"{context}: nobody noticed");
        }

        bool TryRead(Action read)
        {
            try
            {
                read();
                return true;
            }
            catch (CorruptionException damage)
            {
                AssertNames(damage);
                return false;
            }
        }

        void AssertNames(CorruptionException damage)
        {
            Assert.True(damage.File == path, $"{context}: blamed on {damage.File}");
            Assert.True(damage.Offset <= offset, $"{context}: blamed on offset {damage.Offset}");
        }
    }

    private static string NewestLog(FaultInjectionFileSystem files) => PathsOf(files, ".log").Max(StringComparer.Ordinal)!;

    private static (long Offset, long End) LastRecord(FaultInjectionFileSystem files, string path)
    {
        _ = FileNames.TryParse(Path.GetFileName(path), out var kind, out var number);
        var reader = new LogReader(files, Rows.Directory, kind, number, isNewest: true);
        var last = 0L;
        while (reader.TryRead(out var record))
            last = record.Offset;
        return (last, reader.End);
    }

    private static List<string> PathsOf(FaultInjectionFileSystem files, string ending) =>
        [.. files.ListFiles(Rows.Directory).Where(name => name.EndsWith(ending)).Select(name => $"{Rows.Directory}/{name}")];

    private static string Key(int key) => $"key-{key:D3}";
}
