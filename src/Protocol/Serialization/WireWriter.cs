using System.Buffers.Binary;
using System.Text;

namespace AkkaKv.Protocol;

/// <summary>
/// Writes the fields of <c>akkakv.proto</c> into an array, or only counts their bytes: what is sent often is described once, run once to
/// learn its size and once more to fill an array of exactly that size. The bytes are those of the generated types, without an object for
/// each part.
/// </summary>
/// <remarks>Fields are to be written in ascending order, and go up to 15, so that a tag is one byte.</remarks>
internal ref struct WireWriter
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Span<byte> _bytes;
    private readonly bool _isFilling;
    private int _at;

    /// <summary>Fills an array; the default value counts.</summary>
    public WireWriter(Span<byte> bytes)
    {
        _bytes = bytes;
        _isFilling = true;
    }

    /// <summary>Bytes written or counted so far.</summary>
    public readonly int Length => _at;

    /// <summary>A number; 0 is left out.</summary>
    public void Number(int field, ulong value)
    {
        if (value != 0) PresentNumber(field, value);
    }

    /// <summary>A number of a field that knows whether it is there.</summary>
    public void PresentNumber(int field, ulong value)
    {
        Tag(field, WireType.Varint);
        Varint(value);
    }

    /// <summary>A number of either sign (sint32); 0 is left out.</summary>
    public void SignedNumber(int field, int value) => Number(field, (uint)((value << 1) ^ (value >> 31)));

    /// <summary>A flag; false is left out.</summary>
    public void Flag(int field, bool value) => Number(field, value ? 1UL : 0UL);

    /// <summary>A number of 8 bytes; 0 is left out.</summary>
    public void Fixed64(int field, ulong value)
    {
        if (value != 0) PresentFixed64(field, value);
    }

    /// <summary>A number of 8 bytes of a field that knows whether it is there.</summary>
    public void PresentFixed64(int field, ulong value)
    {
        Tag(field, WireType.Fixed64);
        if (_isFilling) BinaryPrimitives.WriteUInt64LittleEndian(_bytes[_at..], value);
        _at += sizeof(ulong);
    }

    /// <summary>Bytes; none are left out.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return;
        Begin(field, value.Length);
        if (_isFilling) value.CopyTo(_bytes[_at..]);
        _at += value.Length;
    }

    /// <summary>Bytes of a 128 bit number, in the order of <see cref="System.Guid.ToByteArray()"/>.</summary>
    public void Guid(int field, Guid value)
    {
        const int guidBytes = 16;
        Begin(field, guidBytes);
        if (_isFilling) value.TryWriteBytes(_bytes[_at..]);
        _at += guidBytes;
    }

    /// <summary>A text; an empty one is left out.</summary>
    public void Text(int field, string value)
    {
        if (value.Length > 0) PresentText(field, value);
    }

    /// <summary>A text of a list, which may be empty.</summary>
    public void PresentText(int field, string value)
    {
        var length = Utf8.GetByteCount(value);
        Begin(field, length);
        if (_isFilling) Utf8.GetBytes(value, _bytes[_at..]);
        _at += length;
    }

    /// <summary>The head of a message within the message, of so many bytes, which follow.</summary>
    public void Begin(int field, int length)
    {
        Tag(field, WireType.Bytes);
        Varint((ulong)length);
    }

    /// <summary>A number without a field, in a packed list.</summary>
    public void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Append((byte)(value | 0x80));
        Append((byte)value);
    }

    private void Tag(int field, WireType type) => Append((byte)(field << 3 | (int)type));

    private void Append(byte value)
    {
        if (_isFilling) _bytes[_at] = value;
        _at++;
    }
}
