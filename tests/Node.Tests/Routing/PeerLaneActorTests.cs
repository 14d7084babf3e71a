using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

/// <summary>The test plays the peer: it has the session 77 of its own and is n2 of the ring.</summary>
public sealed class PeerLaneActorTests : TestKit
{
    private const ulong PeerSession = 77;

    private readonly LoneNode _node = new();
    private readonly TestProbe _router;
    private readonly TestProbe _coordinator;
    private readonly TestProbe _store;
    private readonly IActorRef _lane;
    private ulong _sent;

    public PeerLaneActorTests()
        : base("akka.loglevel = OFF")
    {
        (_router, _coordinator, _store) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        _node.Refs.Coordinators = [_coordinator];
        _node.Refs.Askers = [_router, _coordinator];
        _node.Refs.Stores = [_store];
        _lane = Sys.ActorOf(PeerLaneActor.Props(_node.State, _node.Refs, _node.Ring.MemberOf(LoneNode.Second)!));
    }

    private PeerState Peer => _node.State.Peers[LoneNode.Second];

    [Fact]
    public void Hello_of_the_peer_should_be_welcomed_and_answered_with_one_of_its_own()
    {
        _lane.Tell(Hello());

        var welcome = Expect<LaneWelcome>();
        Assert.Equal((PeerSession, _node.State.Self), (welcome.Session, welcome.Self.Replica));
        var hello = Expect<LaneHello>();
        Assert.Equal((_node.Document.ClusterId, "n1", 1L), (hello.ClusterId, hello.Name, hello.RingEpoch));
        Assert.False(Peer.IsOpen);
        _lane.Tell(new LaneWelcome(hello.Session, Hello()));
        AwaitAssert(() => Assert.True(Peer.IsOpen));
    }

    [Fact]
    public void Hello_should_be_repeated_under_one_session_until_it_is_answered()
    {
        _lane.Tell(Hello());
        var first = Expect<LaneHello>();
        Assert.Equal(first.Session, Expect<LaneHello>().Session);
        Assert.Equal(first.Session, Expect<LaneHello>().Session);
    }

