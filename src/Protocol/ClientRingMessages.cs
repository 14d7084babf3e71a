using System.Collections.Immutable;

namespace AkkaKv.Protocol;

/// <summary>Asks a node, over a client's lane, which ring it goes by. Answered by <see cref="ClientRing"/> or <see cref="NotReady"/>.</summary>
public sealed record ClientRingQuery : IProtocolMessage;

/// <summary>A node of a <see cref="ClientRing"/>.</summary>
/// <param name="Replica">Its identity. The address is only a hint of where to find it.</param>
/// <param name="Host">Where clients reach it.</param>
/// <param name="Port">Where clients reach it: the Akka port.</param>
/// <param name="DataCenter">Its data centre.</param>
public sealed record ClientRingMember(ReplicaId Replica, string Host, int Port, string DataCenter);

/// <summary>One of the equal parts of the token space.</summary>
/// <param name="Owners">Places in the list of members, in order of preference.</param>
public sealed record ClientPartition(ImmutableArray<int> Owners);

/// <summary>
/// What a client needs of a ring to go straight to a key's owners. Advice only: a node that is asked for a key of others forwards it.
/// </summary>
/// <param name="Epoch">From 1; a higher one is newer.</param>
/// <param name="Members">Places are those of the ring document, so members that left are listed, too.</param>
/// <param name="Partitions">A power of two of them; partition i holds the tokens from i * 2^64 / Q on.</param>
public sealed record ClientRing(long Epoch, ImmutableArray<ClientRingMember> Members, ImmutableArray<ClientPartition> Partitions) : ClientReply
{
    /// <summary>What clients are shown of a ring.</summary>
    public static ClientRing Of(RingDocument ring) => new(
        ring.Epoch,
        [.. ring.Members.Select(member => new ClientRingMember(member.ReplicaId, member.Host, member.Port, member.DataCenter))],
        [.. ring.Partitions.Select(partition => new ClientPartition(partition.Owners))]);

    /// <summary>In print, for logs.</summary>
    public override string ToString() => $"{nameof(ClientRing)} {{ {Epoch}, {Members.Length} members, {Partitions.Length} partitions }}";
}
