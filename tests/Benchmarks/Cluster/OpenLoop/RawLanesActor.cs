using Akka.Actor;
using AkkaKv.Protocol;

namespace AkkaKv.Benchmarks;

/// <summary>The lanes of one actor system to all nodes, and what is under way on them.</summary>
/// <remarks>
/// <code>
/// Offers            requests -> the lane to the first owner of each key
/// LaneWelcome       a lane is open
/// LaneRefused       it is not any more
/// LaneFrame         answers -> the windows of their requests
/// LaneAck           room for more
/// Tick              hellos, signs of life
/// </code>
/// <para>What is under way stands in a ring of <see cref="SlotCount"/> places; a request whose place is needed again has timed out.</para>
/// </remarks>
internal sealed class RawLanesActor : ReceiveActor, IWithTimers
{
    /// <summary>A second and more of what one system can send.</summary>
    private const int SlotCount = 1 << 20;

    private const long HeartbeatMilliseconds = 500;

    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(20);

    private readonly Intake _intake;
    private readonly LoadRows _rows;
    private readonly long _deadlineMilliseconds;
    private readonly Dictionary<string, NodeLink> _links;
    private readonly WriteIdSource _writeIds = new();
    private readonly (ulong Number, long Due, OfferWindow? Window)[] _slots = new (ulong, long, OfferWindow?)[SlotCount];
    private ClientOwners? _owners;
    private ulong _last;
    private ulong _ringQuery;

    public RawLanesActor(IReadOnlyList<string> contacts, LoadRows rows, Intake intake, TimeSpan deadline)
    {
        (_intake, _rows, _deadlineMilliseconds) = (intake, rows, (long)deadline.TotalMilliseconds);
        var settings = new LaneSettings { WindowBytes = RawLanesTarget.WindowBytes, QueueBytes = RawLanesTarget.QueueBytes };
        _links = contacts.ToDictionary(contact => contact, contact => new NodeLink(contact, settings));
        Receive<Offers>(OnOffers);
        Receive<LaneWelcome>(OnWelcome);
        Receive<LaneRefused>(refused => LinkOf(refused.Session)?.Close(Now));
        Receive<LaneFrame>(OnFrame);
        Receive<LaneAck>(ack =>
        {
            LinkOf(ack.Session)?.Outbox.Acknowledge(ack.Session, ack.Through);
            Pump();
        });
        Receive<Tick>(_ => OnTick());
    }

    /// <summary>Requests for the nodes, in the order in which they fell due.</summary>
    internal sealed record Offers(List<Offer> Items) : INoSerializationVerificationNeeded;

    /// <summary>What is shared with the thread that offers.</summary>
    internal sealed class Intake
    {
        private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        /// <summary>Ends when all lanes are open and the owners of each key known.</summary>
        public Task Connected => _connected.Task;

        public bool TryEnter(int count, int limit)
        {
            if (Interlocked.Add(ref _count, count) <= limit) return true;
            Leave(count);
            return false;
        }

        public void Leave(int count) => Interlocked.Add(ref _count, -count);

        public void SetConnected() => _connected.TrySetResult();
    }

    private sealed class Tick
    {
        public static Tick Instance { get; } = new();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static long Now => MonotonicClock.Now / 1_000_000;

    public static Props Props(IReadOnlyList<string> contacts, LoadRows rows, Intake intake, TimeSpan deadline) =>
        Akka.Actor.Props.Create(() => new RawLanesActor(contacts, rows, intake, deadline));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TimeSpan.Zero, TickInterval);

    private void OnOffers(Offers offers)
    {
        _intake.Leave(offers.Items.Count);
        foreach (var offer in offers.Items)
        {
            var key = _rows.Key(offer.Row);
            var (kind, body) = offer.IsWrite
                ? (MessageKind.Put, RequestEncoder.Put(key.Span, _rows.Value(offer.Row).Span, _writeIds.Next()))
                : (MessageKind.Get, RequestEncoder.Get(key.Span));
            var number = ++_last;
            // A lane that is full or closed drops it: who asked hears nothing, as with a network that loses it.
            if (_owners!.Of(Token.Of(key.Span))[0].Outbox.TryEnqueue(number, kind, body, offer.Due / 1_000_000 + _deadlineMilliseconds))
                _slots[number % SlotCount] = (number, offer.Due, offer.Window);
            else
                offer.Window.CountFailed("lane full");
        }

        Pump();
    }

    private void OnWelcome(LaneWelcome welcome)
    {
        if (LinkOf(welcome.Session) is not { IsOpen: false } link) return;
        link.Open(Sender, Now);
        if (!_links.Values.All(one => one.IsOpen) || _owners is not null) return;
        _ringQuery = ++_last;
        link.Outbox.TryEnqueue(_ringQuery, MessageKind.ClientRingQuery, ProtocolCodec.Encode(new ClientRingQuery()), long.MaxValue);
        Pump();
    }

    private void OnFrame(LaneFrame frame)
    {
        if (LinkOf(frame.Session) is not { } link || link.Inbox.Accept(frame, out var messages) is not { } ack) return;
        if (frame.NeedsAck) link.Remote!.Tell(ack, Self);
        var now = MonotonicClock.Now;
        foreach (var item in messages)
        {
            if (item.Number == _ringQuery) Learned(ProtocolCodec.Decode(item.Kind, item.Body));
            else Answered(item, now);
        }
    }

    private void Learned(IProtocolMessage reply)
    {
        if (reply is not ClientRing ring) throw new InvalidOperationException($"A node that serves knows no ring: {reply}");
        _owners = new ClientOwners(ring, address => _links[address]);
        _intake.SetConnected();
    }

    private void Answered(LaneItem item, long now)
    {
        ref var slot = ref _slots[item.Number % SlotCount];
        if (slot.Number != item.Number || slot.Window is not { } window) return;
        var latency = now - slot.Due;
        slot.Window = null;
        if (item.Kind != MessageKind.Failure)
        {
            window.CountDone(latency);
            return;
        }

        switch (ProtocolCodec.Decode(item.Kind, item.Body))
        {
            case Overloaded:
                window.CountRefused(latency);
                break;
            case RequestTimeout:
                break;
            case var other:
                window.CountFailed(other.GetType().Name);
                break;
        }
    }

    private void OnTick()
    {
        var now = Now;
        foreach (var link in _links.Values)
        {
            if (link.IsOpen && now - link.LastSent > HeartbeatMilliseconds)
            {
                Send(link, link.Outbox.Heartbeat(0, default));
            }
            else if (!link.IsOpen && now >= link.NextHello)
            {
                link.Offer((ulong)Random.Shared.NextInt64(1, long.MaxValue), now);
                Context.ActorSelection($"akka.tcp://akkakv@{link.Address}/user/akkakv/clients")
                    .Tell(new LaneHello(Guid.Empty, default, "client", link.Session, 0, 0));
            }
        }

        Pump();
    }

    private void Pump()
    {
        var now = Now;
        foreach (var link in _links.Values)
        {
            while (link.Outbox.NextFrame(now, 0, default) is { } frame) Send(link, frame);
        }
    }

    private void Send(NodeLink link, LaneFrame frame)
    {
        link.LastSent = Now;
        link.Remote!.Tell(frame, Self);
    }

    private NodeLink? LinkOf(ulong session) => _links.Values.FirstOrDefault(link => link.Session == session && session != 0);
}
