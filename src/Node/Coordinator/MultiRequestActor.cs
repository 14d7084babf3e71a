using Akka.Actor;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// <c>/user/kv/multi</c>: takes a request for several keys apart, lets the router serve each key as if it had come alone, and answers when
/// all are answered.
/// </summary>
/// <remarks>
/// <code>
/// MultiGet, MultiPut   of any actor   -> a MultiReply to its sender
/// DoorRequest of one   of a door      -> Answer(MultiReply) to the door
/// Answer               of the router  -> its place in the reply
/// </code>
/// <para>No timer: the router answers every key by the request's deadline, a late one by <see cref="RequestTimeout"/>. Bounds: each key
/// takes a place among the router's requests; one that finds none is answered by <see cref="Overloaded"/>.</para>
/// </remarks>
internal sealed class MultiRequestActor : ReceiveActor
{
    private readonly IActorRef _router;
    private readonly Dictionary<ulong, (UnderWay Request, int Place)> _keys = [];
    private readonly Outgoing<DoorRequest> _toRouter = new();
    private ulong _last;

    /// <summary>The one of a router.</summary>
    public MultiRequestActor(IActorRef router)
    {
        _router = router;
        Receive<MultiRequest>(request => Take(request, new UnderWay(Sender, null, new MultiGathering(request)), request.Timeout));
        Receive<DoorRequest>(door =>
        {
            var request = (MultiRequest)door.Request;
            Take(request, new UnderWay(Sender, door.Number, new MultiGathering(request)), door.Remaining);
        });
        Receive<Answer>(OnAnswer);
        Receive<Batch<Answer>>(batch =>
        {
            foreach (var answer in batch.Items) OnAnswer(answer);
        });
    }

    private sealed record UnderWay(IActorRef Client, ulong? DoorNumber, MultiGathering Gathering);

    /// <summary>How to create one.</summary>
    public static Props Props(IActorRef router) => Akka.Actor.Props.Create(() => new MultiRequestActor(router));

    private void Take(MultiRequest request, UnderWay underWay, TimeSpan? remaining)
    {
        if (request.Fault() is { } fault)
        {
            Reply(underWay, fault);
            return;
        }

        if (underWay.Gathering.Missing == 0) Reply(underWay, underWay.Gathering.Reply());
        for (var place = 0; place < request.Requests.Count; place++)
        {
            var one = request.Requests[place];
            _keys.Add(++_last, (underWay, place));
            _toRouter.Add(_router, new DoorRequest(_last, one, Least(one.Timeout, remaining)));
        }

        _toRouter.Flush(Self);
    }

    private void OnAnswer(Answer answer)
    {
        if (!_keys.Remove(answer.Number, out var key)) return;
        var gathering = key.Request.Gathering;
        gathering.Answered(key.Place, (ClientReply)answer.Message);
        if (gathering.Missing == 0) Reply(key.Request, gathering.Reply());
    }

    private static void Reply(UnderWay request, ClientReply reply) =>
        request.Client.Tell(request.DoorNumber is { } number ? new Answer(number, reply) : reply);

    private static TimeSpan? Least(TimeSpan? own, TimeSpan? all) => own is null || all < own ? all ?? own : own;
}
