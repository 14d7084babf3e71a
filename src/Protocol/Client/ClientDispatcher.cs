using Akka.Actor;

namespace AkkaKv.Protocol;

/// <summary>How a <see cref="ClientDispatcher"/> reaches nodes and callers. Nothing here blocks or throws.</summary>
internal interface IClientPort
{
    /// <summary>Says hello to a node that is not linked yet.</summary>
    void Hello(string address, LaneHello hello);

    /// <summary>Sends a frame or an acknowledgement to a node.</summary>
    void Send(NodeLink link, IProtocolMessage message);

    /// <summary>Answers a request; it is not known here any more.</summary>
    void Complete(UnderWay request, ClientReply reply);
}

/// <summary>
/// Brings the client's requests to nodes and the answers back: a lane to every owner of the ring, the table of what is under way, and what
/// to do when a node refuses, is lost, or does not answer.
/// </summary>
/// <remarks>
/// <para>A request goes to the first owner of its key that is able; without one, or before a ring is known, to any node, which forwards it.
/// The ring is asked for when a lane opens and whenever a node's frames carry a newer epoch.</para>
/// <para>A node that is lost, or does not answer in time, may have served what it had: a write is sent to the next one as a repetition of
/// itself, so that it takes effect once; a failure after that is no word on the first attempt, and is told as <see cref="RequestTimeout"/>.
/// A refusal that says that nothing was done is tried again with a back-off, elsewhere if there is an elsewhere, until the deadline. Each
/// attempt has its own number: a late answer to an earlier one fits nothing.</para>
/// <para>Plain code on one thread at a time: time and chance come from outside, so tests run it without a network. Bounds:
/// <see cref="AkkaKvClientOptions.RequestsInFlight"/> requests sent; how many wait is the intake's business.</para>
/// </remarks>
internal sealed class ClientDispatcher
{
    private const int HeartbeatMilliseconds = 500;
    private const int RingQueryMilliseconds = 1000;
    private const int RoomMilliseconds = 20;

    private readonly AkkaKvClientOptions _options;
    private readonly IClientPort _port;
    private readonly Random _random;
    private readonly Dictionary<string, NodeLink> _links = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<NodeLink> _contacts;
    private readonly Dictionary<ulong, UnderWay> _sent = [];
    private readonly Queue<UnderWay> _waiting = new();
    private readonly List<UnderWay> _delayed = [];
    private readonly List<(ulong Number, UnderWay Request)> _scratch = [];
    private ClientOwners? _owners;
    private ulong _lastNumber;
    private (ulong Number, long AskedAt) _ringQuery;

    /// <summary>A client of these nodes, not linked to any of them.</summary>
    public ClientDispatcher(IReadOnlyList<string> contacts, AkkaKvClientOptions options, IClientPort port, Random random)
    {
        (_options, _port, _random) = (options, port, random);
        _contacts = [.. contacts.Select(LinkTo)];
    }

    /// <summary>The epoch of the ring it goes by; 0 before it has learned one.</summary>
    public long RingEpoch => _owners?.Epoch ?? 0;

    /// <summary>Monotonic milliseconds.</summary>
    public long Now => (long)(_options.Time.GetTimestamp() * (1000.0 / _options.Time.TimestampFrequency));

    /// <summary>A request is to be sent with the next <see cref="Pump"/>.</summary>
    public void Take(UnderWay request) => _waiting.Enqueue(request);

    /// <summary>Hands what waits to the lanes, and what they pack to the nodes.</summary>
    public void Pump()
    {
        var now = Now;
        while (_sent.Count < _options.RequestsInFlight && _waiting.TryPeek(out var request) && LinkFor(request, now) is { } link)
        {
            _waiting.Dequeue();
            if (request.IsCompleted) _port.Complete(request, new RequestTimeout(0, 0));
            else if (link.Outbox.TryEnqueue(_lastNumber + 1, request.Kind, request.Body, request.Deadline)) Sent(++_lastNumber, request, link, now);
            else Delay(request, now + RoomMilliseconds);
        }

        foreach (var link in _links.Values)
        {
            while (link.Outbox.NextFrame(now, RingEpoch, default) is { } frame) Send(link, frame, now);
        }
    }

    /// <summary>A node has welcomed a hello.</summary>
    public void Welcomed(LaneWelcome welcome, IActorRef? remote)
    {
        if (LinkOf(welcome.Session) is not { IsOpen: false } link) return;
        link.Open(remote, Now);
        if (_owners is null || welcome.Self.RingEpoch > RingEpoch) AskForRing(link);
        Pump();
    }

