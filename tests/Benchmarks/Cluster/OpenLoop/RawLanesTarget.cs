using Akka.Actor;
using Akka.Configuration;
using AkkaKv.Protocol;

namespace AkkaKv.Benchmarks;

/// <summary>
/// A client that does not hold back: its requests go to their owners over lanes with windows so wide that a node's slowness is not felt, each
/// once, and whatever is answered is the end of it.
/// </summary>
internal sealed class RawLanesTarget : OfferTarget
{
    /// <summary>Under way to a node that has not taken it yet: some 200,000 writes of 100 bytes.</summary>
    public const int WindowBytes = 32 * 1024 * 1024;

    /// <summary>Waiting for that.</summary>
    public const int QueueBytes = 8 * 1024 * 1024;

    /// <summary>Requests on their way to one of the systems.</summary>
    private const int GatheredLimit = 65_536;

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(30);

    private readonly List<(ActorSystem System, IActorRef Actor, RawLanesActor.Intake Intake)> _systems = [];
    private List<Offer> _gathered = [];
    private uint _next;

    private RawLanesTarget(TimeSpan deadline)
        : base(deadline)
    {
    }

    /// <summary>Opens lanes from so many actor systems to all nodes.</summary>
    public static async Task<OfferTarget> ConnectAsync(AkkaKvServers servers, LoadRows rows, int systems, TimeSpan deadline)
    {
        var target = new RawLanesTarget(deadline);
        try
        {
            for (var number = 0; number < systems; number++)
            {
                var system = ActorSystem.Create("akkakv-raw", ConfigurationFactory.ParseString("""
                    akka {
                      actor.provider = remote
                      loglevel = WARNING
                      stdout-loglevel = OFF
                      remote {
                        log-remote-lifecycle-events = off
                        dot-netty.tcp.hostname = "127.0.0.1"
                        dot-netty.tcp.port = 0
                      }
                    }
                    """));
                var serializer = new ProtocolSerializer((ExtendedActorSystem)system);
                system.Serialization.AddSerializer("akkakv-protocol", serializer);
                system.Serialization.AddSerializationMap(typeof(IProtocolMessage), serializer);
                var intake = new RawLanesActor.Intake();
                target._systems.Add((system, system.ActorOf(RawLanesActor.Props(servers.Contacts, rows, intake, deadline)), intake));
                await intake.Connected.WaitAsync(ConnectLimit);
            }

            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    public override void Begin(in Offer offer) => _gathered.Add(offer);

    public override void Flush()
    {
        if (_gathered.Count == 0) return;
        var (_, actor, intake) = _systems[(int)(_next++ % (uint)_systems.Count)];
        if (intake.TryEnter(_gathered.Count, GatheredLimit))
        {
            foreach (var offer in _gathered) offer.Window.CountSent();
            actor.Tell(new RawLanesActor.Offers(_gathered));
            _gathered = new List<Offer>(_gathered.Count);
            return;
        }

        foreach (var offer in _gathered) offer.Window.CountUnsent();
        _gathered.Clear();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var (system, _, _) in _systems)
            await system.Terminate();
    }
}
