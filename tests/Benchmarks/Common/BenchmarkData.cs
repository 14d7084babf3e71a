using System.Buffers.Binary;
using System.Numerics;

namespace AkkaKv.Benchmarks;

/// <summary>
/// The rows, a function of their number alone, so every system gets the same ones and nothing has to be kept. Keys are numbers of 16 digits.
/// Half of a value is random, and the other half repeats it: a compressor that works saves about half.
/// </summary>
internal sealed class BenchmarkData(int rows, int valueBytes)
{
    public const int KeyBytes = 16;
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    private readonly int _bits = Math.Max(2, BitOperations.Log2((uint)Math.Max(2, rows - 1)) + 1);

    public int Rows { get; } = rows;

    public int ValueBytes { get; } = valueBytes;

    public long UserBytes => (long)Rows * (KeyBytes + ValueBytes);

    public static void Key(long number, Span<byte> key)
    {
        for (var digit = KeyBytes - 1; digit >= 0; digit--, number /= 10)
            key[digit] = (byte)('0' + number % 10);
    }

    /// <summary>A key between two others that is never written.</summary>
    public static void MissingKey(long number, Span<byte> key)
    {
        Key(number, key);
        key[^1] |= 0x40;
    }

    public void Value(long number, Span<byte> value)
    {
        var state = (ulong)number * Golden + 1;
        var half = value[..(ValueBytes / 2)];
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        for (var at = 0; at < half.Length; at += sizeof(ulong))
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            BinaryPrimitives.WriteUInt64LittleEndian(word, state);
            word[..Math.Min(word.Length, half.Length - at)].CopyTo(half[at..]);
        }

        half.CopyTo(value[half.Length..]);
    }

    /// <summary>The row at a place of a fixed shuffle: a bijection on [0, rows), so a random fill writes every key once.</summary>
    public int Shuffled(int place)
    {
        var mask = (1u << _bits) - 1;
        var shuffled = (uint)place;
        do
        {
            for (var round = 0; round < 3; round++)
            {
                shuffled = (shuffled * 0x9E37_79B1u + 0x7F4A_7C15u) & mask;
                shuffled ^= shuffled >> (_bits / 2);
            }
        }
        while (shuffled >= Rows);

        return (int)shuffled;
    }
}
