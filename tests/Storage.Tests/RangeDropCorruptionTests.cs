using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>
/// One flipped bit in every byte of the manifest of a store with levels and dropped ranges: what was dropped does not come back unnoticed.
/// </summary>
public sealed class RangeDropCorruptionTests
{
    private static readonly StorageOptions Options = new() { BlockBytes = 256, LevelZeroTables = int.MaxValue };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Flipped_bit_should_never_bring_dropped_rows_back(bool dropIsLast)
    {
        var files = await BuildAsync(dropIsLast);
        List<(string, string)> expected;
        await using (var store = Rows.Open(files.Copy(), Options))
            expected = store.ScanAll();
        Assert.DoesNotContain(expected, row => row.Item1 == "key-12");

        var path = $"{Rows.Directory}/{files.ListFiles(Rows.Directory).Single(name => name.EndsWith(".manifest"))}";
        var content = files.Peek(path);
        var refusals = 0;
        for (var offset = 0; offset < content.Length; offset++)
        {
            for (var bit = 0; bit < 8; bit += 3)
            {
                var flipped = files.Copy();
                var bytes = content.ToArray();
                bytes[offset] ^= (byte)(1 << bit);
                flipped.Overwrite(path, bytes);
                refusals += await IsRefusedAsync(flipped, expected, offset) ? 1 : 0;
            }
        }

        Assert.InRange(refusals, content.Length, 3 * content.Length);
    }

    private static async Task<FaultInjectionFileSystem> BuildAsync(bool dropIsLast)
    {
        var files = new FaultInjectionFileSystem();
        await using var store = Rows.Open(files, Options);
        for (var key = 0; key < 20; key++)
            await store.PutAsync($"key-{key:D2}", $"old value of {key}");
        await store.CompactAsync();
        for (var key = 0; key < 20; key += 3)
            await store.PutAsync($"key-{key:D2}", $"new value of {key}");
        await store.FlushAsync();
        await store.PutAsync("key-11", "in memory");
        await store.DropRangeAsync(Rows.Bytes("key-10"), Rows.Bytes("key-15"));
        await store.PutAsync("key-14", "written later");
        if (!dropIsLast)
            await store.FlushAsync();
        return files;
    }

    /// <summary>Refused, or a read that fails, or the end of the manifest reported as cut and no wrong row.</summary>
    private static async Task<bool> IsRefusedAsync(FaultInjectionFileSystem files, List<(string, string)> expected, int offset)
    {
        try
        {
            await using var store = Rows.Open(files, Options);
            Assert.True(store.Recovery.CutTails.Count > 0, $"nobody noticed the bit at {offset}");
            Assert.True(expected.SequenceEqual(store.ScanAll()), $"wrong rows with a bit flipped at {offset}");
            return false;
        }
        catch (CorruptionException)
        {
            return true;
        }
    }
}
