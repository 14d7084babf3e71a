using System.Buffers.Binary;
using System.Text;

namespace AkkaKv.Protocol;

/// <summary>How a field is laid out; the numbers are Protocol Buffers'.</summary>
internal enum WireType
{
    /// <summary>7 bits a byte, the lowest first.</summary>
    Varint = 0,

    /// <summary>8 bytes, little endian.</summary>
    Fixed64 = 1,

    /// <summary>A length and so many bytes: a text, a message, a packed list.</summary>
    Bytes = 2,

    /// <summary>Until the <see cref="GroupEnd"/> of the same field; not used by the schema, only skipped.</summary>
    GroupStart = 3,

    /// <summary>The end of a group.</summary>
    GroupEnd = 4,

    /// <summary>4 bytes; not used by the schema, only skipped.</summary>
    Fixed32 = 5,
}

/// <summary>
/// Reads the fields of <c>akkakv.proto</c> where they lie: bytes are slices of what is read. It takes and refuses what the generated types
/// take and refuse, down to numbers with needless bytes; whatever runs over the end is <see cref="InvalidDataException"/>.
/// </summary>
/// <remarks>
/// To be used as <c>while (reader.Next()) switch (reader.Field, reader.Type)</c>, with <see cref="Skip()"/> for every field that is not
/// known or not of that layout: a newer release may have written it.
/// </remarks>
internal ref struct WireReader
{
    /// <summary>Groups within groups that are skipped at most.</summary>
    private const int MaximumDepth = 100;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlyMemory<byte> _memory;
    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;

    /// <summary>Reads one message, which is all of these bytes.</summary>
    public WireReader(ReadOnlyMemory<byte> memory)
    {
        _memory = memory;
        _bytes = memory.Span;
    }

    /// <summary>The number of the field at hand.</summary>
    public int Field { get; private set; }

    /// <summary>The layout of the field at hand.</summary>
    public WireType Type { get; private set; }

    /// <summary>True until everything is read.</summary>
    public readonly bool HasMore => _at < _bytes.Length;

    /// <summary>Goes to the next field; false at the end.</summary>
    public bool Next()
    {
        if (_at == _bytes.Length) return false;
        var tag = (uint)Varint();
        Field = (int)(tag >> 3);
        Type = (WireType)(tag & 7);
        return Field != 0 ? true : throw new InvalidDataException("a field has the number 0");
    }

    /// <summary>A number; of one that is longer than its type the lowest bits count.</summary>
    public ulong Varint()
    {
        ulong number = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_at == _bytes.Length) throw Truncated();
            var next = _bytes[_at++];
            number |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return number;
        }

        throw new InvalidDataException("a number is longer than 10 bytes");
    }

    /// <summary>A number of 32 bits.</summary>
    public uint Number32() => (uint)Varint();

    /// <summary>A number of either sign (sint32).</summary>
    public int SignedNumber()
    {
        var number = Number32();
        return (int)(number >> 1) ^ -(int)(number & 1);
    }

    /// <summary>A flag.</summary>
    public bool Flag() => Varint() != 0;

    /// <summary>A number of 8 bytes.</summary>
    public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.Slice(Advance(sizeof(ulong)), sizeof(ulong)));

    /// <summary>Bytes, where they lie.</summary>
    public ReadOnlyMemory<byte> Bytes()
    {
        var length = ReadLength();
        return _memory.Slice(Advance(length), length);
    }

    /// <summary>A text.</summary>
    public string Text()
    {
        var length = ReadLength();
        if (length == 0) return "";
        try
        {
            return Utf8.GetString(_bytes.Slice(Advance(length), length));
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("a text is not UTF-8", e);
        }
    }

    /// <summary>A message within the message, or a packed list.</summary>
    public WireReader Part() => new(Bytes());

    /// <summary>Leaves the field at hand out.</summary>
    public void Skip() => Skip(0);

    private void Skip(int depth)
    {
        switch (Type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Advance(sizeof(ulong));
                break;
            case WireType.Bytes:
                Advance(ReadLength());
                break;
            case WireType.Fixed32:
                Advance(sizeof(uint));
                break;
            case WireType.GroupStart when depth < MaximumDepth:
                SkipGroup(depth);
                break;
            default:
                throw new InvalidDataException($"field {Field} has the layout {(int)Type}, which is none");
        }
    }

    private void SkipGroup(int depth)
    {
        var group = Field;
        while (Next())
        {
            if (Type == WireType.GroupEnd && Field == group) return;
            Skip(depth + 1);
        }

        throw Truncated();
    }

    private int ReadLength() => (int)Number32() is var length and >= 0 ? length : throw new InvalidDataException("a length is negative");

    /// <summary>Goes on by so many bytes; answers where they began.</summary>
    private int Advance(int length)
    {
        if (length > _bytes.Length - _at) throw Truncated();
        var from = _at;
        _at += length;
        return from;
    }

    private static InvalidDataException Truncated() => new("they end within a field");
}
