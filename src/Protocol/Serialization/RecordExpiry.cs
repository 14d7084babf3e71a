using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>Finds the expiries of an encoded record without decoding it: compaction asks of every row.</summary>
public static class RecordExpiry
{
    private const uint SiblingTag = Wire.Record.SiblingsFieldNumber << 3 | (uint)WireFormat.WireType.LengthDelimited;
    private const uint ExpiresAtTag = Wire.Sibling.ExpiresAtFieldNumber << 3 | (uint)WireFormat.WireType.Varint;

    /// <summary>
    /// The earliest expiry of a version, milliseconds since 1970 (UTC); null if none has one, or the bytes are no record.
    /// </summary>
    public static long? EarliestOf(ReadOnlySpan<byte> record)
    {
        long? earliest = null;
        while (!record.IsEmpty)
        {
            if (!TryReadField(ref record, out var tag, out _, out var body)) return null;
            if (tag != SiblingTag) continue;
            while (!body.IsEmpty)
            {
                if (!TryReadField(ref body, out var field, out var number, out _)) return null;
                if (field == ExpiresAtTag && !((long)number >= earliest)) earliest = (long)number;
            }
        }

        return earliest;
    }

    private static bool TryReadField(ref ReadOnlySpan<byte> bytes, out uint tag, out ulong number, out ReadOnlySpan<byte> body)
    {
        (tag, number) = (0, 0);
        body = default;
        if (!TryReadVarint(ref bytes, out var key) || key > uint.MaxValue) return false;
        tag = (uint)key;
        switch (WireFormat.GetTagWireType(tag))
        {
            case WireFormat.WireType.Varint:
                return TryReadVarint(ref bytes, out number);
            case WireFormat.WireType.Fixed64:
                return TryTake(ref bytes, sizeof(ulong), out body);
            case WireFormat.WireType.Fixed32:
                return TryTake(ref bytes, sizeof(uint), out body);
            case WireFormat.WireType.LengthDelimited:
                return TryReadVarint(ref bytes, out var length) && TryTake(ref bytes, length, out body);
            default:
                return false;
        }
    }

    private static bool TryTake(ref ReadOnlySpan<byte> bytes, ulong length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (length > (ulong)bytes.Length) return false;
        taken = bytes[..(int)length];
        bytes = bytes[(int)length..];
        return true;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> bytes, out ulong number)
    {
        number = 0;
        for (var i = 0; i < bytes.Length && i < 10; i++)
        {
            number |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] >= 0x80) continue;
            bytes = bytes[(i + 1)..];
            return true;
        }

        return false;
    }
}
