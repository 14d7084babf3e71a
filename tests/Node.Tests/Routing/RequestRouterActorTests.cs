using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

public sealed class RequestRouterActorTests : TestKit
{
    private readonly LoneNode _node = new("akkakv.limits.requests-in-flight = 2");
    private readonly TestProbe _own;
    private readonly TestProbe _second;
    private readonly TestProbe _third;
    private readonly IActorRef _router;

    public RequestRouterActorTests()
        : base("akka.loglevel = OFF")
    {
        (_own, _second, _third) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        _node.Refs.Coordinators = [_own];
        _node.Refs.AddLane(LoneNode.Second, _second);
        _node.Refs.AddLane(LoneNode.Third, _third);
        _node.Reaches(LoneNode.Second, LoneNode.Third);
        _router = Sys.ActorOf(RequestRouterActor.Props(_node.State, _node.Refs));
    }

    private ReplicaId Self => _node.State.Self;

    [Fact]
    public void Write_without_a_context_should_go_to_the_first_owner()
    {
        Tell(new Put(_node.KeyOf(Self), "x"u8.ToArray()));
        Assert.IsType<Put>(_own.ExpectMsg<CoordinatorWork>().Request);
        Tell(new Put(_node.KeyOf(LoneNode.Third), "x"u8.ToArray()));
        Assert.IsType<Put>(_third.ExpectMsg<LaneWork>().Request);
    }

    [Fact]
    public void Read_and_write_with_a_context_should_stay_at_this_owner()
    {
        Tell(new Get(_node.KeyOf(LoneNode.Third)));
        Assert.IsType<Get>(_own.ExpectMsg<CoordinatorWork>().Request);
        Tell(new Put(_node.KeyOf(LoneNode.Third), "x"u8.ToArray()) { Context = new byte[] { 1 } });
        Assert.IsType<Put>(_own.ExpectMsg<CoordinatorWork>().Request);
    }

    [Fact]
    public void Answer_should_go_to_who_asked()
    {
        Tell(new Get(_node.KeyOf(Self)));
        _own.ExpectMsg<CoordinatorWork>(work => _own.Reply(new Answer(work.Number, new NotFound(ReadOnlyMemory<byte>.Empty))));
        ExpectMsg<NotFound>();

        _router.Tell(new DoorRequest(17, new Get(_node.KeyOf(Self)), null), TestActor);
        _own.ExpectMsg<CoordinatorWork>(work => _own.Reply(new Answer(work.Number, new NotFound(ReadOnlyMemory<byte>.Empty))));
        ExpectMsg<Answer>(answer => Assert.Equal((17ul, true), (answer.Number, answer.Message is NotFound)));
    }

    [Fact]
    public void Every_write_should_have_an_id_and_keep_the_one_it_came_with()
    {
        var id = new WriteId(Guid.NewGuid(), 5);
        Tell(new Put(_node.KeyOf(Self), "x"u8.ToArray()) { WriteId = id });
        Assert.Equal(id, IdOf(_own.ExpectMsg<CoordinatorWork>().Request));
        Tell(new Delete(_node.KeyOf(Self)));
        Assert.NotEqual(default, IdOf(_own.ExpectMsg<CoordinatorWork>().Request));
    }

    [Fact]
    public void Write_whose_owner_is_lost_should_go_to_the_next_one_marked_as_a_repetition()
    {
        Tell(new Put(_node.KeyOf(LoneNode.Second, LoneNode.Third), "x"u8.ToArray()));
        var first = _second.ExpectMsg<LaneWork>();
        Lose(LoneNode.Second);

        var again = _third.ExpectMsg<LaneWork>();
        Assert.Equal(IdOf(first.Request).AsRetry(), IdOf(again.Request));
        Assert.Equal(first.Deadline, again.Deadline);
        _third.Reply(new Answer(again.Number, new Written(ReadOnlyMemory<byte>.Empty, "", "")));
        ExpectMsg<Written>();
    }

    [Fact]
    public void Write_whose_owners_are_all_lost_should_be_answered_as_unknown()
    {
        Tell(new Put(_node.KeyOf(LoneNode.Second, LoneNode.Third), "x"u8.ToArray()));
        _second.ExpectMsg<LaneWork>();
        Lose(LoneNode.Second);
        _third.ExpectMsg<LaneWork>();
        Lose(LoneNode.Third);
        var last = _own.ExpectMsg<CoordinatorWork>();
        Assert.True(IdOf(last.Request).IsRetry);
        _own.Reply(new Answer(last.Number, new NotEnoughReplicas(2, 1)));

        // The first two may have written it, so it is not "not done".
        ExpectMsg<RequestTimeout>();
    }

    [Fact]
    public void Owner_that_cannot_serve_should_be_passed_over_and_the_last_failure_told()
    {
        Tell(new Put(_node.KeyOf(LoneNode.Second, LoneNode.Third), "x"u8.ToArray()));
        _second.ExpectMsg<LaneWork>(work => _second.Reply(new Answer(work.Number, new Overloaded(TimeSpan.FromMilliseconds(5)))));
        _third.ExpectMsg<LaneWork>(work =>
        {
            Assert.False(IdOf(work.Request).IsRetry);
            _third.Reply(new Answer(work.Number, new ReplicaRefusal(RefusalReason.Unreachable, "the lane is closed")));
        });
        _own.ExpectMsg<CoordinatorWork>(work => _own.Reply(new Answer(work.Number, new NotEnoughReplicas(2, 1))));
        ExpectMsg<NotEnoughReplicas>(failure => Assert.Equal((2, 1), (failure.Required, failure.Reachable)));
    }

