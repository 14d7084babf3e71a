using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// A coordinator whose replicas answer by hand: moments that are rare in the simulation. A, B, C own the key, A coordinates.
/// </summary>
public sealed class CoordinatorTests
{
    private static readonly ReplicaId A = new(1);
    private static readonly ReplicaId B = new(2);
    private static readonly ReplicaId C = new(3);

    private readonly HandPort _port = new();
    private readonly Coordinator _coordinator;
    private readonly string _key;

    public CoordinatorTests()
    {
        var cluster = new ScriptedCluster();
        _key = cluster.KeyOf("A", "B", "C");
        _coordinator = _port.Coordinator(A, cluster.Simulation.Ring);
    }

    private ReadOnlyMemory<byte> KeyBytes => Encoding.UTF8.GetBytes(_key);

    [Fact]
    public void equal_vectors_different_siblings()
    {
        var vector = VersionVector.Of(new VectorEntry(new VersionActor(A, 1), 1), new VectorEntry(new VersionActor(B, 1), 1));
        var one = new Record(vector, [Version("v1", A)]);
        var other = new Record(vector, [Version("v2", B)]);
        Assert.Equal(one.Vector, other.Vector);
        Assert.NotEqual(one.Hash(KeyBytes.Span), other.Hash(KeyBytes.Span));

        // The digest read asks B by the hash, not by the vector, so B sends what it has; both are shown, and both replicas get both.
        _coordinator.Start(1, new Get(_key), deadline: 1000);
        _coordinator.Answer(_port.Take<ReplicaRead>(A).Number, Answer(one));
        var (number, asked) = _port.Take<ReplicaRead>(B);
        Assert.Equal(one.Hash(KeyBytes.Span), asked.KnownHash);
        _coordinator.Answer(number, Answer(other));
        Assert.Equal(["v1", "v2"], ScriptedCluster.ValuesOf(Assert.IsType<Found>(_port.ReplyTo(1))));
        Assert.Equal(
            RecordCodec.Decode(_port.Take<ReplicaStore>(A).Request.Record),
            RecordCodec.Decode(_port.Take<ReplicaStore>(B).Request.Record));
    }

    [Fact]
    public void Write_should_not_be_refused_by_a_late_refusal_of_its_read()
    {
        _coordinator.Start(1, new Delete(_key) { WriteId = new WriteId(Guid.Empty, 1) }, deadline: 1000);
        var own = _port.Take<ReplicaRead>(A).Number;
        _port.Wait(30);
        _coordinator.Sweep();
        _coordinator.Answer(_port.Take<ReplicaRead>(B).Number, Answer(Record("v1", B)));
        _coordinator.Answer(_port.Take<ReplicaRead>(C).Number, Answer(Record("v1", B)));
        var mint = _port.Take<MintRequest>(A).Number;

        _coordinator.Answer(own, new ReplicaRefusal(RefusalReason.Unreadable, "a bad block"));
        Assert.Null(_port.ReplyTo(1));
        var minted = Record("v2", A);
        _coordinator.Answer(mint, new Minted(minted, RecordCodec.Encode(minted)));
        _coordinator.Answer(mint, new ReplicaStored());
        _coordinator.Answer(_port.Take<ReplicaStore>(B).Number, new ReplicaStored());
        Assert.IsType<Deleted>(_port.ReplyTo(1));
    }

    [Fact]
    public void Late_own_replica_should_not_keep_the_others_from_being_asked()
    {
        _coordinator.Start(1, new Get(_key), deadline: 1000);
        Assert.Equal([A], _port.Asks.Select(ask => ask.Replica));
        _port.Wait(30);
        _coordinator.Sweep();
        Assert.Equal([A, B, C], _port.Asks.Select(ask => ask.Replica));
        _coordinator.Answer(_port.Take<ReplicaRead>(B).Number, Answer(Record("v1", B)));
        _coordinator.Answer(_port.Take<ReplicaRead>(C).Number, Answer(null));
        Assert.IsType<Found>(_port.ReplyTo(1));
    }

