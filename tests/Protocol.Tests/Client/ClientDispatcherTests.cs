namespace AkkaKv.Protocol.Tests;

public class ClientDispatcherTests
{
    private const string A = "10.0.0.1:4053";
    private const string B = "10.0.0.2:4053";

    private static readonly AkkaKvClientOptions Options = new() { Timeout = TimeSpan.FromSeconds(10) };
    private static readonly Written Done = new(default, "e", "v");

    [Fact]
    public void Client_should_learn_the_ring_from_its_contact_and_go_straight_to_the_first_owner()
    {
        var nodes = FakeNodes.Linked(Options, A, B);
        foreach (var (owner, node) in new[] { (0, A), (1, B), (0, A) })
        {
            var put = nodes.Put(owner, 2);
            var asked = nodes.Next<Put>();
            Assert.Equal(node, asked.Node);
            nodes.Answer(asked, Done);
            Assert.IsType<Written>(FakeNodes.ReplyOf(put));
        }
    }

    [Fact]
    public void Client_without_a_ring_should_ask_any_node()
    {
        var nodes = new FakeNodes(Options, A, B);
        var put = nodes.Put(0, 2);
        Assert.Empty(nodes.TakeAsked());
        nodes.Welcome(B);
        var asked = nodes.TakeAsked();
        Assert.Equal([typeof(ClientRingQuery), typeof(Put)], asked.Select(one => one.Message.GetType()).OrderBy(type => type.Name));
        nodes.Answer(asked.Single(one => one.Message is Put), Done);
        Assert.IsType<Written>(FakeNodes.ReplyOf(put));
    }

    [Fact]
    public void Answer_that_names_a_newer_epoch_should_make_the_client_ask_for_that_ring()
    {
        var nodes = FakeNodes.Linked(Options, A, B);
        _ = nodes.Put(0, 2);
        nodes.Epoch = 2;
        nodes.Answer(nodes.Next<Put>(), Done);

        nodes.Answer(nodes.Next<ClientRingQuery>(), FakeNodes.RingOf(2, B, A));
        Assert.Equal(2, nodes.Dispatcher.RingEpoch);
        _ = nodes.Put(0, 2);
        Assert.Equal(B, nodes.Next<Put>().Node);
    }

    [Fact]
    public void Node_that_leaves_the_ring_should_be_left_and_what_it_had_sent_elsewhere()
    {
        var nodes = FakeNodes.Linked(Options, A, B);
        _ = nodes.Put(1, 2);
        var atB = nodes.Next<Put>();
        nodes.Epoch = 2;
        var get = nodes.Get(0, 2);
        nodes.Answer(nodes.Next<Get>(), new NotFound(default));
        Assert.IsType<NotFound>(FakeNodes.ReplyOf(get));
        nodes.Answer(nodes.Next<ClientRingQuery>(), FakeNodes.RingOf(2, A));

        var again = nodes.Next<Put>();
        Assert.Equal((A, FakeNodes.IdOf(atB).AsRetry()), (again.Node, FakeNodes.IdOf(again)));
    }

    [Fact]
    public void Write_whose_answer_is_lost_should_be_sent_to_the_next_owner_as_a_repetition_of_itself()
    {
        var nodes = FakeNodes.Linked(Options, A, B);
        var put = nodes.Put(0, 2);
        var first = nodes.Next<Put>();
        nodes.Advance(Options.AnswerLimit);
        Assert.Empty(nodes.TakeAsked());
        nodes.Advance(TimeSpan.FromMilliseconds(40));

        var again = nodes.Next<Put>();
        Assert.Equal((B, FakeNodes.IdOf(first).AsRetry()), (again.Node, FakeNodes.IdOf(again)));
        nodes.Answer(first, new Overloaded(TimeSpan.Zero));
        Assert.False(put.IsCompleted);
        nodes.Answer(again, Done);
        Assert.IsType<Written>(FakeNodes.ReplyOf(put));
    }

    [Fact]
    public void Write_of_a_lost_node_should_be_a_repetition_and_its_failure_elsewhere_unknown()
    {
        var nodes = FakeNodes.Linked(Options, A, B);
        var put = nodes.Put(0, 2);
        var first = nodes.Next<Put>();
        nodes.Lose(A);
        var again = nodes.Next<Put>();
        Assert.Equal((B, FakeNodes.IdOf(first).AsRetry()), (again.Node, FakeNodes.IdOf(again)));

        // The first node may have written it, so it is not "not done".
        nodes.Answer(again, new TooManySiblings(100));
        Assert.IsType<RequestTimeout>(FakeNodes.ReplyOf(put));
    }

