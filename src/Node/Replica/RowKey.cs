using System.Buffers.Binary;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Rows are stored in token order: the token, big endian, then the key. So a partition is one range of every store.</summary>
internal static class RowKey
{
    /// <summary>Bytes of the token in front.</summary>
    public const int TokenBytes = 8;

    /// <summary>The row key of a key.</summary>
    public static byte[] Of(ReadOnlySpan<byte> key)
    {
        var row = new byte[TokenBytes + key.Length];
        BinaryPrimitives.WriteUInt64BigEndian(row, Token.Of(key).Value);
        key.CopyTo(row.AsSpan(TokenBytes));
        return row;
    }

    /// <summary>The first row key that a token can have.</summary>
    public static byte[] First(Token token)
    {
        var row = new byte[TokenBytes];
        BinaryPrimitives.WriteUInt64BigEndian(row, token.Value);
        return row;
    }

    /// <summary>The least row key above another.</summary>
    public static byte[] After(ReadOnlySpan<byte> row) => [.. row, 0];

    /// <summary>True if a row is a key's record, and not something else that is kept beside them: its token is that of its key.</summary>
    public static bool IsRecord(ReadOnlySpan<byte> row) => row.Length > TokenBytes && Token.Of(row[TokenBytes..]) == TokenOf(row);

    /// <summary>The token in front of a row key.</summary>
    public static Token TokenOf(ReadOnlySpan<byte> row) => new(BinaryPrimitives.ReadUInt64BigEndian(row));

    /// <summary>The key behind the token.</summary>
    public static ReadOnlyMemory<byte> KeyOf(ReadOnlyMemory<byte> row) => row[TokenBytes..];
}
