using System.Globalization;

namespace AkkaKv.Protocol;

/// <summary>
/// A hybrid logical timestamp (Kulkarni et al., 2014): 48 bits of milliseconds since 1970 and 16 bits that count what happened within
/// one. It orders writes like a clock and never runs against causality.
/// </summary>
/// <param name="Value">The bits as one number; greater is later.</param>
public readonly record struct HybridTimestamp(ulong Value) : IComparable<HybridTimestamp>
{
    private const int LogicalBits = 16;

    /// <summary>From its parts.</summary>
    public static HybridTimestamp Of(long unixMilliseconds, ushort logical = 0) =>
        new((ulong)unixMilliseconds << LogicalBits | logical);

    /// <summary>Milliseconds since 1970 (UTC).</summary>
    public long UnixMilliseconds => (long)(Value >> LogicalBits);

    /// <summary>The next one. Past 65,535 within a millisecond it runs over into the next millisecond.</summary>
    public HybridTimestamp Next() => new(Value + 1);

    /// <inheritdoc/>
    public int CompareTo(HybridTimestamp other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{UnixMilliseconds}+{Value & ushort.MaxValue}");

    /// <summary>Later is greater.</summary>
    public static bool operator <(HybridTimestamp left, HybridTimestamp right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(HybridTimestamp left, HybridTimestamp right) => left.Value > right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(HybridTimestamp left, HybridTimestamp right) => left.Value <= right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(HybridTimestamp left, HybridTimestamp right) => left.Value >= right.Value;
}
