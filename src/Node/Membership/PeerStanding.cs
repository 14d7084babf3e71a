using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>What a node makes of a member.</summary>
internal enum StandingKind
{
    /// <summary>Nothing that this node has seen speaks against it.</summary>
    Up,

    /// <summary>This node does not hear it, or is not answered, and nobody else confirms it: a cut link, most likely.</summary>
    Suspected,

    /// <summary>Two witnesses at least do not reach it, or this node does not and hears nobody whom it could ask.</summary>
    Down,
}

/// <summary>How things stand with a member, and who says so.</summary>
/// <param name="Replica">The member.</param>
/// <param name="Kind">The verdict. Advice for routing and nothing else: nothing is removed because of it.</param>
/// <param name="Witnesses">Who does not reach it, this node included, as far as this node can hear them; in ascending order.</param>
/// <param name="IsHint">True if Akka says that some node, it does not say which, does not reach it.</param>
/// <param name="Since">Since when the verdict stands, monotonic milliseconds.</param>
/// <param name="Reason">What this node has seen itself, for people; empty if nothing.</param>
internal sealed record PeerStanding(
    ReplicaId Replica, StandingKind Kind, ImmutableArray<ReplicaId> Witnesses, bool IsHint, long Since, string Reason);
