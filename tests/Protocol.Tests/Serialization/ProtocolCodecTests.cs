using CsCheck;

namespace AkkaKv.Protocol.Tests;

public class ProtocolCodecTests
{
    public static TheoryData<Type> MessageTypes => [.. RandomMessages.TypesOf(typeof(IProtocolMessage))];

    private static IEnumerable<MessageKind> Kinds => Enum.GetValues<MessageKind>().Where(kind => kind != MessageKind.None);

    [Theory]
    [MemberData(nameof(MessageTypes))]
    public void Every_message_type_has_a_kind_and_survives_the_wire(Type type) => Gen.Int.Sample(
        seed =>
        {
            var message = (IProtocolMessage)RandomMessages.Of(type, new Random(seed));
            var kind = ProtocolCodec.KindOf(message);
            var bytes = ProtocolCodec.Encode(message);
            var decoded = ProtocolCodec.Decode(kind, bytes);
            Assert.NotEqual(MessageKind.None, kind);
            Assert.Equal(Structure.Of(message), Structure.Of(decoded));
            Assert.Equal(bytes, ProtocolCodec.Encode(decoded));
        },
        iter: 100);

    [Fact]
    public void Every_kind_but_none_is_the_kind_of_a_message() => Assert.Equal(
        Kinds.Order(),
        RandomMessages.TypesOf(typeof(IProtocolMessage))
            .Select(type => ProtocolCodec.KindOf((IProtocolMessage)RandomMessages.Of(type, new Random(1)))).Distinct().Order());

    /// <summary>These numbers are on the wire: a line is added for a new message, none is ever changed.</summary>
    [Fact]
    public void Kinds_are_frozen() => Assert.Equal(
        """
        None=0 Put=1 Delete=2 Get=3 Scan=4 MultiGet=5 MultiPut=6 ClientRingQuery=7
        Written=11 Deleted=12 Found=13 NotFound=14 ScanPage=15 Failure=16 MultiReply=17 ClientRing=18
        ReplicaRead=21 ReplicaStore=22 ReplicaScan=23
        ReplicaRecord=31 ReplicaStored=32 ReplicaRows=33 ReplicaRefusal=34
        LaneHello=41 LaneWelcome=42 LaneRefused=43 LaneFrame=44 LaneAck=45
        SignOfLife=51
        TreeQuery=61 LeafQuery=62 RecordQuery=63 RecordPush=64 EntryOffer=65 TreeHashes=71 LeafEntries=72 EntriesWanted=73
        """.ReplaceLineEndings(" "),
        string.Join(' ', Enum.GetValues<MessageKind>().Select(kind => $"{kind}={(int)kind}")));

    [Fact]
    public void Enumerations_on_the_wire_are_frozen()
    {
        Assert.Equal(
            "Overloaded=1 ReadOnly=2 Unreadable=3 StaleRing=4 Expired=5 Unreachable=6 TooManySiblings=7 Changed=20 TreeNotReady=40 NotComparable=41",
            string.Join(' ', Enum.GetValues<RefusalReason>().Select(reason => $"{reason}={(int)reason}")));
        Assert.Equal(
            "None=0 ETagIs=1 VersionIs=2 Exists=3 DoesNotExist=4",
            string.Join(' ', Enum.GetValues<WriteConditionKind>().Select(kind => $"{kind}={(int)kind}")));
        Assert.Equal(
            "Member=1 Removed=2",
            string.Join(' ', Enum.GetValues<RingMemberState>().Select(state => $"{state}={(int)state}")));
        Assert.Equal(
            "Siblings=0 LastWriteWins=1",
            string.Join(' ', Enum.GetValues<ConflictPolicy>().Select(policy => $"{policy}={(int)policy}")));
        Assert.Equal([0, 1, -1, -2], new[] { Consistency.Default, Consistency.One, Consistency.Quorum, Consistency.All }.Select(level => level.Code));
    }

    [Fact]
    public void Garbage_is_invalid_data_and_nothing_else() => Gen.Select(Gen.Int[1, 73], Gen.Byte.Array[0, 64])
        .Sample((number, garbage) => OnlyInvalidData(() => ProtocolCodec.Decode((MessageKind)number, garbage)), iter: 20_000);

