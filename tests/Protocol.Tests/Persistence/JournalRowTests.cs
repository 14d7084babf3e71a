using AkkaKv.Protocol.PersistenceWire;
using Google.Protobuf;

namespace AkkaKv.Protocol.Tests;

/// <summary>The rows of the journal, as they are for ever.</summary>
public class JournalRowTests
{
    private static readonly Guid One = new("00010203-0405-0607-0809-0a0b0c0d0e0f");
    private static readonly Guid Two = new("00010203-0405-0607-0809-0a0b0c0d0eff");

    [Fact]
    public void Row_is_what_it_was()
    {
        var row = new JournalRow(new LogClaim(3, Two), new LogClaim(2, One), new Entry
        {
            Last = 5,
            Events =
            {
                new Event
                {
                    SequenceNr = 5,
                    Payload = new Payload { SerializerId = 17, Manifest = "m", Data = ByteString.CopyFrom(1, 2) },
                    Manifest = "a",
                    WriterGuid = "w",
                    Timestamp = 9,
                    Tags = { "t" },
                },
            },
        });
        Frozen(
            row.Encode(),
            "0A14" + "08031210" + "000102030405060708090A0B0C0D0EFF",
            "1214" + "08021210" + "000102030405060708090A0B0C0D0E0F",
            "1A1C" + "0805" + "1218" + "0805" + "1209" + "0811" + "12016D" + "1A020102" + "1A0161" + "220177" + "2809" + "320174");
        var read = JournalRow.Decode(row.Encode());
        Assert.Equal(row, read);
    }

    [Fact]
    public void Claim_without_an_entry_is_what_it_was()
    {
        var row = new JournalRow(new LogClaim(1, One), LogClaim.None, null);
        Frozen(row.Encode(), "0A1408011210000102030405060708090A0B0C0D0E0F");
        Assert.Equal(row, JournalRow.Decode(row.Encode()));
    }

    [Fact]
    public void Head_is_what_it_was()
    {
        var head = new JournalHead(300, 200, 100, 4);
        Frozen(head.Encode(), "08AC02" + "10C801" + "1864" + "2004");
        Assert.Equal(head, JournalHead.Decode(head.Encode()));
    }

    [Fact]
    public void Snapshot_rows_are_what_they_were()
    {
        var row = new SnapshotRow { SequenceNr = 7, TimestampTicks = 300, Payload = new Payload { SerializerId = 17, Manifest = "m", Data = ByteString.CopyFrom(1) } };
        Frozen(row.ToByteArray(), "0807" + "10AC02" + "1A08" + "0811" + "12016D" + "1A0101");
        var index = new SnapshotIndex { Entries = { new SnapshotEntry { SequenceNr = 7, TimestampTicks = 300 } } };
        Frozen(index.ToByteArray(), "0A05" + "0807" + "10AC02");
    }

    [Fact]
    public void What_is_no_row_should_be_refused()
    {
        Assert.Throws<InvalidDataException>(() => JournalRow.Decode(new byte[] { 0xff }));
        Assert.Throws<InvalidDataException>(() => JournalRow.Decode(ReadOnlyMemory<byte>.Empty));
        Assert.Throws<InvalidDataException>(() => JournalRow.Decode(Convert.FromHexString("0A0508011201AA")));
        Assert.Throws<InvalidDataException>(() => JournalHead.Decode(new byte[] { 0xff }));
    }

    [Fact]
    public void Greater_claim_should_be_the_one_of_the_later_generation_then_of_the_greater_bytes()
    {
        Assert.True(new LogClaim(1, One) > LogClaim.None);
        Assert.True(new LogClaim(2, One) > new LogClaim(1, Two));
        Assert.True(new LogClaim(1, Two) > new LogClaim(1, One));
        Assert.True(new LogClaim(1, One) < new LogClaim(1, Two));
        Assert.Equal(0, new LogClaim(1, One).CompareTo(new LogClaim(1, One)));
    }

    [Fact]
    public void Ends_of_logs_should_be_bounded_and_had_by_one_at_a_time()
    {
        var ends = new LogEnds(limit: 2);
        foreach (var id in (string[])["a", "b", "a", "c"]) ends.Keep(id, new LogEnd(1, 1, 1, LogClaim.None));
        Assert.Equal(2, ends.Count);
        Assert.Null(ends.Take("b"));
        Assert.NotNull(ends.Take("a"));
        Assert.Null(ends.Take("a"));
    }

    [Fact]
    public async Task Turns_of_one_key_should_be_taken_one_after_the_other_whatever_becomes_of_them()
    {
        var turns = new TurnTaking();
        var first = new TaskCompletionSource<int>();
        var one = turns.RunAsync("a", () => first.Task);
        var isSecondBegun = false;
        var two = turns.RunAsync("a", () =>
        {
            isSecondBegun = true;
            return Task.FromResult(2);
        });
        Assert.Equal(3, await turns.RunAsync("b", () => Task.FromResult(3)));
        Assert.False(isSecondBegun);
        first.SetException(new InvalidOperationException("lost"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => one);
        Assert.Equal(2, await two);
        Assert.Equal(0, turns.Count);
    }

    private static void Frozen(byte[] bytes, params string[] expected) => Assert.Equal(string.Concat(expected), Convert.ToHexString(bytes));
}
