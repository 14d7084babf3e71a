using System.Collections.Immutable;

namespace AkkaKv.Protocol;

/// <summary>Opens a lane. Answered by <see cref="LaneWelcome"/> or <see cref="LaneRefused"/>.</summary>
/// <param name="ClusterId">The sender's cluster; <see cref="Guid.Empty"/> from a client.</param>
/// <param name="Replica">The sender's replica id; the default from a client.</param>
/// <param name="Name">The sender's name, for logs.</param>
/// <param name="Session">Drawn for each attempt; frames of another session are not taken.</param>
/// <param name="RingEpoch">The epoch of the sender's ring; 0 for none.</param>
/// <param name="Starts">How often the sender's data directory has been opened.</param>
public sealed record LaneHello(Guid ClusterId, ReplicaId Replica, string Name, ulong Session, long RingEpoch, ulong Starts) : IProtocolMessage
{
    /// <summary>The version of the lane protocol that this code speaks.</summary>
    public const uint ProtocolVersion = 1;

    /// <summary>The version that the sender speaks.</summary>
    public uint Version { get; init; } = ProtocolVersion;

    /// <summary>The sender's physical clock, milliseconds since 1970 (UTC); 0 from a client.</summary>
    public long PhysicalMilliseconds { get; init; }
}

/// <summary>The lane is open, from its sender's side.</summary>
/// <param name="Session">The session of the hello.</param>
/// <param name="Self">Who answers.</param>
public sealed record LaneWelcome(ulong Session, LaneHello Self) : IProtocolMessage;

/// <summary>The lane stays closed.</summary>
/// <param name="Session">The session of the hello, or of a frame that came without one.</param>
/// <param name="Reason">Why, and what to do.</param>
public sealed record LaneRefused(ulong Session, string Reason) : IProtocolMessage;

/// <summary>A message on a lane, or a piece of a large one.</summary>
/// <param name="Number">The asker's number of the request; the answer carries it too.</param>
/// <param name="Kind">The kind of the body.</param>
/// <param name="Remaining">How long somebody waits for it; zero for no limit.</param>
/// <param name="Body">The encoded message or piece.</param>
/// <param name="TotalBytes">Of the whole body, where this is a piece; else 0.</param>
/// <param name="Offset">Of this piece.</param>
public sealed record LaneItem(
    ulong Number, MessageKind Kind, TimeSpan Remaining, ReadOnlyMemory<byte> Body, int TotalBytes = 0, int Offset = 0);

/// <summary>What was waiting for a peer, packed into one message.</summary>
/// <param name="Session">The session that was welcomed.</param>
/// <param name="Sequence">From 1 in each session.</param>
/// <param name="Items">The messages; none in a mere sign of life.</param>
/// <param name="RingEpoch">The epoch of the sender's ring.</param>
/// <param name="Clock">The sender's hybrid clock.</param>
public sealed record LaneFrame(
    ulong Session, ulong Sequence, ImmutableArray<LaneItem> Items, long RingEpoch, HybridTimestamp Clock) : IProtocolMessage
{
    /// <summary>
    /// The sender's physical clock, milliseconds since 1970 (UTC); 0 from a client. The hybrid one would not do for telling who is off: it
    /// follows whoever is ahead.
    /// </summary>
    public long PhysicalMilliseconds { get; init; }

    /// <summary>
    /// True if the sender waits for a <see cref="LaneAck"/>: for room, or for a sign of life. Most frames do not, or half of all that goes
    /// over the network would be acknowledgements.
    /// </summary>
    public bool NeedsAck { get; init; } = true;
}

/// <summary>Gives the sender room for more; answers a frame that asks for it.</summary>
/// <param name="Session">The session of the frames.</param>
/// <param name="Through">Frames up to this one have been taken, or were lost and will never come.</param>
public sealed record LaneAck(ulong Session, ulong Through) : IProtocolMessage;
