using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

public sealed class MultiRequestTests : TestKit
{
    private readonly LoneNode _node = new("akkakv.limits.requests-in-flight = 3");
    private readonly TestProbe _own;
    private readonly TestProbe _second;
    private readonly IActorRef _router;

    public MultiRequestTests()
        : base("akka.loglevel = OFF")
    {
        (_own, _second) = (CreateTestProbe(), CreateTestProbe());
        _node.Refs.Coordinators = [_own];
        _node.Refs.AddLane(LoneNode.Second, _second);
        _node.Reaches(LoneNode.Second);
        _router = Sys.ActorOf(RequestRouterActor.Props(_node.State, _node.Refs));
    }

    [Fact]
    public void Each_key_should_go_to_its_own_coordinator_and_be_answered_in_the_order_of_the_request()
    {
        _router.Tell(new MultiPut([new Put(Here, "x"u8.ToArray()), new Delete(There)]), TestActor);
        var (put, delete) = (_own.ExpectMsg<CoordinatorWork>(), _second.ExpectMsg<LaneWork>());
        Assert.IsType<Put>(put.Request);
        Assert.IsType<Delete>(delete.Request);

        _second.Reply(new Answer(delete.Number, new TooManySiblings(100)));
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        _own.Reply(new Answer(put.Number, new Written(default, "e", "v")));
        var replies = ExpectMsg<MultiReply>().Replies;
        Assert.IsType<Written>(replies[0]);
        Assert.IsType<TooManySiblings>(replies[1]);
    }

    [Fact]
    public void Door_should_get_one_answer_under_its_number()
    {
        _router.Tell(new DoorRequest(17, new MultiGet([new Get(Here), new Get(Here)]), null), TestActor);
        AnswerTogether(2);
        ExpectMsg<Answer>(answer => Assert.Equal((17ul, 2), (answer.Number, ((MultiReply)answer.Message).Replies.Length)));
    }

    [Fact]
    public void Key_that_nobody_answers_should_time_out_by_itself()
    {
        _router.Tell(new MultiGet([new Get(Here), new Get(Here)]) { Timeout = TimeSpan.FromMilliseconds(200) }, TestActor);
        var works = _own.ExpectMsg<Batch<CoordinatorWork>>().Items;
        Assert.All(works, work => Assert.Equal(Monotonic.Milliseconds(_node.Time) + 200, work.Deadline));
        _own.Reply(new Answer(works[0].Number, new NotFound(default)));
        _node.Time.Advance(TimeSpan.FromMilliseconds(301));
        var replies = ExpectMsg<MultiReply>().Replies;
        Assert.IsType<NotFound>(replies[0]);
        Assert.IsType<RequestTimeout>(replies[1]);
    }

    [Fact]
    public void Keys_beyond_the_nodes_bound_should_be_answered_as_overload_and_the_others_served()
    {
        _router.Tell(new MultiGet([.. Enumerable.Range(0, 5).Select(_ => new Get(Here))]), TestActor);
        AnswerTogether(3);
        Assert.Equal([false, false, false, true, true], ExpectMsg<MultiReply>().Replies.Select(reply => reply is Overloaded));
    }

    [Fact]
    public void Single_keys_that_break_a_limit_should_fail_alone()
    {
        _router.Tell(new MultiGet([new Get(new byte[1025]), new Get(Here)]), TestActor);
        _own.ExpectMsg<CoordinatorWork>(work => _own.Reply(new Answer(work.Number, new NotFound(default))));
        var replies = ExpectMsg<MultiReply>().Replies;
        Assert.IsType<KeyTooLarge>(replies[0]);
        Assert.IsType<NotFound>(replies[1]);
    }

    [Fact]
    public void Request_that_breaks_a_bound_should_be_refused_as_a_whole()
    {
        _router.Tell(new MultiGet([.. Enumerable.Repeat(new Get(Here), 1001)]), TestActor);
        ExpectMsg<TooManyEntries>(failure => Assert.Equal((1001, 1000), (failure.Entries, failure.Limit)));
        var value = new byte[1024 * 1024];
        _router.Tell(new MultiPut([.. Enumerable.Range(0, 4).Select(i => new Put(BitConverter.GetBytes(i), value))]), TestActor);
        ExpectMsg<RequestTooLarge>();
        _router.Tell(new MultiPut([new Put(Here, value), new Delete(Here)]), TestActor);
        ExpectMsg<BadRequest>();
        _own.ExpectNoMsg(TimeSpan.Zero);
        _router.Tell(new MultiGet([]), TestActor);
        Assert.Empty(ExpectMsg<MultiReply>().Replies);
    }

    /// <summary>The keys of a request come to their coordinator in one message, and their answers may go back in one.</summary>
    private void AnswerTogether(int count)
    {
        var works = _own.ExpectMsg<Batch<CoordinatorWork>>().Items;
        Assert.Equal(count, works.Count);
        _own.Reply(new Batch<Answer>([.. works.Select(work => new Answer(work.Number, new NotFound(default)))]));
    }

    [Fact]
    public void Value_without_room_in_the_answer_should_be_named_and_smaller_ones_behind_it_sent()
    {
        var gathering = new MultiGathering(new MultiGet([.. Enumerable.Repeat(new Get("k"), 6)]));
        for (var place = 0; place < 6; place++)
            gathering.Answered(place, FoundOf(place == 5 ? 10 : 1024 * 1024));
        var reply = gathering.Reply();
        Assert.Equal([false, false, false, true, true, false], reply.Replies.Select(one => one is AnswerTooLarge));
        Assert.True(ProtocolCodec.Encode(reply).Length < LaneInbox.MaximumMessageBytes);
    }

    [Fact]
    public void Node_without_a_ring_should_answer_once()
    {
        using var forming = new LoneNode(hasRing: false);
        var router = Sys.ActorOf(RequestRouterActor.Props(forming.State, forming.Refs));
        router.Tell(new MultiGet([new Get("a"), new Get("b")]), TestActor);
        ExpectMsg<NotReady>();
    }

    private byte[] Here => _node.KeyOf(_node.State.Self);

    private byte[] There => _node.KeyOf(LoneNode.Second);

    private static Found FoundOf(int bytes) => new([new VersionedValue(new byte[bytes], "", false, "[n1,1]")], new byte[50], "e", "[n1,1]", false);

    protected override void AfterAll()
    {
        base.AfterAll();
        _node.Dispose();
    }
}
