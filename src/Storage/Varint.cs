namespace AkkaKv.Storage;

/// <summary>Unsigned integers in 1 to 10 bytes: seven bits a byte, lowest first, the high bit says that another byte follows.</summary>
internal static class Varint
{
    public const int MaxBytes = 10;

    public static int Write(Span<byte> target, ulong number)
    {
        var length = 0;
        while (number >= 0x80)
        {
            target[length++] = (byte)(number | 0x80);
            number >>= 7;
        }

        target[length++] = (byte)number;
        return length;
    }

    /// <summary>
    /// Reads at <paramref name="position"/> and moves it on; throws <see cref="InvalidDataException"/> if there is no varint.
    /// </summary>
    public static ulong Read(ReadOnlySpan<byte> source, scoped ref int position)
    {
        ulong number = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if ((uint)position >= (uint)source.Length)
                break;

            var next = source[position++];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return number;
        }

        throw new InvalidDataException("a number is cut short");
    }

    /// <summary>Reads a length-prefixed run of bytes; throws <see cref="InvalidDataException"/> if it reaches beyond the source.</summary>
    public static ReadOnlySpan<byte> ReadBytes(ReadOnlySpan<byte> source, scoped ref int position)
    {
        var length = Read(source, ref position);
        if (length > (ulong)(source.Length - position))
            throw new InvalidDataException("a run of bytes is cut short");

        var bytes = source.Slice(position, (int)length);
        position += (int)length;
        return bytes;
    }
}
