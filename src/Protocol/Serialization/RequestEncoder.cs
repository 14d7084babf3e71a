namespace AkkaKv.Protocol;

/// <summary>
/// The two requests that clients send most, without options, straight into the array that goes on the wire: the same bytes as
/// <see cref="ProtocolCodec"/> gives, without an object for each part.
/// </summary>
internal static class RequestEncoder
{
    private const int WriteIdBytes = 16;
    private const byte FirstBytesField = 1 << 3 | 2;
    private const byte SecondBytesField = 2 << 3 | 2;
    private const byte SecondNumberField = 2 << 3;
    private const byte ThirdBytesField = 3 << 3 | 2;

    /// <summary>A <see cref="Put"/> of a key of at least a byte, with a write id that is no repetition.</summary>
    public static byte[] Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, WriteId id)
    {
        var head = SizeOf(key.Length);
        var idBytes = SizeOf(WriteIdBytes) + (id.Number == 0 ? 0 : 1 + VarintSize(id.Number));
        var write = SizeOf(idBytes);
        var bytes = new byte[SizeOf(head) + SizeOf(write) + (value.IsEmpty ? 0 : SizeOf(value.Length))];
        var rest = Begin(bytes, FirstBytesField, head);
        rest = Append(rest, FirstBytesField, key);
        rest = Begin(rest, SecondBytesField, write);
        rest = Begin(rest, SecondBytesField, idBytes);
        rest = Begin(rest, FirstBytesField, WriteIdBytes);
        id.Source.TryWriteBytes(rest);
        rest = rest[WriteIdBytes..];
        if (id.Number != 0)
        {
            rest[0] = SecondNumberField;
            rest = Varint(rest[1..], id.Number);
        }

        if (!value.IsEmpty) Append(rest, ThirdBytesField, value);
        return bytes;
    }

    /// <summary>A <see cref="Get"/> of a key of at least a byte.</summary>
    public static byte[] Get(ReadOnlySpan<byte> key)
    {
        var head = SizeOf(key.Length);
        var bytes = new byte[SizeOf(head)];
        Append(Begin(bytes, FirstBytesField, head), FirstBytesField, key);
        return bytes;
    }

    /// <summary>A field with so many bytes of content.</summary>
    private static int SizeOf(int content) => 1 + VarintSize((ulong)content) + content;

    private static int VarintSize(ulong number)
    {
        var size = 1;
        while ((number >>= 7) != 0) size++;
        return size;
    }

    private static Span<byte> Begin(Span<byte> rest, byte field, int content)
    {
        rest[0] = field;
        return Varint(rest[1..], (ulong)content);
    }

    private static Span<byte> Append(Span<byte> rest, byte field, ReadOnlySpan<byte> content)
    {
        rest = Begin(rest, field, content.Length);
        content.CopyTo(rest);
        return rest[content.Length..];
    }

    private static Span<byte> Varint(Span<byte> rest, ulong number)
    {
        var at = 0;
        for (; number >= 0x80; number >>= 7) rest[at++] = (byte)(number | 0x80);
        rest[at] = (byte)number;
        return rest[(at + 1)..];
    }
}
