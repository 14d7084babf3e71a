using Akka.Actor;
using Akka.Remote;

namespace AkkaKv.Protocol;

/// <summary>
/// The client's end of a lane to one node at a time, and the table of what is under way.
/// </summary>
/// <remarks>
/// <code>
/// Begin          a request of the client                -> its completion
/// LaneWelcome    the lane to the contact is open: everything under way is sent
/// LaneRefused    the next contact
/// LaneFrame      answers
/// LaneAck        room for more
/// Tick           deadlines, back-offs, signs of life; the next contact when this one is silent
/// </code>
/// What was sent to a node that is lost is sent to the next one as a repetition. A transient failure is tried again at the next contact
/// with a back-off, until the deadline.
/// </remarks>
internal sealed class ClientActor : ReceiveActor, IWithTimers
{
    private const int HeartbeatMilliseconds = 500;
    private const int FirstBackOffMilliseconds = 20;
    private const int LongestBackOffMilliseconds = 500;

    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(20);

    private readonly IReadOnlyList<string> _contacts;
    private readonly AkkaKvClientOptions _options;
    private readonly LaneOutbox _outbox;
    private readonly LaneInbox _inbox = new();
    private readonly Dictionary<ulong, UnderWay> _requests = [];
    private readonly List<ulong> _scratch = [];
    private IActorRef? _node;
    private int _contact = -1;
    private ulong _session;
    private long _lastHeard;
    private long _lastSent;
    private ulong _lastNumber;
    private bool _isPumpScheduled;

    public ClientActor(IReadOnlyList<string> contacts, AkkaKvClientOptions options)
    {
        _contacts = contacts;
        _options = options;
        _outbox = new LaneOutbox(options.Lane);
        Receive<Begin>(OnBegin);
        Receive<LaneWelcome>(OnWelcome);
        Receive<LaneRefused>(refused =>
        {
            if (refused.Session == _session) NextContact();
        });
        Receive<LaneFrame>(OnFrame);
        Receive<LaneAck>(OnAck);
        Receive<Pump>(_ => OnPump());
        Receive<Tick>(_ => OnTick());
        Receive<DisassociatedEvent>(lost =>
        {
            if (_node is not null && lost.RemoteAddress == _node.Path.Address) NextContact();
        });
    }

    /// <summary>A request of the client.</summary>
    internal sealed record Begin(ClientRequest Request, TimeSpan Timeout, TaskCompletionSource<ClientReply> Completion) : INoSerializationVerificationNeeded;

    private sealed class UnderWay(ClientRequest request, long deadline, TaskCompletionSource<ClientReply> completion)
    {
        public ClientRequest Request { get; set; } = request;

        public long Deadline { get; } = deadline;

        public TaskCompletionSource<ClientReply> Completion { get; } = completion;

        /// <summary>True while the present node has it.</summary>
        public bool IsSent { get; set; }

        /// <summary>It is not sent before.</summary>
        public long NotBefore { get; set; }

        /// <summary>True if a node was lost while it may have been writing.</summary>
        public bool IsUncertain { get; set; }

        public int BackOffMilliseconds { get; set; } = FirstBackOffMilliseconds;
    }

    private sealed class Pump
    {
        public static Pump Instance { get; } = new();
    }

    private sealed class Tick
    {
        public static Tick Instance { get; } = new();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private long Now => (long)(_options.Time.GetTimestamp() * (1000.0 / _options.Time.TimestampFrequency));

