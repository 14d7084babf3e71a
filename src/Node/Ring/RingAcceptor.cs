using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// One member's vote on the next ring: the acceptor of single-decree Paxos (Lamport, "Paxos Made Simple", 2001). Pure; whoever holds it
/// makes its state durable before an answer leaves.
/// </summary>
/// <remarks>
/// Invariant: no answer below <see cref="Promised"/> is given after a promise, also not by a process that was started again, which is why
/// the state is on disk first.
/// </remarks>
internal sealed class RingAcceptor
{
    private readonly ulong _self;

    /// <summary>An acceptor with the state that it had on disk.</summary>
    public RingAcceptor(ReplicaId self, Ballot promised = default, Ballot accepted = default, byte[]? ring = null)
    {
        _self = self.Value;
        Promised = promised;
        Accepted = accepted;
        AcceptedRing = ring ?? [];
    }

    /// <summary>The highest ballot it has promised.</summary>
    public Ballot Promised { get; private set; }

    /// <summary>The highest ballot in which it has accepted a ring.</summary>
    public Ballot Accepted { get; private set; }

    /// <summary>That ring; empty if none.</summary>
    public byte[] AcceptedRing { get; private set; }

    /// <summary>Phase 1.</summary>
    /// <returns>The answer, to be sent once the state is durable.</returns>
    public IControlMessage Prepare(RingPrepare prepare)
    {
        if (prepare.Ballot < Promised) return new RingReject(prepare.Ballot, _self, Promised);
        Promised = prepare.Ballot;
        return new RingPromise(prepare.Ballot, _self, Accepted, AcceptedRing);
    }

    /// <summary>Phase 2.</summary>
    /// <returns>The answer, to be sent once the state is durable.</returns>
    public IControlMessage Accept(RingAccept accept)
    {
        if (accept.Ballot < Promised) return new RingReject(accept.Ballot, _self, Promised);
        Promised = Accepted = accept.Ballot;
        AcceptedRing = accept.Ring;
        return new RingAccepted(accept.Ballot, _self);
    }
}
