using System.IO.Hashing;

namespace AkkaKv.Node;

/// <summary>Compares byte strings by content.</summary>
internal sealed class BytesComparer : IEqualityComparer<ReadOnlyMemory<byte>>
{
    /// <summary>The one that is needed.</summary>
    public static BytesComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

    /// <inheritdoc/>
    public int GetHashCode(ReadOnlyMemory<byte> bytes) => (int)XxHash3.HashToUInt64(bytes.Span);
}
