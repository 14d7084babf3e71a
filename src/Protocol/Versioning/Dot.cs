using System.Globalization;

namespace AkkaKv.Protocol;

/// <summary>
/// Who counts writes: one epoch of one replica. A replica starts a new epoch whenever it may have lost dots of the old one or is about
/// to forget some; entries of closed epochs are compared for ever and never incremented.
/// </summary>
/// <param name="Replica">The replica that handles the write.</param>
/// <param name="Epoch">Its epoch, from 1.</param>
public readonly record struct VersionActor(ReplicaId Replica, uint Epoch) : IComparable<VersionActor>
{
    /// <inheritdoc/>
    public int CompareTo(VersionActor other)
    {
        var byReplica = Replica.CompareTo(other.Replica);
        return byReplica != 0 ? byReplica : Epoch.CompareTo(other.Epoch);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Replica}.{Epoch}");

    /// <summary>Order by replica, then epoch: the order of entries in a vector.</summary>
    public static bool operator <(VersionActor left, VersionActor right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(VersionActor left, VersionActor right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(VersionActor left, VersionActor right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(VersionActor left, VersionActor right) => left.CompareTo(right) >= 0;
}

/// <summary>The name of one write of one key: the n-th that an actor handled.</summary>
/// <param name="Actor">The actor that handled it.</param>
/// <param name="Counter">From 1.</param>
public readonly record struct Dot(VersionActor Actor, ulong Counter) : IComparable<Dot>
{
    /// <inheritdoc/>
    public int CompareTo(Dot other)
    {
        var byActor = Actor.CompareTo(other.Actor);
        return byActor != 0 ? byActor : Counter.CompareTo(other.Counter);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Actor},{Counter}]");

    /// <summary>Order by actor, then counter; "the lower dot" in the rules.</summary>
    public static bool operator <(Dot left, Dot right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(Dot left, Dot right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(Dot left, Dot right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(Dot left, Dot right) => left.CompareTo(right) >= 0;
}
