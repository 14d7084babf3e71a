using System.Buffers.Binary;

namespace AkkaKv.Protocol;

/// <summary>A value of <see cref="AkkaKvDistributedCache"/> with its times, all in milliseconds since 1970 (UTC), as it is stored.</summary>
/// <remarks>
/// Layout, little endian: version (1 byte, 1), when it was set (8), until when it is there (8), the latest that a read may put this off to
/// (8), the sliding window (8), then the value. <see cref="Never"/> stands for no end, 0 for no window.
/// </remarks>
/// <param name="SetAt">When it was set; a refresh keeps it.</param>
/// <param name="Until">From then on it is not there.</param>
/// <param name="Latest">The absolute expiry.</param>
/// <param name="Window">The sliding expiration.</param>
/// <param name="Value">The bytes.</param>
internal readonly record struct CacheEntry(long SetAt, long Until, long Latest, long Window, ReadOnlyMemory<byte> Value)
{
    /// <summary>No end.</summary>
    public const long Never = long.MaxValue;

    private const byte FormatVersion = 1;
    private const int HeaderBytes = 1 + 4 * sizeof(long);

    /// <summary>An entry that is set now.</summary>
    /// <param name="now">Now.</param>
    /// <param name="latest">Its absolute expiry, or <see cref="Never"/>.</param>
    /// <param name="window">Its sliding expiration, or 0.</param>
    /// <param name="value">The bytes.</param>
    public static CacheEntry Set(long now, long latest, long window, ReadOnlyMemory<byte> value) =>
        new CacheEntry(now, latest, latest, window, value).Touched(now);

    /// <summary>
    /// The same, read now. Its end is put off by an eighth of the window more than was asked for, so that reads within that time need not
    /// write it again (<see cref="NeedsTouch"/>), and yet it never goes early.
    /// </summary>
    public CacheEntry Touched(long now) =>
        Window == 0 ? this : this with { Until = Window >= Never - now - Window / 8 ? Latest : Math.Min(Latest, now + Window + Window / 8) };

    /// <summary>True if a reader finds it.</summary>
    public bool IsThere(long now) => now < Until;

    /// <summary>True if it would go before the window that begins with a read now has passed, and can be put off.</summary>
    public bool NeedsTouch(long now) => Window != 0 && Until < Latest && Until - now < Window;

    /// <summary>Its bytes.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[HeaderBytes + Value.Length];
        bytes[0] = FormatVersion;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), SetAt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(9), Until);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(17), Latest);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(25), Window);
        Value.Span.CopyTo(bytes.AsSpan(HeaderBytes));
        return bytes;
    }

    /// <summary>The entry of these bytes; null if they are none, such as those of a key that something else has written.</summary>
    public static CacheEntry? Decode(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < HeaderBytes || bytes.Span[0] != FormatVersion) return null;
        var header = bytes.Span;
        return new CacheEntry(
            BinaryPrimitives.ReadInt64LittleEndian(header[1..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[9..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[17..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[25..]),
            bytes[HeaderBytes..]);
    }
}