    /// <summary>A node refuses a hello, or does not know the session any more.</summary>
    public void Refused(LaneRefused refused)
    {
        if (LinkOf(refused.Session) is not { IsOpen: true } link) return;
        Lost(link);
        Pump();
    }

    /// <summary>Answers of a node.</summary>
    public void Received(LaneFrame frame)
    {
        if (LinkOf(frame.Session) is not { } link || link.Inbox.Accept(frame, out var messages) is not { } ack) return;
        link.LastHeard = Now;
        if (frame.NeedsAck) _port.Send(link, ack);
        if (frame.RingEpoch > RingEpoch) AskForRing(link);
        foreach (var item in messages) Answered(link, item);
        Pump();
    }

    /// <summary>A node has room for more.</summary>
    public void Acknowledged(LaneAck ack)
    {
        if (LinkOf(ack.Session) is not { } link) return;
        link.LastHeard = Now;
        link.Outbox.Acknowledge(ack.Session, ack.Through);
        Pump();
    }

    /// <summary>The connection to a node is gone.</summary>
    public void Disconnected(Address address)
    {
        if (_links.Values.FirstOrDefault(link => link.IsOpen && link.Remote?.Path.Address == address) is not { } link) return;
        Lost(link);
        Pump();
    }

    /// <summary>Looks after time: called every few milliseconds.</summary>
    public void Tick()
    {
        var now = Now;
        foreach (var link in _links.Values.ToList())
        {
            if (link.IsOpen && now - link.LastHeard > _options.SilenceLimit.TotalMilliseconds) Lost(link);
            if (!link.IsOpen && now >= link.NextHello) SayHello(link, now);
            else if (link.IsOpen && now - link.LastSent > HeartbeatMilliseconds) Send(link, link.Outbox.Heartbeat(RingEpoch, default), now);
        }

        EndThoseOutOfTime(now);
        for (var place = _delayed.Count - 1; place >= 0; place--)
        {
            if (_delayed[place].NotBefore > now) continue;
            _waiting.Enqueue(_delayed[place]);
            _delayed[place] = _delayed[^1];
            _delayed.RemoveAt(_delayed.Count - 1);
        }

        Pump();
    }

    /// <summary>The client goes: everybody is told.</summary>
    public void Close()
    {
        foreach (var request in _sent.Values.Concat(_waiting).Concat(_delayed)) _port.Complete(request, new NotReady("the client was closed"));
        _sent.Clear();
        _waiting.Clear();
        _delayed.Clear();
    }

    private void Answered(NodeLink link, LaneItem item)
    {
        ClientReply reply;
        try
        {
            if (ProtocolCodec.Decode(item.Kind, item.Body) is not ClientReply decoded) return;
            reply = decoded;
        }
        catch (InvalidDataException e)
        {
            reply = new NotReady(e.Message);
        }

        if (item.Number == _ringQuery.Number) Learned(reply);
        else if (_sent.Remove(item.Number, out var request)) Replied(link, request, reply);
    }

    private void Replied(NodeLink link, UnderWay request, ClientReply reply)
    {
        var now = Now;
        var wait = (long)(request.BackOffMilliseconds * (0.5 + _random.NextDouble()));
        if (reply is not RequestFailure { IsTransient: true } || reply is RequestTimeout || now + wait >= request.Deadline)
        {
            _port.Complete(request, request.IsUncertain && reply is RequestFailure ? new RequestTimeout(0, 0) : reply);
            return;
        }

        // Nothing was done: it is the same request that is sent again, and no repetition.
        if (reply is NotReady) link.AvoidUntil = now + HeartbeatMilliseconds;
        if (reply is Overloaded overloaded) link.AvoidUntil = now + (long)Math.Clamp(overloaded.RetryAfter.TotalMilliseconds, 1, 1000);
        if (reply is StaleRing) AskForRing(link);
        request.BackOff();
        Delay(request, now + wait);
    }

    /// <summary>A node is lost with what it had; what had not left yet was certainly not done.</summary>
    private void Lost(NodeLink link)
    {
        var unsent = link.Close(Now).ToHashSet();
        foreach (var (number, request) in _sent)
        {
            if (request.Link == link) _scratch.Add((number, request));
        }

        foreach (var (number, request) in _scratch) SendAgain(number, request, isCertain: unsent.Contains(number));
        _scratch.Clear();
    }

