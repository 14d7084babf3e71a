using System.Globalization;
using System.IO.Hashing;

namespace AkkaKv.Protocol;

/// <summary>The place of a key on the ring: the 64-bit XxHash3 of its bytes, so that rows sort and partitions split by it.</summary>
/// <param name="Value">0 to 2^64 - 1.</param>
public readonly record struct Token(ulong Value) : IComparable<Token>
{
    /// <summary>The token of a key.</summary>
    public static Token Of(ReadOnlySpan<byte> key) => new(XxHash3.HashToUInt64(key));

    /// <inheritdoc/>
    public int CompareTo(Token other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Clockwise from 0.</summary>
    public static bool operator <(Token left, Token right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(Token left, Token right) => left.Value > right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(Token left, Token right) => left.Value <= right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(Token left, Token right) => left.Value >= right.Value;
}