    public static Props Props(IReadOnlyList<string> contacts, AkkaKvClientOptions options) =>
        Akka.Actor.Props.Create(() => new ClientActor(contacts, options));

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TickInterval);
        NextContact();
    }

    protected override void PostStop()
    {
        foreach (var request in _requests.Values) request.Completion.TrySetResult(new NotReady("the client was closed"));
    }

    private void OnBegin(Begin begin)
    {
        if (begin.Request.Key.Length is < 1 or > KeyLimits.MaximumBytes)
        {
            begin.Completion.TrySetResult(new KeyTooLarge(begin.Request.Key.Length, KeyLimits.MaximumBytes));
            return;
        }

        if (_requests.Count >= _options.RequestsInFlight)
        {
            begin.Completion.TrySetResult(new Overloaded(TimeSpan.FromMilliseconds(100)));
            return;
        }

        var number = ++_lastNumber;
        var request = new UnderWay(begin.Request, Now + (long)begin.Timeout.TotalMilliseconds, begin.Completion);
        _requests.Add(number, request);
        SendIfPossible(number, request);
    }

    private void OnWelcome(LaneWelcome welcome)
    {
        if (welcome.Session != _session || _outbox.IsOpen) return;
        _node = Sender;
        _lastHeard = Now;
        _outbox.Open(_session);
        _inbox.Open(_session);
        SendWaiting();
    }

    private void OnFrame(LaneFrame frame)
    {
        if (_inbox.Accept(frame, out var messages) is not { } ack) return;
        _lastHeard = Now;
        Sender.Tell(ack);
        foreach (var item in messages)
        {
            if (!_requests.TryGetValue(item.Number, out var request)) continue;
            try
            {
                if (ProtocolCodec.Decode(item.Kind, item.Body) is ClientReply reply) OnReply(item.Number, request, reply);
            }
            catch (InvalidDataException e)
            {
                Finish(item.Number, new NotReady(e.Message));
            }
        }
    }

    private void OnReply(ulong number, UnderWay request, ClientReply reply)
    {
        if (reply is not RequestFailure { IsTransient: true } || reply is RequestTimeout || Now + request.BackOffMilliseconds >= request.Deadline)
        {
            // What a node says of itself does not hold for one that was lost.
            Finish(number, request.IsUncertain && reply is RequestFailure ? new RequestTimeout(0, 0) : reply);
            return;
        }

        // Nothing was written: it is the same write that is sent again, and no repetition.
        request.IsSent = false;
        request.NotBefore = Now + request.BackOffMilliseconds;
        request.BackOffMilliseconds = Math.Min(2 * request.BackOffMilliseconds, LongestBackOffMilliseconds);
        if (reply is NotReady) NextContact();
    }

    private void OnAck(LaneAck ack)
    {
        if (ack.Session != _session) return;
        _lastHeard = Now;
        _outbox.Acknowledge(ack.Session, ack.Through);
        SchedulePump();
    }

    private void OnTick()
    {
        var now = Now;
        _scratch.AddRange(_requests.Where(entry => entry.Value.Deadline <= now || entry.Value.Completion.Task.IsCompleted).Select(entry => entry.Key));
        foreach (var number in _scratch) Finish(number, new RequestTimeout(0, 0));
        _scratch.Clear();

        if (now - _lastHeard > _options.SilenceLimit.TotalMilliseconds)
        {
            NextContact();
        }
        else if (_outbox.IsOpen)
        {
            SendWaiting();
            if (now - _lastSent > HeartbeatMilliseconds) Send(_outbox.Heartbeat(0, default));
        }
    }

    /// <summary>Gives the present node up and says hello to the next.</summary>
    private void NextContact()
    {
        _outbox.Close();
        foreach (var request in _requests.Values.Where(request => request.IsSent))
        {
            request.IsSent = false;
            if (request.Request is not WriteRequest write) continue;
            request.IsUncertain = true;
            request.Request = write with { WriteId = write.WriteId!.Value.AsRetry() };
        }

        _contact = (_contact + 1) % _contacts.Count;
        _session = (ulong)Random.Shared.NextInt64(1, long.MaxValue);
        _lastHeard = Now;
        Context.ActorSelection($"akka.tcp://akkakv@{_contacts[_contact]}/user/akkakv/clients")
            .Tell(new LaneHello(Guid.Empty, default, "client", _session, 0, 0));
    }

    private void SendWaiting()
    {
        foreach (var (number, request) in _requests)
        {
            if (!request.IsSent && request.NotBefore <= Now) SendIfPossible(number, request);
        }
    }

    private void SendIfPossible(ulong number, UnderWay request)
    {
        if (!_outbox.IsOpen) return;
        var body = ProtocolCodec.Encode(request.Request);
        // Without room in the queue it stays here until an ack or the next tick.
        request.IsSent = _outbox.TryEnqueue(number, ProtocolCodec.KindOf(request.Request), body, request.Deadline);
        SchedulePump();
    }

    private void SchedulePump()
    {
        if (_isPumpScheduled) return;
        _isPumpScheduled = true;
        Self.Tell(Pump.Instance);
    }

    private void OnPump()
    {
        _isPumpScheduled = false;
        while (_outbox.NextFrame(Now, 0, default) is { } frame) Send(frame);
    }

    private void Send(LaneFrame frame)
    {
        _lastSent = Now;
        _node!.Tell(frame);
    }

    private void Finish(ulong number, ClientReply reply)
    {
        if (_requests.Remove(number, out var request)) request.Completion.TrySetResult(reply);
    }
}
