using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using AkkaKv.Protocol;
using Google.Protobuf;
using Wire = AkkaKv.Protocol.RepairWire;

namespace AkkaKv.Node;

/// <summary>Repair's messages and the state of its jobs as protobuf (repair.proto).</summary>
internal sealed class RepairSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string Job = "J";
    private const string Order = "O";
    private const string Shown = "S";
    private const string Exchange = "X";
    private const string Done = "D";
    private const string Wanted = "W";
    private const string Granted = "G";
    private const string Returned = "R";

    /// <inheritdoc/>
    public override int Identifier => 4713;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        RepairJob => Job,
        RepairOrder => Order,
        RepairShown => Shown,
        ExchangeOrder => Exchange,
        ExchangeDone => Done,
        PlaceWanted => Wanted,
        PlaceGranted => Granted,
        PlaceReturned => Returned,
        _ => throw new SerializationException($"{o.GetType()} is no message of repair."),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => (obj switch
    {
        RepairJob job => ToWire(job),
        RepairOrder order => new Wire.Order { Partition = order.Partition, Verb = (int)order.Verb, HintedRange = ToWire(order.HintedRange) },
        RepairShown shown => ToWire(shown),
        ExchangeOrder order => new Wire.ExchangeOrder { Number = order.Number, Partition = order.Partition, Peer = order.Peer.Value },
        ExchangeDone done => new Wire.ExchangeDone
        {
            Number = done.Number,
            Outcome = (int)done.Report.Outcome,
            Detail = done.Report.Detail,
            Differences = done.Report.Differences,
            Bytes = done.Report.BytesSent + done.Report.BytesReceived,
        },
        PlaceWanted wanted => new Wire.TokenRequest { Partition = wanted.Partition, Urgency = wanted.Urgency, IsHolder = wanted.IsHolder },
        PlaceGranted granted => new Wire.TokenGrant { Partition = granted.Partition },
        PlaceReturned returned => (IMessage)new Wire.TokenReturn { Partition = returned.Partition },
        _ => throw new SerializationException($"{obj.GetType()} is no message of repair."),
    }).ToByteArray();

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        try
        {
            return manifest switch
            {
                Job => FromWire(Wire.JobState.Parser.ParseFrom(bytes)),
                Order => FromWire(Wire.Order.Parser.ParseFrom(bytes)),
                Shown => Wire.JobState.Parser.ParseFrom(bytes) is var shown ? new RepairShown(FromWire(shown), shown.WaitingFor) : null!,
                Exchange => Wire.ExchangeOrder.Parser.ParseFrom(bytes) is var order
                    ? new ExchangeOrder(order.Number, order.Partition, new ReplicaId(order.Peer)) : null!,
                Done => FromWire(Wire.ExchangeDone.Parser.ParseFrom(bytes)),
                Wanted => Wire.TokenRequest.Parser.ParseFrom(bytes) is var wanted
                    ? new PlaceWanted(wanted.Partition, wanted.Urgency, wanted.IsHolder) : null!,
                Granted => new PlaceGranted(Wire.TokenGrant.Parser.ParseFrom(bytes).Partition),
                Returned => new PlaceReturned(Wire.TokenReturn.Parser.ParseFrom(bytes).Partition),
                _ => throw new SerializationException($"'{manifest}' names no message of repair."),
            };
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new SerializationException($"A message of repair was refused: {e.Message}", e);
        }
    }

    private static Wire.JobState ToWire(RepairShown shown)
    {
        var state = ToWire(shown.Job);
        state.WaitingFor = shown.WaitingFor;
        return state;
    }

    private static Wire.JobState ToWire(RepairJob job) => new()
    {
        Partition = job.Partition,
        IsPaused = job.IsPaused,
        IsRequested = job.IsRequested,
        Current = job.Current is null ? null : ToWire(job.Current),
        Owners = { job.Owners.Select(owner => owner.Value) },
        Left = { job.Left.Select(ToWire) },
        Pass = job.Pass,
        PassDifferences = job.PassDifferences,
        HintedRanges = { job.HintedRanges.Select(ToWire) },
        LastFullRoundAt = job.LastFullRoundAt,
        LastEqualRoundAt = job.LastEqualRoundAt,
        History = { job.History.Select(ToWire) },
        Rounds = job.Rounds,
    };

    private static RepairJob FromWire(Wire.JobState state) => new(state.Partition)
    {
        IsPaused = state.IsPaused,
        IsRequested = state.IsRequested,
        Current = state.Current is null ? null : FromWire(state.Current),
        Owners = [.. state.Owners.Select(owner => new ReplicaId(owner))],
        Left = [.. state.Left.Select(FromWire)],
        Pass = state.Pass,
        PassDifferences = state.PassDifferences,
        HintedRanges = [.. state.HintedRanges.Select(FromWire)],
        LastFullRoundAt = state.LastFullRoundAt,
        LastEqualRoundAt = state.LastEqualRoundAt,
        History = [.. state.History.Select(FromWire)],
        Rounds = state.Rounds,
    };

    private static Wire.Round ToWire(RepairRound round) => new()
    {
        Number = round.Number,
        Kind = (int)round.Kind,
        StartedAt = round.StartedAt,
        EndedAt = round.EndedAt,
        Outcome = (int)round.Outcome,
        Exchanges = round.Exchanges,
        Differences = round.Differences,
        Bytes = round.Bytes,
    };

    private static RepairRound FromWire(Wire.Round round) => new(round.Number, (RepairRoundKind)round.Kind, round.StartedAt)
    {
        EndedAt = round.EndedAt,
        Outcome = (ExchangeOutcome)round.Outcome,
        Exchanges = round.Exchanges,
        Differences = round.Differences,
        Bytes = round.Bytes,
    };

    private static RepairOrder FromWire(Wire.Order order) => new(order.Partition, (RepairVerb)order.Verb)
    {
        HintedRange = order.HintedRange is null ? default : FromWire(order.HintedRange),
    };

    private static ExchangeDone FromWire(Wire.ExchangeDone done) => new(done.Number, new ExchangeReport
    {
        Outcome = (ExchangeOutcome)done.Outcome,
        Detail = done.Detail,
        Differences = done.Differences,
        BytesSent = done.Bytes,
    });

    private static Wire.Pair ToWire(RepairPair pair) => new() { Source = pair.Source.Value, Target = pair.Target.Value };

    private static RepairPair FromWire(Wire.Pair pair) => new(new ReplicaId(pair.Source), new ReplicaId(pair.Target));
}
