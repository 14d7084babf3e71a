using CsCheck;

namespace AkkaKv.Storage.Tests;

public sealed class SkipListTests
{
    private static readonly Gen<(string Key, bool IsDelete, string Value)[]> Writes =
        Gen.Select(Gen.String[Gen.Char['a', 'e'], 1, 4], Gen.Bool, Gen.String[Gen.Char['0', '9'], 0, 40]).Array[0, 200];

    [Fact]
    public void Memtable_should_hold_every_version_in_order() => Writes.Sample(writes =>
    {
        var memtable = Fill(writes);
        var expected = writes
            .Select((write, index) => (write.Key, Sequence: (ulong)index + 1, Kind: Kind(write.IsDelete), Value: Value(write)))
            .OrderBy(row => row.Key, StringComparer.Ordinal)
            .ThenByDescending(row => row.Sequence)
            .ToList();

        var found = new List<(string, ulong, RowKind, string)>();
        var rows = memtable.Iterate();
        for (rows.Seek([]); rows.IsValid; rows.MoveNext())
            found.Add((Rows.Text(rows.Key.ToArray()), rows.Sequence, rows.Kind, Rows.Text(rows.Value.ToArray())));

        Assert.Equal(expected, found);

        found.Clear();
        for (rows.SeekBefore([]); rows.IsValid; rows.MovePrevious())
            found.Add((Rows.Text(rows.Key.ToArray()), rows.Sequence, rows.Kind, Rows.Text(rows.Value.ToArray())));

        expected.Reverse();
        Assert.Equal(expected, found);
        memtable.Release();
    });

    [Fact]
    public void Memtable_should_answer_as_of_any_snapshot() => Gen.Select(Writes, Gen.ULong[0, 220]).Sample((writes, snapshot) =>
    {
        var memtable = Fill(writes);
        foreach (var key in writes.Select(write => write.Key).Append("ee").Distinct())
        {
            var last = writes.Take((int)snapshot).ToList().FindLastIndex(write => write.Key == key);
            Assert.Equal(last >= 0, memtable.TryGet(Rows.Bytes(key), snapshot, out var row));
            if (last >= 0)
                Assert.Equal(((ulong)last + 1, Value(writes[last])), (row.Sequence, Rows.Text(row.Value)));
        }

        memtable.Release();
    });

    /// <summary>Keys shorter and longer than a word, that agree in their first words or not, more than there are lanes.</summary>
    [Fact]
    public void Many_keys_should_be_found_as_each_of_them_is() => Gen.Select(
        Gen.String[Gen.Char["ab"], 1, 12].Array[0, 60], Gen.String[Gen.Char["ab"], 1, 12].Array[1, SkipList.LaneCount], Gen.Int[0, 12], Gen.ULong[0, 70])
        .Sample((held, asked, prefix, snapshot) =>
    {
        var memtable = Fill([.. held.Select(key => (new string('p', prefix) + key, false, key))]);
        var keys = asked.Select(key => (ReadOnlyMemory<byte>)Rows.Bytes(new string('p', prefix) + key)).ToArray();
        var rows = new FoundRow?[keys.Length];
        var known = new FoundRow(99, RowKind.Delete, default);
        rows[0] = known;
        memtable.TryGet(keys, snapshot, rows);

        Assert.Equal(known, rows[0]);
        for (var place = 1; place < keys.Length; place++)
        {
            Assert.Equal(memtable.TryGet(keys[place].Span, snapshot, out var row), rows[place] is not null);
            if (rows[place] is { } found)
                Assert.Equal((row.Sequence, row.Kind, Rows.Text(row.Value)), (found.Sequence, found.Kind, Rows.Text(found.Value)));
        }

        memtable.Release();
    });

    [Fact]
    public async Task Readers_should_meet_only_complete_rows_while_one_thread_inserts()
    {
        var memtable = new Memtable(1, 1 << 20);
        var inserting = Task.Run(() =>
        {
            var random = new Random(1);
            for (var sequence = 1ul; sequence <= 50_000; sequence++)
                Add(memtable, sequence, $"{random.Next(100_000):D6}", isDelete: false, $"{sequence}");
        });

        var seen = 0;
        while (!inserting.IsCompleted)
        {
            var last = "";
            var count = 0;
            var rows = memtable.Iterate();
            for (rows.Seek([]); rows.IsValid; rows.MoveNext(), count++)
            {
                var key = Rows.Text(rows.Key.ToArray());
                Assert.True(string.CompareOrdinal(last, key) <= 0);
                Assert.Equal($"{rows.Sequence}", Rows.Text(rows.Value.ToArray()));
                last = key;
            }

            Assert.True(count >= seen);
            seen = count;
        }

        await inserting;
        memtable.Release();
    }

