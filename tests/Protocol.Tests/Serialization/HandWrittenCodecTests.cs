using CsCheck;
using Google.Protobuf;

namespace AkkaKv.Protocol.Tests;

/// <summary>
/// What is written and read by hand is what the types generated from the schema write and read: the same bytes, and of any bytes the same
/// message or the same refusal.
/// </summary>
/// <remarks>
/// One thing is laxer by hand, and no random bytes come across it: messages and groups are counted together towards the depth of 100 by the
/// generated types, groups alone by hand.
/// </remarks>
public class HandWrittenCodecTests
{
    private static readonly (Type Type, Func<IProtocolMessage, IMessage> Write, Func<byte[], IProtocolMessage> Read)[] Written =
    [
        (typeof(LaneFrame), m => GeneratedLanes.ToWire((LaneFrame)m), b => GeneratedLanes.FromWire(Wire.LaneFrame.Parser.ParseFrom(b))),
        (typeof(LaneAck), m => GeneratedLanes.ToWire((LaneAck)m), b => GeneratedLanes.FromWire(Wire.LaneAck.Parser.ParseFrom(b))),
        (typeof(ReplicaRead), m => GeneratedLanes.ToWire((ReplicaRead)m), b => GeneratedLanes.FromWire(Wire.ReplicaRead.Parser.ParseFrom(b))),
        (typeof(ReplicaStore), m => GeneratedLanes.ToWire((ReplicaStore)m), b => GeneratedLanes.FromWire(Wire.ReplicaStore.Parser.ParseFrom(b))),
        (typeof(ReplicaRecord), m => GeneratedLanes.ToWire((ReplicaRecord)m), b => GeneratedLanes.FromWire(Wire.ReplicaRecord.Parser.ParseFrom(b))),
        (typeof(Put), m => ClientCodec.ToWire((Put)m), b => ClientCodec.FromWire(Wire.Put.Parser.ParseFrom(b))),
        (typeof(Delete), m => ClientCodec.ToWire((Delete)m), b => ClientCodec.FromWire(Wire.Delete.Parser.ParseFrom(b))),
        (typeof(Get), m => ClientCodec.ToWire((Get)m), b => ClientCodec.FromWire(Wire.Get.Parser.ParseFrom(b))),
    ];

    /// <summary>Fields of every layout under numbers that no message has, a group within a group among them.</summary>
    private static readonly byte[] UnknownFields =
    [
        0xC0, 0x3E, 0x96, 0x01, // 1000, a number
        0xC1, 0x3E, 1, 2, 3, 4, 5, 6, 7, 8,
        0xC2, 0x3E, 2, 9, 9,
        0xC3, 0x3E, 0xCB, 0x3E, 0xCC, 0x3E, 0xC0, 0x3E, 1, 0xC4, 0x3E,
        0xC5, 0x3E, 1, 2, 3, 4,
    ];

    public static TheoryData<int> Places => [.. Enumerable.Range(0, Written.Length)];

    [Theory]
    [MemberData(nameof(Places))]
    public void Messages_should_be_the_bytes_of_the_generated_types(int place) => Messages(place).Sample(
        message => Assert.Equal(Written[place].Write(message).ToByteArray(), ProtocolCodec.Encode(message)),
        iter: 1_000);

    [Theory]
    [MemberData(nameof(Places))]
    public void Whole_cut_damaged_and_doubled_messages_should_be_read_as_by_the_generated_types(int place) =>
        Gen.Select(Messages(place), Messages(place), Gen.Int[0, int.MaxValue], Gen.Byte).Sample(
            (message, other, at, damage) =>
            {
                var bytes = ProtocolCodec.Encode(message);
                SameMessage(place, bytes);
                SameMessage(place, [.. bytes, .. ProtocolCodec.Encode(other)]);
                foreach (var variant in Damaged(bytes, at, damage)) SameMessage(place, variant);
            },
            iter: 2_000);

    [Theory]
    [MemberData(nameof(Places))]
    public void Random_bytes_should_be_read_as_by_the_generated_types(int place) =>
        RandomFields.Sample(bytes => SameMessage(place, bytes), iter: 20_000);

    [Theory]
    [MemberData(nameof(Places))]
    public void Unknown_fields_should_be_skipped(int place) => Messages(place).Sample(message =>
    {
        byte[] bytes = [.. UnknownFields, .. ProtocolCodec.Encode(message), .. UnknownFields];
        Assert.Equal(Structure.Of(message), Structure.Of(ProtocolCodec.Decode(ProtocolCodec.KindOf(message), bytes)));
    });

    [Fact]
    public void Records_should_be_the_bytes_of_the_generated_types() => RecordHistory.Runs(24).Sample(
        run =>
        {
            foreach (var state in run.Reached) Assert.Equal(GeneratedRecords.Encode(state.Record), RecordCodec.Encode(state.Record));
        },
        iter: 1_000);

    [Fact]
    public void Whole_cut_damaged_and_doubled_records_should_be_read_as_by_the_generated_types() =>
        Gen.Select(RecordHistory.Runs(12), Gen.Int[0, int.MaxValue], Gen.Byte).Sample(
            (run, at, damage) =>
            {
                foreach (var state in run.Reached)
                {
                    var bytes = RecordCodec.Encode(state.Record);
                    SameRecord(bytes);
                    SameRecord([.. bytes, .. bytes]);
                    SameRecord([.. UnknownFields, .. bytes, .. UnknownFields]);
                    Assert.Equal(state.Record, RecordCodec.Decode((byte[])[.. bytes, .. UnknownFields]));
                    foreach (var variant in Damaged(bytes, at, damage)) SameRecord(variant);
                }
            },
            iter: 1_000);

    [Fact]
    public void Random_bytes_should_be_records_as_by_the_generated_types() => RandomFields.Sample(SameRecord, iter: 50_000);

    /// <summary>Bytes, of which many look like the fields of small numbers.</summary>
    private static Gen<byte[]> RandomFields => Gen.OneOf(
        Gen.Byte.Array[0, 64],
        Gen.OneOf(Gen.Byte[0, 3], Gen.Byte[8, 66], Gen.Byte).Array[0, 64]);

    private static Gen<IProtocolMessage> Messages(int place) =>
        Gen.Int.Select(seed => (IProtocolMessage)RandomMessages.Of(Written[place].Type, new Random(seed)));

    private static IEnumerable<byte[]> Damaged(byte[] bytes, int at, byte damage)
    {
        if (bytes.Length == 0) yield break;
        yield return bytes[..(at % bytes.Length)];
        byte[] damaged = [.. bytes];
        damaged[at % bytes.Length] ^= damage;
        yield return damaged;
    }

    private static void SameMessage(int place, byte[] bytes)
    {
        var kind = ProtocolCodec.KindOf((IProtocolMessage)RandomMessages.Of(Written[place].Type, new Random(1)));
        Assert.Equal(
            Outcome(() => Structure.Of(Written[place].Read(bytes))),
            Outcome(() => Structure.Of(ProtocolCodec.Decode(kind, bytes))));
    }

    private static void SameRecord(byte[] bytes) => Assert.Equal(
        Outcome(() => Structure.Of(GeneratedRecords.Decode(bytes))),
        Outcome(() => Structure.Of(RecordCodec.Decode(bytes))));

    private static string Outcome(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or InvalidProtocolBufferException or OverflowException or ArgumentException)
        {
            return "refused";
        }
    }
}