    [Fact]
    public void Truncated_and_damaged_messages_are_messages_or_invalid_data() =>
        Gen.Select(RandomMessages.Any<IProtocolMessage>(), Gen.Int[0, int.MaxValue], Gen.Byte).Sample(
            (message, at, damage) =>
            {
                var bytes = ProtocolCodec.Encode(message);
                if (bytes.Length == 0) return;
                var kind = ProtocolCodec.KindOf(message);
                OnlyInvalidData(() => ProtocolCodec.Decode(kind, bytes.AsMemory(0, at % bytes.Length)));
                bytes[at % bytes.Length] ^= damage;
                OnlyInvalidData(() => ProtocolCodec.Decode(kind, bytes));
            },
            iter: 10_000);

    [Fact]
    public void A_request_without_its_head_is_invalid_data()
    {
        foreach (var kind in new[] { MessageKind.Put, MessageKind.Delete, MessageKind.Get })
            Assert.Throws<InvalidDataException>(() => ProtocolCodec.Decode(kind, ReadOnlyMemory<byte>.Empty));
    }

    [Fact]
    public void An_unknown_kind_is_invalid_data() => Assert.Throws<InvalidDataException>(() => ProtocolCodec.Decode((MessageKind)999, new byte[3]));

    [Fact]
    public void Damaged_records_are_records_or_invalid_data() => Gen.Select(RecordHistory.Runs(12), Gen.Int[0, int.MaxValue], Gen.Byte).Sample(
        (run, at, damage) =>
        {
            foreach (var state in run.Reached)
            {
                var bytes = RecordCodec.Encode(state.Record);
                OnlyInvalidData(() => RecordCodec.Decode(bytes.AsMemory(0, at % bytes.Length)));
                bytes[at % bytes.Length] ^= damage;
                OnlyInvalidData(() => RecordCodec.Decode(bytes));
            }
        },
        iter: 2_000);

    [Fact]
    public void Garbage_is_no_record_and_no_ring() => Gen.Byte.Array[0, 64].Sample(
        garbage =>
        {
            OnlyInvalidData(() => RecordCodec.Decode(garbage));
            OnlyInvalidData(() => RingCodec.Decode(garbage));
        },
        iter: 20_000);

    [Fact]
    public void Places_beyond_the_vector_are_no_record()
    {
        var id = RecordCodec.ToWire(new WriteId(Versions.SomeClient, 1));
        foreach (var place in new[] { 1u, uint.MaxValue })
        {
            var wire = new Wire.Record { Vector = { new Wire.VectorEntry { Replica = 1, Epoch = 1, Counter = 1 } } };
            wire.Siblings.Add(new Wire.Sibling { Actor = place, Counter = 1, WriteId = id });
            Assert.Throws<InvalidDataException>(() => RecordCodec.Decode(Google.Protobuf.MessageExtensions.ToByteArray(wire)));
        }
    }

    [Fact]
    public void A_ring_survives_encoding() => Gen.Int.Sample(seed =>
    {
        var ring = (RingDocument)RandomMessages.Of(typeof(RingDocument), new Random(seed));
        Assert.Equal(Structure.Of(ring), Structure.Of(RingCodec.Decode(RingCodec.Encode(ring))));
    });

    [Fact]
    public void A_time_that_is_left_is_never_rounded_to_none_and_never_runs_over()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(1), Sent(TimeSpan.FromTicks(1)));
        Assert.Equal(TimeSpan.FromMilliseconds(uint.MaxValue), Sent(TimeSpan.MaxValue));
        Assert.Equal(TimeSpan.Zero, Sent(TimeSpan.FromSeconds(-1)));

        static TimeSpan? Sent(TimeSpan timeout)
        {
            var get = new Get("key") { Timeout = timeout };
            return ((Get)ProtocolCodec.Decode(MessageKind.Get, ProtocolCodec.Encode(get))).Timeout;
        }
    }

    [Fact]
    public void A_condition_of_a_newer_release_is_not_read_as_none()
    {
        var put = new Put("key", "value") { Condition = new WriteCondition((WriteConditionKind)77, "x") };
        Assert.Equal(put.Condition, ((Put)ProtocolCodec.Decode(MessageKind.Put, ProtocolCodec.Encode(put))).Condition);
    }

    private static void OnlyInvalidData(Action decode)
    {
        try
        {
            decode();
        }
        catch (InvalidDataException)
        {
            // What it is meant to be.
        }
    }
}
