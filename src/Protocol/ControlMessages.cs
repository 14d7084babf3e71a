namespace AkkaKv.Protocol;

/// <summary>
/// Marks what nodes say to each other about the cluster itself: a closed set of types, rare and small, carried by the
/// <see cref="ControlSerializer"/>.
/// </summary>
public interface IControlMessage;

/// <summary>Who a node is, as it introduces itself.</summary>
/// <param name="Name">Its configured name.</param>
/// <param name="Replica">Its replica id.</param>
/// <param name="Host">Where the others reach it.</param>
/// <param name="Port">Where the others reach it.</param>
/// <param name="DataCenter">Its data centre.</param>
/// <param name="Rack">Its rack.</param>
/// <param name="Weight">Its weight.</param>
public sealed record MemberCard(string Name, ulong Replica, string Host, int Port, string DataCenter, string Rack, int Weight);

/// <summary>The name of one attempt to decide a ring; higher rounds win, the proposer breaks ties.</summary>
/// <param name="Round">From 1; 0 is no ballot.</param>
/// <param name="Proposer">Replica id of the proposer.</param>
public readonly record struct Ballot(ulong Round, ulong Proposer) : IComparable<Ballot>
{
    /// <inheritdoc/>
    public int CompareTo(Ballot other) => Round != other.Round ? Round.CompareTo(other.Round) : Proposer.CompareTo(other.Proposer);

    /// <summary>A later attempt is greater.</summary>
    public static bool operator <(Ballot left, Ballot right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(Ballot left, Ballot right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(Ballot left, Ballot right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(Ballot left, Ballot right) => left.CompareTo(right) >= 0;
}

/// <summary>Asks a node which ring it has, and introduces the asker. Answered by <see cref="RingAnswer"/>.</summary>
/// <param name="Card">Who asks.</param>
public sealed record RingQuery(MemberCard Card) : IControlMessage;

/// <summary>Which ring a node has.</summary>
/// <param name="Card">Who answers.</param>
/// <param name="Ring">Its decided ring, encoded; empty if it has none.</param>
/// <param name="ConnectedMembers">Members of that ring that it has open lanes to, itself included.</param>
public sealed record RingAnswer(MemberCard Card, byte[] Ring, int ConnectedMembers) : IControlMessage;

/// <summary>Phase 1 of deciding a ring. Answered by <see cref="RingPromise"/> or <see cref="RingReject"/>.</summary>
/// <param name="Ballot">The attempt.</param>
public sealed record RingPrepare(Ballot Ballot) : IControlMessage;

/// <summary>The sender takes part in no lower ballot from now on; durable before it is said.</summary>
/// <param name="Ballot">The attempt.</param>
/// <param name="Replica">Who promises.</param>
/// <param name="Accepted">The highest ballot in which it accepted a ring; round 0 if none.</param>
/// <param name="AcceptedRing">That ring, encoded; empty if none.</param>
public sealed record RingPromise(Ballot Ballot, ulong Replica, Ballot Accepted, byte[] AcceptedRing) : IControlMessage;

/// <summary>Phase 2 of deciding a ring. Answered by <see cref="RingAccepted"/> or <see cref="RingReject"/>.</summary>
/// <param name="Ballot">The attempt.</param>
/// <param name="Ring">The ring, encoded.</param>
public sealed record RingAccept(Ballot Ballot, byte[] Ring) : IControlMessage;

/// <summary>The sender has accepted the ring of that ballot; durable before it is said.</summary>
/// <param name="Ballot">The attempt.</param>
/// <param name="Replica">Who accepts.</param>
public sealed record RingAccepted(Ballot Ballot, ulong Replica) : IControlMessage;

/// <summary>The sender has promised a higher ballot.</summary>
/// <param name="Ballot">The attempt that is refused.</param>
/// <param name="Replica">Who refuses.</param>
/// <param name="Promised">The ballot to beat.</param>
public sealed record RingReject(Ballot Ballot, ulong Replica, Ballot Promised) : IControlMessage;

/// <summary>The ring is decided and may be used.</summary>
/// <param name="Ring">The ring, encoded.</param>
public sealed record RingDecided(byte[] Ring) : IControlMessage;
