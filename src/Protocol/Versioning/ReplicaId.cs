using System.Globalization;
using System.Security.Cryptography;

namespace AkkaKv.Protocol;

/// <summary>
/// Who a data directory is: 64 random bits drawn when it is initialised, never derived from a name, an address or the time, so that no
/// two directories ever speak for each other. Prints as 16 hex digits.
/// </summary>
/// <param name="Value">The 64 bits; zero is no replica.</param>
public readonly record struct ReplicaId(ulong Value) : IComparable<ReplicaId>
{
    /// <summary>Draws the id of a new data directory.</summary>
    public static ReplicaId Draw()
    {
        Span<byte> bytes = stackalloc byte[8];
        ulong value;
        do
        {
            RandomNumberGenerator.Fill(bytes);
            value = BitConverter.ToUInt64(bytes);
        }
        while (value == 0);

        return new ReplicaId(value);
    }

    /// <summary>Reads the 16 hex digits that <see cref="ToString"/> prints; throws <see cref="FormatException"/> for anything else.</summary>
    public static ReplicaId Parse(string text) => new(ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public int CompareTo(ReplicaId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Order of the bits; it has no meaning but to be the same everywhere.</summary>
    public static bool operator <(ReplicaId left, ReplicaId right) => left.Value < right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(ReplicaId left, ReplicaId right) => left.Value > right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(ReplicaId left, ReplicaId right) => left.Value <= right.Value;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(ReplicaId left, ReplicaId right) => left.Value >= right.Value;
}
