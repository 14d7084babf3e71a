using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Who coordinates a request. Pure.</summary>
internal static class Routing
{
    /// <summary>
    /// The owner to coordinate: for a write without a context the first in this data centre's list that can be reached, so that in healthy
    /// times one replica orders such writes there; for anything else this node if it is an owner, else the first that can be reached.
    /// Owners of other data centres follow where none is left here.
    /// </summary>
    /// <param name="ring">The ring.</param>
    /// <param name="token">The key's token.</param>
    /// <param name="request">The request.</param>
    /// <param name="self">This node.</param>
    /// <param name="isAble">Whether a replica can be asked and has not refused this request already.</param>
    /// <returns>Null if there is no such owner.</returns>
    public static ReplicaId? CoordinatorOf(Ring ring, Token token, IProtocolMessage request, ReplicaId self, Func<ReplicaId, bool> isAble)
    {
        var partition = ring.PartitionOf(token);
        var owners = ring.OwnersOf(partition);
        var isOrdered = request is WriteRequest { Context.IsEmpty: true };
        if (!isOrdered && ring.OwnerIdsOf(partition).Contains(self) && isAble(self)) return self;
        var near = ring.DataCenterOf(self);
        ReplicaId? elsewhere = null;
        foreach (var owner in owners)
        {
            if (!isAble(owner.ReplicaId)) continue;
            if (ring.DataCenterOf(owner) == near) return owner.ReplicaId;
            elsewhere ??= owner.ReplicaId;
        }

        return elsewhere;
    }

    /// <summary>The token that decides where a request goes; null for a scan whose cursor is none.</summary>
    public static Token? TokenOf(IProtocolMessage request) => request switch
    {
        ClientRequest client => Token.Of(client.Key.Span),
        Scan scan => ScanOperation.TokenOf(scan.Cursor),
        _ => null,
    };
}
