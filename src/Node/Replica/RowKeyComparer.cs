using System.Buffers.Binary;

namespace AkkaKv.Node;

/// <summary>Compares row keys by content. The token in front of them is a hash already.</summary>
internal sealed class RowKeyComparer : IEqualityComparer<byte[]>
{
    /// <summary>The one that is needed.</summary>
    public static RowKeyComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    /// <inheritdoc/>
    public int GetHashCode(byte[] rowKey) => BinaryPrimitives.ReadUInt64LittleEndian(rowKey).GetHashCode();
}
