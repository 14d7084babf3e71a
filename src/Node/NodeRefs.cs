using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// Where the actors of one node find each other. Filled by the <see cref="NodeSupervisorActor"/> before any request arrives; lanes come and
/// go with the ring.
/// </summary>
internal sealed class NodeRefs
{
    private readonly ConcurrentDictionary<ReplicaId, IActorRef> _lanes = new();

    /// <summary>Those that ask over lanes: the router first, then the coordinators. The place is the mark in their numbers.</summary>
    public ImmutableArray<IActorRef> Askers { get; set; } = [];

    /// <summary>The coordinators.</summary>
    public ImmutableArray<IActorRef> Coordinators { get; set; } = [];

    /// <summary>The storage actors, one for each store.</summary>
    public ImmutableArray<IActorRef> Stores { get; set; } = [];

    /// <summary>Runs exchanges; null while the node has nothing to compare with.</summary>
    public IPartitionExchange? Exchange { get; set; }

    /// <summary>The lane to a member, null if there is none.</summary>
    public IActorRef? LaneOf(ReplicaId replica) => _lanes.GetValueOrDefault(replica);

    /// <summary>A lane has been made.</summary>
    public void AddLane(ReplicaId replica, IActorRef lane) => _lanes[replica] = lane;

    /// <summary>The coordinator for a key: always the same, so that its requests meet in one place.</summary>
    public IActorRef CoordinatorOf(Token token) => Coordinators[(int)((token.Value >> 16) % (ulong)Coordinators.Length)];

    /// <summary>The store that holds what a request is about.</summary>
    public IActorRef StoreOf(ReplicaRequest request) => Stores[StoreIndexOf(request, Stores.Length)];

    /// <summary>The low bits of the token choose the store, so a change of the number of partitions moves no row between stores.</summary>
    private static int StoreIndexOf(ReplicaRequest request, int stores) => request switch
    {
        MintRequest mint => Index(mint.Key, stores),
        ReplicaRead read => Index(read.Key, stores),
        ReplicaStore store => Index(store.Key, stores),
        _ => 0,
    };

    private static int Index(ReadOnlyMemory<byte> key, int stores) => (int)(Token.Of(key.Span).Value & (ulong)(stores - 1));
}