    [Fact]
    public void Refusal_should_be_tried_at_another_owner_after_a_back_off_and_is_no_repetition()
    {
        RequestFailure[] refusals = [new NotReady("x"), new StaleRing(1), new Overloaded(TimeSpan.FromMilliseconds(50)), new NotEnoughReplicas(2, 1)];
        foreach (var refusal in refusals)
        {
            var nodes = FakeNodes.Linked(Options, A, B);
            var put = nodes.Put(0, 2);
            var first = nodes.Next<Put>();
            nodes.Answer(first, refusal);
            Assert.DoesNotContain(nodes.TakeAsked(), asked => asked.Message is Put);
            nodes.Advance(TimeSpan.FromMilliseconds(60));

            var again = nodes.Next<Put>();
            Assert.Equal((B, FakeNodes.IdOf(first)), (again.Node, FakeNodes.IdOf(again)));
            nodes.Answer(again, Done);
            Assert.IsType<Written>(FakeNodes.ReplyOf(put));
        }
    }

    [Fact]
    public void Node_that_is_overloaded_should_be_left_alone_for_as_long_as_it_asks()
    {
        var nodes = FakeNodes.Linked(Options, A, B);
        _ = nodes.Put(0, 2);
        nodes.Answer(nodes.Next<Put>(), new Overloaded(TimeSpan.FromMilliseconds(500)));
        _ = nodes.Get(0, 2);
        Assert.Equal(B, nodes.Next<Get>().Node);
        nodes.Advance(TimeSpan.FromMilliseconds(520));
        nodes.TakeAsked();
        _ = nodes.Get(0, 2);
        Assert.Equal(A, nodes.Next<Get>().Node);
    }

    [Fact]
    public void Definite_answer_should_not_be_asked_for_elsewhere()
    {
        RequestFailure[] definite = [new PreconditionFailed("", ""), new BadContext("x"), new RequestTimeout(1, 2), new TooManySiblings(100)];
        var nodes = FakeNodes.Linked(Options, A, B);
        foreach (var failure in definite)
        {
            var put = nodes.Put(0, 2);
            nodes.Answer(nodes.Next<Put>(), failure);
            Assert.Equal(failure, FakeNodes.ReplyOf(put));
        }
    }

    [Fact]
    public void Requests_beyond_the_bound_should_wait_until_one_is_answered()
    {
        var nodes = FakeNodes.Linked(Options with { RequestsInFlight = 2 }, A, B);
        for (var i = 0; i < 3; i++) _ = nodes.Put(0, 2);
        var asked = nodes.TakeAsked();
        Assert.Equal(2, asked.Count);
        nodes.Answer(asked[1], Done);
        nodes.Next<Put>();
    }

    [Fact]
    public void Request_should_end_at_its_deadline_whether_sent_or_waiting()
    {
        var nodes = FakeNodes.Linked(Options with { RequestsInFlight = 1 }, A, B);
        var sent = nodes.Put(0, 2, TimeSpan.FromMilliseconds(200));
        var waiting = nodes.Put(0, 2, TimeSpan.FromMilliseconds(100));
        nodes.Advance(TimeSpan.FromMilliseconds(100));
        Assert.IsType<RequestTimeout>(FakeNodes.ReplyOf(waiting));
        Assert.False(sent.IsCompleted);
        nodes.Advance(TimeSpan.FromMilliseconds(100));
        Assert.IsType<RequestTimeout>(FakeNodes.ReplyOf(sent));
    }

    [Fact]
    public async Task Cancelled_request_should_free_its_place()
    {
        var nodes = FakeNodes.Linked(Options with { RequestsInFlight = 1 }, A, B);
        using var cancellation = new CancellationTokenSource();
        var cancelled = nodes.Begin(new Get("k"), null, cancellation.Token);
        nodes.TakeAsked();
        _ = nodes.Get(0, 2);
        Assert.Empty(nodes.TakeAsked());

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        nodes.Advance(TimeSpan.FromMilliseconds(20));
        nodes.Next<Get>();
    }

    [Fact]
    public void Silent_node_should_be_lost_and_said_hello_to_again()
    {
        var nodes = FakeNodes.Linked(Options, A, B);
        _ = nodes.Put(0, 2);
        nodes.TakeAsked();
        nodes.Time.Advance(Options.SilenceLimit + TimeSpan.FromMilliseconds(1));
        nodes.Dispatcher.Tick();
        Assert.Empty(nodes.TakeAsked());
        nodes.Time.Advance(TimeSpan.FromSeconds(1));
        nodes.Dispatcher.Tick();
        nodes.Welcome(B);
        Assert.Contains(nodes.TakeAsked(), asked => asked is { Node: B, Message: Put });
    }
}
