using Akka.Actor;
using Akka.Event;
using Akka.Hosting;

namespace AkkaKv.Node;

/// <summary>The node's actor tree, on one screen.</summary>
/// <remarks>
/// <code>
/// /user/kv                     RequestRouterActor   every request of this node's clients
///   multi                      MultiRequestActor    takes those for several keys apart
/// /user/akkakv                 this actor
///   ring                       RingKeeperActor      the ring at hand, the vote on the next
///   liveness                   LivenessActor        signs of life; who is down
///   membership                 MembershipActor      notices that the others have shut this node out of the Akka cluster
///   store-0 ...                StorageActor         one for each store: its single writer
///   coordinator-1 ...          CoordinatorActor     requests for keys that this node owns
///   repair                     RepairActor          compares partitions with other owners, checks the trees
///   lane-{replica id} ...      PeerLaneActor        one for each other member of the ring
///   clients                    ClientGateActor      lanes of clients outside the cluster
///   repair-worker              RepairWorkerActor    compares itself with other owners when a repair job says so
///   repair-jobs                RepairStarterActor   the region of cluster sharding in which the jobs are
/// /user/akkakv-claimant        RingClaimantActor    cluster singleton: proposes the first ring
/// Akka's cluster daemon
///   ...                        DowningActor         removes the dead from the Akka cluster
/// /user/akkakv-repair-budget   RepairBudgetActor    cluster singleton: how many repair jobs are at work at once
/// /system/sharding/akkakv-repair/..  RepairJobActor one for each partition, somewhere in the cluster
/// </code>
/// </remarks>
internal sealed class NodeSupervisorActor : ReceiveActor
{
    private readonly NodeState _node;
    private readonly NodeRefs _refs;
    private bool _hasRepairJobs;

    /// <summary>Creates the tree.</summary>
    public NodeSupervisorActor(NodeState node, NodeRefs refs, IActorRef router)
    {
        _node = node;
        _refs = refs;
        Receive<RingChanged>(OnRing);

        TellRecovery(Context.GetLogger());
        _refs.Stores = [.. Enumerable.Range(0, node.Stores.Length).Select(index => Context.ActorOf(
            StorageActor.Props(node.Stores, index, Merge(), node.Time, !node.Leaves.IsEmpty), $"store-{index}"))];
        var coordinators = Math.Clamp(Environment.ProcessorCount / 2, 1, 16);
        _refs.Coordinators = [.. Enumerable.Range(1, coordinators).Select(asker => Context.ActorOf(
            CoordinatorActor.Props(asker, node, refs), $"coordinator-{asker}"))];
        _refs.Repair = Context.ActorOf(RepairActor.Props(coordinators + 1, node, refs), "repair");
        _refs.Askers = [router, .. _refs.Coordinators, _refs.Repair];
        Context.ActorOf(ClientGateActor.Props(node, refs, router), "clients");
        Context.ActorOf(RingKeeperActor.Props(node), "ring");
        LivenessActor.Start(Context, node, refs);
        Context.ActorOf(MembershipActor.Props(node), "membership");
        Context.ActorOf(RepairWorkerActor.Props(refs), "repair-worker");
    }

    /// <summary>How to create one.</summary>
    public static Props Props(NodeState node, NodeRefs refs, IActorRef router) =>
        Akka.Actor.Props.Create(() => new NodeSupervisorActor(node, refs, router));

    private RecordMerge Merge() => new(_node.Self, _node.Directory.Epoch, _node.Clock, _node.Directory.RaiseEpoch)
    {
        Limits = _node.Settings.SiblingLimits,
    };

    /// <summary>What opening the stores has found, where somebody looks who wonders about a crash.</summary>
    private void TellRecovery(ILoggingAdapter log)
    {
        for (var index = 0; index < _node.Stores.Length; index++)
        {
            var report = _node.Stores[index].Recovery;
            if (report is { WasClosedCleanly: true, DamagedTables.Count: 0 }) log.Info("Store {0}: {1}", index, report);
            else log.Warning("Store {0}: {1}", index, report);
        }
    }

    private void OnRing(RingChanged changed)
    {
        foreach (var member in changed.Ring.Members)
        {
            if (member.ReplicaId == _node.Self || _refs.LaneOf(member.ReplicaId) is not null) continue;
            var lane = Context.ActorOf(PeerLaneActor.Props(_node, _refs, member), PeerLaneActor.NameOf(member.ReplicaId));
            _refs.AddLane(member.ReplicaId, lane);
        }

        foreach (var asker in _refs.Askers) asker.Tell(changed);
        StartRepairJobs();
    }

    /// <summary>Their state is in the cluster, which takes nothing before there is a ring.</summary>
    private void StartRepairJobs()
    {
        if (_hasRepairJobs || !_node.Settings.RepairJobs.IsEnabled) return;
        _hasRepairJobs = true;
        var budget = ActorRegistry.For(Context.System).Get<RepairBudgetActor>();
        Context.ActorOf(RepairStarterActor.Props(_node, budget), "repair-jobs");
    }
}