    [Fact]
    public void Hello_of_another_cluster_replica_or_version_should_be_refused_with_the_reason()
    {
        var stranger = Guid.NewGuid();
        Refused(Hello() with { ClusterId = stranger }, $"{stranger}");
        Refused(Hello() with { ClusterId = Guid.Empty }, "belongs to the cluster");
        Refused(Hello() with { Replica = LoneNode.Third, Name = "n3" }, "not as n3");
        Refused(Hello() with { Version = 2 }, "version 1");

        // None of them has opened anything.
        _lane.Tell(FrameOf());
        Assert.Contains("say hello", Expect<LaneRefused>().Reason, StringComparison.Ordinal);
        Assert.False(Peer.IsOpen);

        void Refused(LaneHello hello, string reason)
        {
            _lane.Tell(hello);
            var refused = Expect<LaneRefused>();
            Assert.Equal(hello.Session, refused.Session);
            Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Welcome_of_another_cluster_or_session_should_open_nothing()
    {
        _lane.Tell(Hello());
        var hello = Expect<LaneHello>();
        _lane.Tell(new LaneWelcome(hello.Session, Hello() with { ClusterId = Guid.NewGuid() }));
        _lane.Tell(new LaneWelcome(hello.Session, Hello() with { Replica = LoneNode.Third }));
        _lane.Tell(new LaneWelcome(hello.Session + 1, Hello()));
        Work(1);
        _coordinator.ExpectMsg<Answer>(answer => answer.Message is ReplicaRefusal { Reason: RefusalReason.Unreachable });
        Assert.False(Peer.IsOpen);
    }

    [Fact]
    public void Work_should_travel_to_the_peer_and_its_answer_back_to_who_asked()
    {
        Open();
        var number = AskerMark.Of(1, 5) | 42;
        _lane.Tell(new LaneWork(number, new ReplicaRead("a"u8.ToArray()), Clock + 500), _coordinator);

        var item = Assert.Single(ExpectItems());
        Assert.Equal((number, MessageKind.ReplicaRead, 500.0), (item.Number, item.Kind, item.Remaining.TotalMilliseconds));
        _lane.Tell(FrameOf(ItemOf(number, new ReplicaStored())));
        _coordinator.ExpectMsg<Answer>(answer => answer.Number == number && answer.Message is ReplicaStored);

        _lane.Tell(FrameOf(ItemOf(AskerMark.Of(0, 5) | 43, new NotReady("no"))));
        _router.ExpectMsg<Answer>(answer => answer.Message is NotReady);
    }

    [Fact]
    public void Request_of_the_peer_should_reach_the_store_and_its_answer_go_back()
    {
        Open();
        _lane.Tell(FrameOf(ItemOf(9, new ReplicaRead("a"u8.ToArray())) with { Remaining = TimeSpan.FromMilliseconds(300) }));

        Assert.Equal(1ul, Expect<LaneAck>().Through);
        var work = _store.ExpectMsg<ReplicaWork>();
        Assert.Equal((9ul, Clock + 300), (work.Number, work.Deadline));
        _store.Reply(new Answer(9, new ReplicaRecord(0, ReadOnlyMemory<byte>.Empty)));
        Assert.Equal((9ul, MessageKind.ReplicaRecord), Assert.Single(ExpectItems()) is var item ? (item.Number, item.Kind) : default);
    }

    [Fact]
    public void Clocks_should_be_compared_before_the_way_is_open_and_with_every_frame()
    {
        var now = _node.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _lane.Tell(Hello() with { PhysicalMilliseconds = now - 5000 });
        Assert.Equal(now, Expect<LaneWelcome>().Self.PhysicalMilliseconds);
        var hello = Expect<LaneHello>();
        Assert.Equal((now, 5000), (hello.PhysicalMilliseconds, _node.State.Clocks.LeadMilliseconds));
        _lane.Tell(new LaneWelcome(hello.Session, Hello() with { PhysicalMilliseconds = now - 4000 }));
        AwaitAssert(() => Assert.True(Peer.IsOpen));
        Assert.Equal(4000, _node.State.Clocks.LeadMilliseconds);

        _lane.Tell(FrameOf() with { PhysicalMilliseconds = now });
        AwaitAssert(() => Assert.Equal(0, _node.State.Clocks.LeadMilliseconds));
        Work(1);
        Assert.Equal(now, FishForMessage<LaneFrame>(frame => !frame.Items.IsEmpty, Eventually.Limit).PhysicalMilliseconds);
    }

    [Fact]
    public void Client_request_that_the_peer_passes_on_should_reach_a_coordinator()
    {
        Open();
        _lane.Tell(FrameOf(ItemOf(9, new Get("a"))));
        Assert.IsType<Get>(_coordinator.ExpectMsg<CoordinatorWork>().Request);
    }

    [Fact]
    public void Item_that_cannot_be_read_should_be_dropped_alone()
    {
        Open();
        _lane.Tell(FrameOf(
            new LaneItem(8, MessageKind.ReplicaRead, TimeSpan.Zero, new byte[] { 0xFF, 0xFF }),
            new LaneItem(8, (MessageKind)999, TimeSpan.Zero, ReadOnlyMemory<byte>.Empty),
            ItemOf(AskerMark.Of(200, 0) | 1, new ReplicaStored()),
            ItemOf(9, new ReplicaRead("a"u8.ToArray()))));
        Assert.Equal(9ul, _store.ExpectMsg<ReplicaWork>().Number);
    }

    [Fact]
    public void Work_on_a_closed_lane_should_be_refused_at_once()
    {
        Work(7);
        _coordinator.ExpectMsg<Answer>(answer => answer.Number == 7 && answer.Message is ReplicaRefusal { Reason: RefusalReason.Unreachable });
    }

    [Fact]
    public void Work_beyond_the_queue_should_be_refused_as_overload()
    {
        Open();
        var value = new byte[1024 * 1024];
        for (ulong number = 1; number <= 12; number++)
            _lane.Tell(new LaneWork(number, new ReplicaStore("a"u8.ToArray(), value), long.MaxValue), _coordinator);

        var refused = _coordinator.ExpectMsg<Answer>();
        Assert.Equal(RefusalReason.Overloaded, Assert.IsType<ReplicaRefusal>(refused.Message).Reason);
    }

    [Fact]
    public void Silent_peer_should_be_lost_to_everybody_who_asks()
    {
        Open();
        Work(1);
        _node.Time.Advance(TimeSpan.FromSeconds(3));

        LostByAll();
        Assert.Contains("silent", Peer.Detail, StringComparison.Ordinal);
        Work(2);
        _coordinator.ExpectMsg<Answer>(answer => answer.Number == 2 && answer.Message is ReplicaRefusal { Reason: RefusalReason.Unreachable });
    }

    [Fact]
    public void Peer_that_gives_signs_of_life_should_not_be_lost()
    {
        Open();
        for (var step = 0; step < 5; step++)
        {
            _node.Time.Advance(TimeSpan.FromSeconds(1.5));
            _lane.Tell(FrameOf());
            Expect<LaneAck>();
        }

        Assert.True(Peer.IsOpen);
        _router.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void New_process_of_the_peer_should_lose_what_the_old_one_was_asked_and_be_welcomed()
    {
        var session = Open();
        Work(1);
        _lane.Tell(Hello() with { Session = 78, Starts = 2 });

        LostByAll();
        Assert.Equal(78ul, Expect<LaneWelcome>().Session);
        var hello = ExpectHelloBeside(session);
        _lane.Tell(new LaneWelcome(hello.Session, Hello() with { Session = 78, Starts = 2 }));
        AwaitAssert(() => Assert.True(Peer.IsOpen));
        Assert.True(_node.State.IsCatchingUp);
    }

    [Fact]
    public void Frame_of_a_session_that_is_not_the_peers_should_be_refused_and_have_no_effect()
    {
        Open();
        _lane.Tell(FrameOf(ItemOf(9, new ReplicaRead("a"u8.ToArray()))) with { Session = 76 });

        Assert.Equal(76ul, Expect<LaneRefused>().Session);
        _store.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Frame_that_came_before_should_have_no_effect_again()
    {
        Open();
        var frame = FrameOf(ItemOf(9, new ReplicaRead("a"u8.ToArray())));
        _lane.Tell(frame);
        _lane.Tell(frame);
        _lane.Tell(FrameOf(ItemOf(10, new ReplicaRead("a"u8.ToArray()))));

        Assert.Equal(9ul, _store.ExpectMsg<ReplicaWork>().Number);
        Assert.Equal(10ul, _store.ExpectMsg<ReplicaWork>().Number);
    }

    [Fact]
    public void Lane_that_the_peer_does_not_know_any_more_should_be_lost_and_say_hello_again()
    {
        var session = Open();
        _lane.Tell(new LaneRefused(session + 1, "another one"));
        Assert.True(Peer.IsOpen);
        _lane.Tell(new LaneRefused(session, "say hello"));

        LostByAll();
        ExpectHelloBeside(session);
    }

    private LaneHello Hello() => new(_node.Document.ClusterId, LoneNode.Second, "n2", PeerSession, 1, 1);

    private LaneFrame FrameOf(params LaneItem[] items) => new(PeerSession, ++_sent, [.. items], 1, HybridTimestamp.Of(1));

    private static LaneItem ItemOf(ulong number, IProtocolMessage message) =>
        new(number, ProtocolCodec.KindOf(message), TimeSpan.Zero, ProtocolCodec.Encode(message));

    private long Clock => Monotonic.Milliseconds(_node.Time);

    private void Work(ulong number) =>
        _lane.Tell(new LaneWork(AskerMark.Of(0, 0) | number, new ReplicaRead("a"u8.ToArray()), long.MaxValue), _coordinator);

    /// <summary>Opens both directions; the lane's session.</summary>
    private ulong Open()
    {
        _lane.Tell(Hello());
        Expect<LaneWelcome>();
        var hello = Expect<LaneHello>();
        _lane.Tell(new LaneWelcome(hello.Session, Hello()));
        AwaitAssert(() => Assert.True(Peer.IsOpen));
        return hello.Session;
    }

    private void LostByAll()
    {
        foreach (var asker in new[] { _router, _coordinator })
            asker.FishForMessage<PeerLost>(lost => lost.Replica == LoneNode.Second, Eventually.Limit);
        Assert.False(Peer.IsOpen);
    }

    /// <summary>The next message of a kind; signs of life and repeated hellos pass by.</summary>
    private T Expect<T>() => FishForMessage<T>(_ => true, Eventually.Limit);

    /// <summary>The next hello of another session; those of the one before may still be under way.</summary>
    private LaneHello ExpectHelloBeside(ulong session) => FishForMessage<LaneHello>(hello => hello.Session != session, Eventually.Limit);

    private System.Collections.Immutable.ImmutableArray<LaneItem> ExpectItems() =>
        FishForMessage<LaneFrame>(frame => !frame.Items.IsEmpty, Eventually.Limit).Items;

    protected override void AfterAll()
    {
        base.AfterAll();
        _node.Dispose();
    }
}
