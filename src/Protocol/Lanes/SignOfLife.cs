using System.Collections.Immutable;

namespace AkkaKv.Protocol;

/// <summary>
/// How far a replica's life has come: later is greater. A suspicion of one incarnation says nothing about a later one.
/// </summary>
/// <param name="Starts">How often its data directory has been opened.</param>
/// <param name="Count">How often it has since contradicted a suspicion or rebuilt its actor system.</param>
public readonly record struct Incarnation(ulong Starts, ulong Count) : IComparable<Incarnation>
{
    /// <inheritdoc/>
    public int CompareTo(Incarnation other) => Starts != other.Starts ? Starts.CompareTo(other.Starts) : Count.CompareTo(other.Count);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Starts}.{Count}");

    /// <summary>Later in its life.</summary>
    public static bool operator >(Incarnation left, Incarnation right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="op_GreaterThan"/>
    public static bool operator <(Incarnation left, Incarnation right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="op_GreaterThan"/>
    public static bool operator >=(Incarnation left, Incarnation right) => left.CompareTo(right) >= 0;

    /// <inheritdoc cref="op_GreaterThan"/>
    public static bool operator <=(Incarnation left, Incarnation right) => left.CompareTo(right) <= 0;
}

/// <summary>The sender of a <see cref="SignOfLife"/> does not hear this member, or is not answered by it.</summary>
/// <param name="Subject">Whom it suspects.</param>
/// <param name="Incarnation">Of the subject, as far as the sender knows it.</param>
public readonly record struct Suspicion(ReplicaId Subject, Incarnation Incarnation);

/// <summary>
/// Tells a member that the sender lives, what the sender has heard of it, and whom else it suspects. Sent a few times a second, never
/// repeated; answered by the other's own.
/// </summary>
/// <param name="ClusterId">The sender's cluster.</param>
/// <param name="Replica">The sender.</param>
/// <param name="Incarnation">The sender's.</param>
/// <param name="SentAt">The sender's monotonic clock, milliseconds; from 1.</param>
/// <param name="Echo">The latest <see cref="SentAt"/> that came from the addressee; 0 if none did. So each side learns that it is heard.</param>
public sealed record SignOfLife(Guid ClusterId, ReplicaId Replica, Incarnation Incarnation, long SentAt, long Echo) : IProtocolMessage
{
    /// <summary>Suspicions in one sign, at most; whoever has more says them in turn.</summary>
    public const int SuspicionLimit = 256;

    /// <summary>Whom the sender suspects by its own evidence; nobody's word is passed on.</summary>
    public ImmutableArray<Suspicion> Suspicions { get; init; } = [];

    /// <summary>True if the sender has more suspicions than these.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Akka's number of the sender's actor system.</summary>
    public int AkkaUid { get; init; }

    /// <summary>Members of the ring in the sender's Akka cluster that are up and reachable, itself included; 0 while it is in none.</summary>
    public int AkkaMembers { get; init; }

    /// <summary>The lowest replica id among them; the default while it is in none.</summary>
    public ReplicaId AkkaLowest { get; init; }

    /// <summary>True if the addressee is in the sender's Akka cluster, as the sender sees it.</summary>
    public bool SharesAkka { get; init; }
}
