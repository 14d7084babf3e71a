using Akka.Actor;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

// What the actors of one node say to each other. None of these leaves the process.

/// <summary>Asks a coordinator to run a request. Answered by <see cref="Answer"/>.</summary>
/// <param name="Number">The asker's number.</param>
/// <param name="Request">A <see cref="ClientRequest"/> or <see cref="Scan"/>.</param>
/// <param name="Deadline">Monotonic milliseconds.</param>
internal sealed record CoordinatorWork(ulong Number, IProtocolMessage Request, long Deadline) : INoSerializationVerificationNeeded;

/// <summary>Asks a store. Answered by <see cref="Answer"/>, for a <see cref="MintRequest"/> by two.</summary>
/// <param name="Number">The asker's number.</param>
/// <param name="Request">What is asked.</param>
/// <param name="Deadline">Monotonic milliseconds; after it nobody waits.</param>
internal sealed record ReplicaWork(ulong Number, ReplicaRequest Request, long Deadline) : INoSerializationVerificationNeeded;

/// <summary>Asks a lane to carry a request to its peer. Answered by <see cref="Answer"/>, from there or with a refusal from here.</summary>
/// <param name="Number">The asker's number, with the asker's mark (<see cref="AskerMark"/>).</param>
/// <param name="Request">A <see cref="ReplicaRequest"/>, <see cref="ClientRequest"/> or <see cref="Scan"/>.</param>
/// <param name="Deadline">Monotonic milliseconds.</param>
internal sealed record LaneWork(ulong Number, IProtocolMessage Request, long Deadline) : INoSerializationVerificationNeeded;

/// <summary>The answer to any of these.</summary>
/// <param name="Number">The asker's number.</param>
/// <param name="Message">A <see cref="ReplicaReply"/> or <see cref="ClientReply"/>.</param>
internal sealed record Answer(ulong Number, IProtocolMessage Message) : INoSerializationVerificationNeeded;

/// <summary>A ring is to be used from now on.</summary>
internal sealed record RingChanged(Ring Ring) : INoSerializationVerificationNeeded;

/// <summary>The lane to a member was lost: what it was asked it will not answer.</summary>
internal sealed record PeerLost(ReplicaId Replica) : INoSerializationVerificationNeeded;

/// <summary>
/// Marks a request number with who asked, so that a lane knows whose the answer is: the high 8 bits are the asker's place among the node's
/// askers, the next 8 its incarnation, the rest its own count.
/// </summary>
/// <remarks>
/// A process or an actor that was started again counts from 1 again, and answers to what its predecessor asked may still be on their way:
/// without the incarnation they would be taken for answers to other questions, an old acknowledgement for that of a new write.
/// </remarks>
internal static class AskerMark
{
    private const int AskerShift = 56;
    private const int CountBits = 48;

    /// <summary>The mark of an asker.</summary>
    public static ulong Of(int asker, byte incarnation) => (ulong)asker << AskerShift | (ulong)incarnation << CountBits;

    /// <summary>True if the asker with that mark gave the number.</summary>
    public static bool IsOf(ulong number, ulong mark) => number >> CountBits == mark >> CountBits;

    /// <summary>The asker's place.</summary>
    public static int AskerOf(ulong number) => (int)(number >> AskerShift);

    /// <summary>The asker's own count.</summary>
    public static ulong CountOf(ulong number) => number & (1UL << CountBits) - 1;
}