    [Fact]
    public void Read_should_ask_one_more_only_when_it_is_later_than_the_latest_reads_were()
    {
        for (var ticket = 1UL; ticket <= 64; ticket++)
        {
            _coordinator.Start(ticket, new Get(_key) { R = Consistency.One }, deadline: long.MaxValue);
            var number = _port.Take<ReplicaRead>(A).Number;
            _port.Wait(15);
            _coordinator.Answer(number, Answer(Record("v1", A)));
            Assert.IsType<Found>(_port.ReplyTo(ticket));
        }

        Assert.Equal(20, _coordinator.HedgeAfterMilliseconds);
        for (var ticket = 65UL; ticket <= 128; ticket++)
        {
            _coordinator.Start(ticket, new Get(_key) { R = Consistency.One }, deadline: long.MaxValue);
            var number = _port.Take<ReplicaRead>(A).Number;
            _port.Wait(300);
            _coordinator.Answer(number, Answer(Record("v1", A)));
        }

        _coordinator.Start(200, new Get(_key) { R = Consistency.One }, deadline: long.MaxValue);
        _port.Wait(299);
        _coordinator.Sweep();
        Assert.Equal([A], _port.Asks.Select(ask => ask.Replica));
        _port.Wait(10);
        _coordinator.Sweep();
        Assert.Equal([A, B], _port.Asks.Select(ask => ask.Replica));
    }

    [Fact]
    public void Read_should_not_ask_more_while_a_crowd_makes_everything_late()
    {
        for (var ticket = 1UL; ticket <= 6; ticket++)
            _coordinator.Start(ticket, new Get(_key) { R = Consistency.One }, deadline: long.MaxValue);
        _port.Wait(100);
        _coordinator.Sweep();
        Assert.Equal([A, A, A, A, A, A], _port.Asks.Select(ask => ask.Replica));

        _coordinator.Answer(_port.Take<ReplicaRead>(A).Number, Answer(Record("v1", A)));
        _port.Wait(10);
        _coordinator.Sweep();
        Assert.Equal(5, _port.Asks.Count(ask => ask.Replica == B));
    }

    [Fact]
    public void Answer_that_comes_twice_should_count_once()
    {
        _coordinator.Start(1, new Put(_key, "v1") { WriteId = new WriteId(Guid.Empty, 1), W = Consistency.All }, deadline: 1000);
        var mint = _port.Take<MintRequest>(A).Number;
        var minted = Record("v1", A);
        _coordinator.Answer(mint, new Minted(minted, RecordCodec.Encode(minted)));
        _coordinator.Answer(mint, new ReplicaStored());
        var store = _port.Take<ReplicaStore>(B).Number;
        _coordinator.Answer(store, new ReplicaStored());
        _coordinator.Answer(store, new ReplicaStored());
        Assert.Null(_port.ReplyTo(1));
        _coordinator.PeerLost(C);
        Assert.IsType<RequestTimeout>(_port.ReplyTo(1));
        Assert.Equal(0, _coordinator.Count);
    }

    [Fact]
    public void Deadline_should_end_a_request()
    {
        _coordinator.Start(1, new Get(_key), deadline: 100);
        _port.Wait(99);
        _coordinator.Sweep();
        Assert.Null(_port.ReplyTo(1));
        _port.Wait(1);
        _coordinator.Sweep();
        Assert.Equal(new RequestTimeout(0, 2), _port.ReplyTo(1));
        Assert.Equal(0, _coordinator.Count);
    }

    [Fact]
    public void Request_beyond_the_bound_should_be_overloaded()
    {
        for (var ticket = 1ul; ticket <= 11; ticket++) _coordinator.Start(ticket, new Get(_key), deadline: 100);
        Assert.Null(_port.ReplyTo(10));
        Assert.IsType<Overloaded>(_port.ReplyTo(11));
    }

    private static Sibling Version(string value, ReplicaId writer) => new()
    {
        Dot = new Dot(new VersionActor(writer, 1), 1),
        WriteId = new WriteId(Guid.Empty, writer.Value),
        Timestamp = HybridTimestamp.Of(1),
        Value = Encoding.UTF8.GetBytes(value),
    };

    private static Record Record(string value, ReplicaId writer) =>
        AkkaKv.Protocol.Record.Write(null, VersionVector.Empty, Version(value, writer));

    private ReplicaRecord Answer(Record? record) => record is null
        ? new ReplicaRecord(0, ReadOnlyMemory<byte>.Empty)
        : new ReplicaRecord(record.Hash(KeyBytes.Span), RecordCodec.Encode(record));
}
