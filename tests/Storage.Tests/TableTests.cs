using System.Text;
using AkkaKv.Testing;
using CsCheck;

namespace AkkaKv.Storage.Tests;

public sealed class TableTests
{
    private static readonly Gen<StorageOptions> AnyOptions = Gen.Select(
        Gen.Int[64, 2_000], Gen.Int[1, 20], Gen.Int[0, 20], Gen.Enum<BlockCompression>(),
        (blockBytes, restartInterval, bloomBits, compression) => new StorageOptions
        {
            BlockBytes = blockBytes,
            RestartInterval = restartInterval,
            BloomBitsPerKey = bloomBits,
            Compression = compression,
        });

    /// <summary>Keys that are each other's beginnings, or that differ only behind the eighth byte.</summary>
    private static readonly Gen<SortedDictionary<string, string>> AnyRows =
        Gen.Select(
            Gen.Select(Gen.Bool.Select(isCommon => isCommon ? "common to many " : ""), Gen.String[Gen.Char['a', 'd'], 1, 8], (begin, end) => begin + end),
            Gen.String[Gen.Char['0', '9'], 0, 60]).Array[1, 300].Select(rows =>
        {
            var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (key, value) in rows)
                sorted[key] = value;
            return sorted;
        });

    [Fact]
    public void Table_should_give_back_every_row_it_was_given() => Gen.Select(AnyRows, AnyOptions).Sample((rows, options) =>
    {
        var table = Write(rows, options);

        foreach (var (key, value) in rows)
        {
            var name = Rows.Bytes(key);
            Assert.True(table.MayContain(name, BloomFilter.Hash(name)));
            Assert.True(table.TryGet(name, out var row));
            Assert.Equal((value, Kind(value), Sequence(value)), (Rows.Text(row.Value), row.Kind, row.Sequence));
        }

        Assert.Equal(rows.Select(row => row.Key), KeysFrom(table, ""));
        table.Release();
    });

    [Fact]
    public void Seek_should_find_the_first_row_at_or_after_a_key() =>
        Gen.Select(AnyRows, AnyOptions, Gen.String[Gen.Char['a', 'e'], 0, 9]).Sample((rows, options, from) =>
        {
            var table = Write(rows, options);
            Assert.Equal(rows.Keys.Where(key => string.CompareOrdinal(key, from) >= 0), KeysFrom(table, from));
            Assert.Equal(rows.Keys.Where(key => from == "" || string.CompareOrdinal(key, from) < 0).Reverse(), KeysBefore(table, from));
            Assert.Equal(rows.ContainsKey(from), table.TryGet(Rows.Bytes(from), out _));
            table.Release();
        });

    [Theory]
    [InlineData(10, 0.02)]
    [InlineData(16, 0.005)]
    public void Filter_should_admit_few_keys_that_are_not_there(int bitsPerKey, double bound)
    {
        const int Count = 100_000;
        var filter = BloomFilter.Build([.. Enumerable.Range(0, Count).Select(i => Hash($"in {i}"))], bitsPerKey);

        Assert.All(Enumerable.Range(0, Count), i => Assert.True(BloomFilter.MayContain(filter, Hash($"in {i}"))));
        var admitted = Enumerable.Range(0, Count).Count(i => BloomFilter.MayContain(filter, Hash($"out {i}")));
        Assert.InRange((double)admitted / Count, 0, bound);

        static ulong Hash(string key) => BloomFilter.Hash(Encoding.ASCII.GetBytes(key));
    }

    [Fact]
    public void Merge_should_show_all_rows_of_all_sources_the_newest_of_a_key_first() =>
        AnyRows.Array[1, 5].Sample(sources =>
        {
            var tables = sources.Select(rows => Write(rows, new StorageOptions { BlockBytes = 64 })).ToList();
            var expected = sources.SelectMany(rows => rows).Select(row => (row.Key, Sequence(row.Value)))
                .OrderBy(row => row.Key, StringComparer.Ordinal).ThenByDescending(row => row.Item2);

            var found = new List<(string, ulong)>();
            var merged = new MergingIterator([.. tables.Select(table => table.Iterate())]);
            for (merged.Seek([]); merged.IsValid; merged.MoveNext())
                found.Add((Rows.Text(merged.Key.ToArray()), merged.Sequence));

            Assert.Equal(expected, found);

            found.Clear();
            for (merged.SeekBefore([]); merged.IsValid; merged.MovePrevious())
                found.Add((Rows.Text(merged.Key.ToArray()), merged.Sequence));

            Assert.Equal(expected.Reverse(), found);
        });

    private static Table Write(SortedDictionary<string, string> rows, StorageOptions options)
    {
        var files = new FaultInjectionFileSystem();
        files.CreateDirectory(Rows.Directory);
        using var writer = new TableWriter(files, Rows.Directory, number: 1, smallestSequence: 5, options);
        foreach (var (key, value) in rows)
            writer.Add(Rows.Bytes(key), Sequence(value), Kind(value), Rows.Bytes(value));
        var table = Table.Open(files, Rows.Directory, writer.Finish(), new BlockCache(1 << 20, options.BlockBytes));
        Assert.Null(table.Damage);
        return table;
    }

    private static List<string> KeysFrom(Table table, string from)
    {
        var keys = new List<string>();
        var rows = table.Iterate();
        for (rows.Seek(Rows.Bytes(from)); rows.IsValid; rows.MoveNext())
            keys.Add(Rows.Text(rows.Key.ToArray()));
        return keys;
    }

    private static List<string> KeysBefore(Table table, string until)
    {
        var keys = new List<string>();
        var rows = table.Iterate();
        for (rows.SeekBefore(Rows.Bytes(until)); rows.IsValid; rows.MovePrevious())
            keys.Add(Rows.Text(rows.Key.ToArray()));
        return keys;
    }

    /// <summary>Rows of the same value are of the same kind and sequence, so that a test can tell what to expect.</summary>
    private static RowKind Kind(string value) => value.Length == 0 ? RowKind.Delete : RowKind.Put;

    private static ulong Sequence(string value) => 5 + (ulong)value.Length * 1_000_003;
}