    private void EndThoseOutOfTime(long now)
    {
        foreach (var (number, request) in _sent)
        {
            if (request.Deadline <= now || request.IsCompleted || now - request.SentAt > AnswerLimit(request)) _scratch.Add((number, request));
        }

        foreach (var (number, request) in _scratch)
        {
            if (request.Deadline > now && !request.IsCompleted)
            {
                SendAgain(number, request, isCertain: false);
                continue;
            }

            _sent.Remove(number);
            _port.Complete(request, new RequestTimeout(0, 0));
        }

        _scratch.Clear();
        for (var left = _waiting.Count; left > 0; left--)
        {
            var request = _waiting.Dequeue();
            if (!Ended(request)) _waiting.Enqueue(request);
        }

        _delayed.RemoveAll(Ended);

        bool Ended(UnderWay request)
        {
            if (request.Deadline > now && !request.IsCompleted) return false;
            _port.Complete(request, new RequestTimeout(0, 0));
            return true;
        }
    }

    /// <summary>Twice as long for each attempt: a cluster with too much to do is not given more.</summary>
    private double AnswerLimit(UnderWay request) => _options.AnswerLimit.TotalMilliseconds * (1 << Math.Min(request.Attempts - 1, 6));

    private void SendAgain(ulong number, UnderWay request, bool isCertain)
    {
        _sent.Remove(number);
        if (!isCertain) request.MayHaveTakenEffect();
        _waiting.Enqueue(request);
    }

    private void Sent(ulong number, UnderWay request, NodeLink link, long now)
    {
        _sent.Add(number, request);
        request.Link = link;
        request.SentAt = now;
        request.Attempts++;
    }

    private void Delay(UnderWay request, long until)
    {
        request.NotBefore = until;
        _delayed.Add(request);
    }

    /// <summary>The first able owner, but not who had it last while there is another; else anybody who is there.</summary>
    private NodeLink? LinkFor(UnderWay request, long now)
    {
        NodeLink? second = null;
        foreach (var link in _owners is null ? [] : _owners.Of(request.Token))
        {
            if (!link.IsOpen) continue;
            if (link.AvoidUntil <= now && (request.Link != link || request.Attempts == 0)) return link;
            second ??= link;
        }

        foreach (var link in _links.Values)
        {
            if (!link.IsOpen) continue;
            if (link.AvoidUntil <= now && request.Link != link) return link;
            second ??= link;
        }

        return second;
    }

    private void SayHello(NodeLink link, long now)
    {
        link.Offer((ulong)_random.NextInt64(1, long.MaxValue), now);
        _port.Hello(link.Address, new LaneHello(Guid.Empty, default, "client", link.Session, 0, 0));
    }

    private void Send(NodeLink link, LaneFrame frame, long now)
    {
        link.LastSent = now;
        _port.Send(link, frame);
    }

    private void AskForRing(NodeLink link)
    {
        var now = Now;
        if (!link.IsOpen || (_ringQuery.Number != 0 && now - _ringQuery.AskedAt < RingQueryMilliseconds)) return;
        var query = new ClientRingQuery();
        if (link.Outbox.TryEnqueue(++_lastNumber, ProtocolCodec.KindOf(query), ProtocolCodec.Encode(query), now + RingQueryMilliseconds))
            _ringQuery = (_lastNumber, now);
    }

    private void Learned(ClientReply reply)
    {
        _ringQuery = default;
        if (reply is not ClientRing ring || ring.Epoch <= RingEpoch) return;
        try
        {
            _owners = new ClientOwners(ring, LinkTo);
        }
        catch (ArgumentException)
        {
            // A ring that contradicts itself is no better than the one at hand, and any node forwards what it does not own.
            return;
        }

        var wanted = _owners.Links.Concat(_contacts).ToHashSet();
        foreach (var link in _links.Values.Where(link => !wanted.Contains(link)).ToList())
        {
            if (link.IsOpen) Lost(link);
            _links.Remove(link.Address);
        }

        foreach (var link in _links.Values.Where(link => !link.IsOpen && link.Session == 0)) SayHello(link, Now);
    }

    private NodeLink LinkTo(string address)
    {
        if (!_links.TryGetValue(address, out var link)) _links.Add(address, link = new NodeLink(address, _options.Lane));
        return link;
    }

    private NodeLink? LinkOf(ulong session)
    {
        foreach (var link in _links.Values)
        {
            if (link.Session == session && session != 0) return link;
        }

        return null;
    }
}
