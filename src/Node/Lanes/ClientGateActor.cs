using Akka.Actor;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// <c>/user/akkakv/clients</c>: where clients outside the cluster open a lane, so that their large values travel in pieces and their many
/// small ones packed, as between nodes.
/// </summary>
/// <remarks>Bounds: <see cref="ClientLimit"/> clients at a time.</remarks>
internal sealed class ClientGateActor : ReceiveActor
{
    private const int ClientLimit = 10_000;

    /// <summary>The gate of a node.</summary>
    public ClientGateActor(NodeState node, NodeRefs refs, IActorRef router)
    {
        Receive<LaneHello>(hello =>
        {
            if (hello.Version != LaneHello.ProtocolVersion)
                Sender.Tell(new LaneRefused(hello.Session, $"this node speaks version {LaneHello.ProtocolVersion} of the lane protocol"));
            else if (Context.GetChildren().Count() >= ClientLimit)
                Sender.Tell(new LaneRefused(hello.Session, $"this node has {ClientLimit} clients already"));
            else
                Context.ActorOf(ClientLaneActor.Props(node, refs, router, Sender, hello.Session));
        });
    }

    /// <summary>How to create one.</summary>
    public static Props Props(NodeState node, NodeRefs refs, IActorRef router) =>
        Akka.Actor.Props.Create(() => new ClientGateActor(node, refs, router));
}
