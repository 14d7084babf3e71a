using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace AkkaKv.Storage;

/// <summary>Looks one key up in a block, without an allocation and without ever putting a key together.</summary>
/// <remarks>
/// Restart points carry whole keys, so halving compares in place. From the last restart point that is not behind the key, entries are met in
/// order, and it is enough to know how many bytes the entry before has in common with the key. An entry that shares more than that with
/// its predecessor differs from the key where the predecessor did: it is before the key, unread. One that shares less has
/// grown where they agreed: it is behind the key. Only one that shares exactly as much is compared, from there on.
/// </remarks>
internal static class BlockSearch
{
    /// <exception cref="CorruptionException">The content is not what a builder makes.</exception>
    public static bool TryFind(Block block, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> payload)
    {
        try
        {
            return Search(block.Span, block.RestartCount, key, out payload);
        }
        catch (InvalidDataException how)
        {
            throw block.Malformed(how.Message);
        }
    }

    private static bool Search(ReadOnlySpan<byte> content, int restartCount, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> payload)
    {
        var entries = content[..^(4 * (restartCount + 1))];
        var restarts = content[entries.Length..];

        // The last restart point at or before the key lies in [low, high).
        var (low, high) = (0, restartCount);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (KeyAt(entries, Restart(restarts, middle)).SequenceCompareTo(key) <= 0)
                low = middle;
            else
                high = middle;
        }

        var position = restartCount == 0 ? 0 : Restart(restarts, low);
        var end = low + 1 < restartCount ? Restart(restarts, low + 1) : entries.Length;
        if ((uint)position > (uint)end || (uint)end > (uint)entries.Length)
            throw new InvalidDataException("a restart point lies outside the block");
        return Walk(entries[..end], position, key, out payload);
    }

    private static bool Walk(ReadOnlySpan<byte> entries, int position, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        var keyLength = 0;
        var matched = 0;
        while (position < entries.Length)
        {
            var entry = ReadEntry(entries, ref position);
            if (entry.Shared > keyLength)
                throw new InvalidDataException("an entry shares more than there is");
            keyLength = entry.Shared + entry.Rest.Length;

            if (entry.Shared < matched)
                return false;

            if (entry.Shared == matched)
            {
                var rest = entry.Rest;
                var unmatched = key[matched..];
                var common = rest.CommonPrefixLength(unmatched);
                matched += common;
                if (common == unmatched.Length)
                {
                    payload = entries.Slice(position, entry.PayloadBytes);
                    return common == rest.Length;
                }

                if (common < rest.Length && rest[common] > unmatched[common])
                    return false;
            }

            position += entry.PayloadBytes;
        }

        return false;
    }

    private static ReadOnlySpan<byte> KeyAt(ReadOnlySpan<byte> entries, int position)
    {
        var entry = ReadEntry(entries, ref position);
        return entry.Shared == 0 ? entry.Rest : throw new InvalidDataException("the entry at a restart point has no whole key");
    }

    private static int Restart(ReadOnlySpan<byte> restarts, int index) => BinaryPrimitives.ReadInt32LittleEndian(restarts[(4 * index)..]);

    /// <summary>Reads the entry at a position and leaves the position at its payload.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Entry ReadEntry(ReadOnlySpan<byte> entries, scoped ref int position)
    {
        var shared = ReadNumber(entries, ref position);
        var unshared = ReadNumber(entries, ref position);
        var payload = ReadNumber(entries, ref position);
        var left = (ulong)(entries.Length - position);
        if (unshared > left || payload > left - unshared || shared > int.MaxValue / 2)
            throw new InvalidDataException("an entry is cut short");

        var rest = entries.Slice(position, (int)unshared);
        position += (int)unshared;
        return new Entry((int)shared, rest, (int)payload);
    }

    /// <summary>Most numbers have one byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadNumber(ReadOnlySpan<byte> source, scoped ref int position)
    {
        if ((uint)position >= (uint)source.Length || source[position] >= 0x80)
            return Varint.Read(source, ref position);
        return source[position++];
    }

    private readonly ref struct Entry(int shared, ReadOnlySpan<byte> rest, int payloadBytes)
    {
        public readonly int Shared = shared;
        public readonly ReadOnlySpan<byte> Rest = rest;
        public readonly int PayloadBytes = payloadBytes;
    }
}
