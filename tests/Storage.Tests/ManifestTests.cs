using CsCheck;

namespace AkkaKv.Storage.Tests;

public sealed class ManifestTests
{
    private static readonly Gen<TableInfo> AnyTable = Gen.Select(
        Gen.ULong, Gen.Long[0, long.MaxValue], Gen.ULong, Gen.ULong, Gen.Byte.Array[1, 20], Gen.Byte.Array[1, 20],
        (number, bytes, smallest, largest, smallestKey, largestKey) => new TableInfo
        {
            Number = number,
            FileBytes = bytes,
            SmallestSequence = smallest,
            LargestSequence = largest,
            SmallestKey = smallestKey,
            LargestKey = largestKey,
        });

    [Fact]
    public void Edit_should_survive_encoding() =>
        Gen.Select(Gen.ULong, Gen.Bool, AnyTable.Array[0, 5], Gen.ULong.Array[0, 5]).Sample((number, isSet, tables, removed) =>
        {
            var edit = new VersionEdit
            {
                NextFileNumber = isSet ? number : null,
                LastSequence = number,
                Added = [.. tables.Select((table, level) => (level, table))],
                Removed = removed,
            };

            var decoded = VersionEdit.Decode(edit.Encode());

            Assert.Equal(edit.NextFileNumber, decoded.NextFileNumber);
            Assert.Null(decoded.OldestLog);
            Assert.Equal(edit.LastSequence, decoded.LastSequence);
            Assert.Equal(removed, decoded.Removed);
            Assert.Equal(edit.Encode(), decoded.Encode());
        });

    [Fact]
    public void Edit_should_have_the_bytes_of_the_format()
    {
        var edit = new VersionEdit
        {
            NextFileNumber = 300,
            Added = [(6, Table(7))],
            Removed = [3],
            AddedDrops = [new RangeDrop(8, Sequence: 9, Rows.Bytes("b"), default)],
            RemovedDrops = [2],
        };

        Assert.Equal("01AC02" + "0406070101010161" + "0162" + "0503" + "06080901" + "6200" + "0702", Convert.ToHexString(edit.Encode()));
        var decoded = VersionEdit.Decode(edit.Encode());
        var drop = decoded.AddedDrops[0];
        Assert.Equal((8ul, 9ul, "b", 0), (drop.Number, drop.Sequence, Rows.Text(drop.From), drop.Until.Length));
        Assert.Equal([2ul], decoded.RemovedDrops);
        Assert.Equal(6, decoded.Added[0].Level);
    }

    [Fact]
    public void Edit_should_refuse_levels_that_do_not_exist() =>
        Assert.Throws<InvalidDataException>(() => VersionEdit.Decode(new VersionEdit { Added = [(7, Table(1))] }.Encode()));

    [Fact]
    public void Edit_should_refuse_fields_it_does_not_know() =>
        Assert.Throws<InvalidDataException>(() => VersionEdit.Decode([99, 1]));

    [Fact]
    public void State_should_be_written_as_one_edit()
    {
        var state = new ManifestState();
        state.Apply(new VersionEdit { NextFileNumber = 9, OldestLog = 8, LastSequence = 7, Added = [(0, Table(1)), (1, Table(2))] });
        state.Apply(new VersionEdit { LastSequence = 70, Added = [(2, Table(3))], Removed = [1] });

        var copy = new ManifestState();
        copy.Apply(state.ToEdit());

        Assert.Equal((9ul, 8ul, 70ul), (copy.NextFileNumber, copy.OldestLog, copy.LastSequence));
        Assert.Equal([(1, 2ul), (2, 3ul)], copy.Tables.Select(entry => (entry.Level, entry.Table.Number)));
    }

    [Fact]
    public void Drop_should_be_finished_when_no_log_and_no_table_can_hold_its_rows()
    {
        var state = new ManifestState();
        state.Apply(new VersionEdit { LastSequence = 4, AddedDrops = [new RangeDrop(5, Sequence: 9, Rows.Bytes("a"), default)] });
        Assert.Empty(state.FinishedDrops());
        state.Apply(new VersionEdit { LastSequence = 9, Added = [(0, Table(4)), (0, Table(6))] });
        Assert.Empty(state.FinishedDrops());
        state.Apply(new VersionEdit { Removed = [4] });
        Assert.Equal([5ul], state.FinishedDrops());
    }

    private static TableInfo Table(ulong number) => new()
    {
        Number = number,
        FileBytes = 1,
        SmallestSequence = 1,
        LargestSequence = 1,
        SmallestKey = Rows.Bytes("a"),
        LargestKey = Rows.Bytes("b"),
    };
}
