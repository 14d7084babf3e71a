using Akka.Actor;
using Akka.Remote;

namespace AkkaKv.Protocol;

/// <summary>Moves messages and time for a <see cref="ClientDispatcher"/>.</summary>
/// <remarks>
/// <code>
/// Wake                what has gathered in the intake -> nodes
/// LaneWelcome         a lane is open
/// LaneRefused         it is not, or not any more
/// LaneFrame           answers
/// LaneAck             room for more
/// Tick                deadlines, back-offs, signs of life
/// DisassociatedEvent  a node is lost
/// </code>
/// </remarks>
internal sealed class ClientActor : ReceiveActor, IWithTimers, IClientPort
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(20);

    private readonly ClientIntake _intake;
    private readonly ClientDispatcher _dispatcher;
    private readonly IActorRef _self;
    private readonly ActorSystem _system;

    public ClientActor(IReadOnlyList<string> contacts, AkkaKvClientOptions options, ClientIntake intake)
    {
        (_intake, _self, _system) = (intake, Self, Context.System);
        _dispatcher = new ClientDispatcher(contacts, options, this, Random.Shared);
        Receive<ClientIntake.Wake>(_ => OnWake());
        Receive<LaneWelcome>(welcome => _dispatcher.Welcomed(welcome, Sender));
        Receive<LaneRefused>(_dispatcher.Refused);
        Receive<LaneFrame>(_dispatcher.Received);
        Receive<LaneAck>(_dispatcher.Acknowledged);
        Receive<LaneTick>(_ => _dispatcher.Tick());
        Receive<DisassociatedEvent>(lost => _dispatcher.Disconnected(lost.RemoteAddress));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IReadOnlyList<string> contacts, AkkaKvClientOptions options, ClientIntake intake) =>
        Akka.Actor.Props.Create(() => new ClientActor(contacts, options, intake));

    public void Hello(string address, LaneHello hello) =>
        _system.ActorSelection($"akka.tcp://akkakv@{address}/user/akkakv/clients").Tell(hello, _self);

    public void Send(NodeLink link, IProtocolMessage message) => link.Remote!.Tell(message, _self);

    public void Complete(UnderWay request, ClientReply reply)
    {
        request.Complete(reply);
        _intake.Release();
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Timers.StartPeriodicTimer(nameof(LaneTick), LaneTick.Instance, TimeSpan.Zero, TickInterval);
    }

    protected override void PostStop()
    {
        _dispatcher.Close();
        _intake.Close();
    }

    private void OnWake()
    {
        _intake.BeginTaking();
        while (_intake.TryTake(out var request)) _dispatcher.Take(request);
        _dispatcher.Pump();
    }
}