    /// <summary>
    /// Batches go in by lanes, single rows by the one finger, in any mixture, with keys that occur again, that agree in their first bytes,
    /// and that lie on the border of two lanes.
    /// </summary>
    [Fact]
    public void Rows_should_be_in_order_whatever_batches_they_came_in() => Gen.Select(
        Gen.String[Gen.Char["ab"], 1, 12].Array[1, 90].Array[1, 12], Gen.Int[0, 2]).Sample((batches, prefixes) =>
    {
        var memtable = new Memtable(1, 4096);
        var order = new BatchOrder();
        var expected = new List<(string Key, ulong Sequence)>();
        var sequence = 1ul;
        foreach (var keys in batches)
        {
            var batch = new WriteBatch();
            foreach (var key in keys.Select(key => new string('p', 8 * prefixes) + key))
            {
                expected.Add((key, sequence + (ulong)batch.Count));
                batch.Put(key, $"{sequence + (ulong)batch.Count}");
            }

            memtable.Add(sequence, batch, order);
            sequence += (ulong)batch.Count;
        }

        var found = new List<(string Key, ulong Sequence)>();
        var rows = memtable.Iterate();
        for (rows.Seek([]); rows.IsValid; rows.MoveNext())
        {
            found.Add((Rows.Text(rows.Key.ToArray()), rows.Sequence));
            Assert.Equal($"{rows.Sequence}", Rows.Text(rows.Value.ToArray()));
        }

        expected.Sort((left, right) =>
            string.CompareOrdinal(left.Key, right.Key) is not 0 and var keys ? keys : right.Sequence.CompareTo(left.Sequence));
        Assert.Equal(expected, found);
        foreach (var (key, at) in expected)
        {
            Assert.True(memtable.TryGet(Rows.Bytes(key), at, out var row));
            Assert.Equal(at, row.Sequence);
        }

        Assert.Equal((1ul, sequence - 1), (memtable.FirstSequence, memtable.LastSequence));
        memtable.Release();
    });

    [Fact]
    public async Task Readers_should_meet_only_complete_rows_while_batches_go_in_by_lanes()
    {
        var memtable = new Memtable(1, 1 << 20);
        var inserting = Task.Run(() =>
        {
            var (random, order) = (new Random(1), new BatchOrder());
            for (var sequence = 1ul; sequence <= 50_000; sequence += 500)
            {
                var batch = new WriteBatch();
                while (batch.Count < 500)
                    batch.Put($"{random.Next(100_000):D6}", $"{sequence + (ulong)batch.Count}");
                memtable.Add(sequence, batch, order);
            }
        });

        while (!inserting.IsCompleted)
        {
            var last = "";
            var rows = memtable.Iterate();
            for (rows.Seek([]); rows.IsValid; rows.MoveNext())
            {
                var key = Rows.Text(rows.Key.ToArray());
                Assert.True(string.CompareOrdinal(last, key) <= 0);
                Assert.Equal($"{rows.Sequence}", Rows.Text(rows.Value.ToArray()));
                last = key;
            }
        }

        await inserting;
        memtable.Release();
    }

    private static RowKind Kind(bool isDelete) => isDelete ? RowKind.Delete : RowKind.Put;

    private static string Value((string Key, bool IsDelete, string Value) write) => write.IsDelete ? "" : write.Value;

    private static Memtable Fill((string Key, bool IsDelete, string Value)[] writes)
    {
        var memtable = new Memtable(1, 4096);
        for (var i = 0; i < writes.Length; i++)
            Add(memtable, (ulong)i + 1, writes[i].Key, writes[i].IsDelete, writes[i].Value);
        return memtable;
    }

    private static void Add(Memtable memtable, ulong sequence, string key, bool isDelete, string value)
    {
        var batch = new WriteBatch();
        if (isDelete)
            batch.Delete(key);
        else
            batch.Put(key, value);
        memtable.Add(sequence, new BatchRows(batch.Rows));
    }
}