    [Fact]
    public void Definite_answer_should_not_be_asked_for_elsewhere()
    {
        RequestFailure[] definite = [new PreconditionFailed("", ""), new BadContext("x"), new RequestTimeout(1, 2), new TooManySiblings(100)];
        foreach (var failure in definite)
        {
            Tell(new Put(_node.KeyOf(LoneNode.Second), "x"u8.ToArray()));
            _second.ExpectMsg<LaneWork>(work => _second.Reply(new Answer(work.Number, failure)));
            Assert.Equal(failure, ExpectMsg<RequestFailure>());
        }
    }

    [Fact]
    public void Unreachable_owners_should_not_be_asked()
    {
        _node.State.Peers[LoneNode.Second] = new PeerState(false, "gone");
        Tell(new Put(_node.KeyOf(LoneNode.Second, LoneNode.Third), "x"u8.ToArray()));
        Assert.False(IdOf(_third.ExpectMsg<LaneWork>().Request).IsRetry);
        _second.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Requests_beyond_the_bound_should_be_answered_as_overload_until_one_ends()
    {
        Tell(new Get(_node.KeyOf(Self)));
        var first = _own.ExpectMsg<CoordinatorWork>();
        Tell(new Get(_node.KeyOf(Self)));
        _own.ExpectMsg<CoordinatorWork>();
        Tell(new Get(_node.KeyOf(Self)));
        ExpectMsg<Overloaded>();

        _own.Send(_router, new Answer(first.Number, new NotFound(ReadOnlyMemory<byte>.Empty)));
        ExpectMsg<NotFound>();
        Tell(new Get(_node.KeyOf(Self)));
        _own.ExpectMsg<CoordinatorWork>();
    }

    [Fact]
    public void Requests_of_a_router_that_goes_should_make_room()
    {
        Tell(new Get(_node.KeyOf(Self)));
        _own.ExpectMsg<CoordinatorWork>();
        Assert.Equal(1, _node.State.Admission.Count);
        Watch(_router);
        Sys.Stop(_router);
        ExpectTerminated(_router);
        Assert.Equal(0, _node.State.Admission.Count);
    }

    [Fact]
    public void Request_that_nobody_answers_should_end_at_its_deadline_with_what_it_asked_for()
    {
        Tell(new Get(_node.KeyOf(Self)) { Timeout = TimeSpan.FromMilliseconds(200), R = Consistency.All });
        Assert.Equal(Monotonic.Milliseconds(_node.Time) + 200, _own.ExpectMsg<CoordinatorWork>().Deadline);
        _node.Time.Advance(TimeSpan.FromMilliseconds(299));
        Tell(new Put(_node.KeyOf(Self), "x"u8.ToArray()) { W = Consistency.One });
        _own.ExpectMsg<CoordinatorWork>();
        _node.Time.Advance(TimeSpan.FromMilliseconds(2));
        ExpectMsg<RequestTimeout>(timeout => Assert.Equal((0, 3), (timeout.Acks, timeout.Required)));

        _node.Time.Advance(TimeSpan.FromSeconds(6));
        ExpectMsg<RequestTimeout>(timeout => Assert.Equal((0, 1), (timeout.Acks, timeout.Required)));
    }

    [Fact]
    public void Answer_to_an_earlier_incarnation_should_be_nobodys()
    {
        Tell(new Get(_node.KeyOf(Self)));
        var work = _own.ExpectMsg<CoordinatorWork>();
        var predecessor = work.Number - (1ul << 48);
        _own.Send(_router, new Answer(predecessor, new NotFound(ReadOnlyMemory<byte>.Empty)));
        _own.Send(_router, new Answer(work.Number, new RequestTimeout(1, 2)));
        ExpectMsg<RequestTimeout>();
    }

    [Fact]
    public void Requests_that_break_a_limit_should_be_refused_without_asking_anybody()
    {
        Tell(new Get(ReadOnlyMemory<byte>.Empty));
        ExpectMsg<KeyTooLarge>();
        Tell(new Get(new byte[1025]));
        ExpectMsg<KeyTooLarge>();
        Tell(new Put("k"u8.ToArray(), new byte[1024 * 1024 + 1]));
        ExpectMsg<ValueTooLarge>();
        Tell(new Get("k") { Timeout = TimeSpan.Zero });
        ExpectMsg<BadRequest>();
        Tell(new Get("k") { Timeout = TimeSpan.FromSeconds(61) });
        ExpectMsg<BadRequest>();
        Tell(new Get("k") { R = Consistency.Of(4) });
        ExpectMsg<BadRequest>();
        Tell(new Delete("k") { W = Consistency.Of(4) });
        ExpectMsg<BadRequest>();
        Tell(new Scan { Limit = 0 });
        ExpectMsg<BadRequest>();
        Tell(new Scan { Cursor = new byte[3] });
        ExpectMsg<BadRequest>();
    }

    [Fact]
    public void Node_without_a_ring_or_on_its_way_out_should_answer_not_ready()
    {
        using var forming = new LoneNode(hasRing: false);
        var router = Sys.ActorOf(RequestRouterActor.Props(forming.State, forming.Refs));
        router.Tell(new Get("k"), TestActor);
        ExpectMsg<NotReady>();

        router.Tell(new RingChanged(_node.Ring), TestActor);
        forming.State.BeginStop();
        router.Tell(new Get("k"), TestActor);
        Assert.Contains("stopping", ExpectMsg<NotReady>().Message, StringComparison.Ordinal);
    }

    private static WriteId IdOf(IProtocolMessage request) => ((WriteRequest)request).WriteId!.Value;

    private void Tell(IProtocolMessage request) => _router.Tell(request, TestActor);

    private void Lose(ReplicaId replica)
    {
        _node.State.Peers[replica] = new PeerState(false, "lost");
        _router.Tell(new PeerLost(replica), TestActor);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _node.Dispose();
    }
}
