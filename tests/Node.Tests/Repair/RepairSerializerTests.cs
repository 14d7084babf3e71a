using Akka.Actor;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

public sealed class RepairSerializerTests : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("serializer");

    private static RepairJob Job { get; } = new(7)
    {
        IsPaused = true,
        IsRequested = true,
        Current = new RepairRound(4, RepairRoundKind.Full, 1000) { Exchanges = 1, Differences = 2, Bytes = 3 },
        Owners = [new ReplicaId(1), new ReplicaId(2)],
        Left = [new(new ReplicaId(1), new ReplicaId(2))],
        Pass = 2,
        PassDifferences = 9,
        HintedRanges = [new(new ReplicaId(3), new ReplicaId(1))],
        LastFullRoundAt = 900,
        LastEqualRoundAt = 800,
        History = [new RepairRound(3, RepairRoundKind.HintedRange, 700) { EndedAt = 710, Outcome = ExchangeOutcome.Failed }],
        Rounds = 4,
    };

    public void Dispose() => _system.Dispose();

    /// <summary>The journal keeps it: these bytes are read for ever.</summary>
    [Fact]
    public void State_is_what_it_was()
    {
        const string Frozen =
            "080710011801220B080418E807300138024003"
            + "2A10010000000000000002000000000000003212090100000000000000110200000000000000"
            + "380240094A1209030000000000000011010000000000000050840758A006620C0803100118BC0520C60528026804";
        var serializer = new RepairSerializer((ExtendedActorSystem)_system);
        Assert.Equal("J", serializer.Manifest(Job));
        Assert.Equal(Frozen, Convert.ToHexString(serializer.ToBinary(Job)));
        Same(Job, Assert.IsType<RepairJob>(serializer.FromBinary(Convert.FromHexString(Frozen), "J")));
    }

    [Fact]
    public void Messages_should_come_as_they_went()
    {
        var serializer = new RepairSerializer((ExtendedActorSystem)_system);
        IRepairMessage[] messages =
        [
            new RepairOrder(7, RepairVerb.HintedRange) { HintedRange = new(new ReplicaId(3), new ReplicaId(1)) },
            new ExchangeOrder(8, 7, new ReplicaId(9)),
            new ExchangeDone(8, new ExchangeReport { Outcome = ExchangeOutcome.Mended, Detail = "x", Differences = 5, BytesSent = 6 }),
            new PlaceWanted(7, -2, true),
            new PlaceGranted(7),
            new PlaceReturned(7),
        ];
        foreach (var message in messages)
            Assert.Equal(message, serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message)));
        var shown = Assert.IsType<RepairShown>(serializer.FromBinary(serializer.ToBinary(new RepairShown(Job, "a place")), "S"));
        Assert.Equal("a place", shown.WaitingFor);
        Same(Job, shown.Job);
    }

    [Fact]
    public void What_is_no_message_should_be_refused()
    {
        var serializer = new RepairSerializer((ExtendedActorSystem)_system);
        Assert.Throws<System.Runtime.Serialization.SerializationException>(() => serializer.FromBinary([0xff], "J"));
        Assert.Throws<System.Runtime.Serialization.SerializationException>(() => serializer.FromBinary([], "?"));
        Assert.Throws<System.Runtime.Serialization.SerializationException>(() => serializer.ToBinary("x"));
    }

    private static void Same(RepairJob expected, RepairJob actual)
    {
        Assert.Equal(expected.Owners.ToArray(), actual.Owners.ToArray());
        Assert.Equal(expected.Left.ToArray(), actual.Left.ToArray());
        Assert.Equal(expected.HintedRanges.ToArray(), actual.HintedRanges.ToArray());
        Assert.Equal(expected.History.ToArray(), actual.History.ToArray());
        Assert.Equal(expected with { Owners = [], Left = [], HintedRanges = [], History = [] }, actual with { Owners = [], Left = [], HintedRanges = [], History = [] });
    }
}
