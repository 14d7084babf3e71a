using System.IO.Hashing;

namespace AkkaKv.Storage;

/// <summary>
/// A Bloom filter (1970) whose bits for one key all lie in one cache line of 64 bytes, so that a lookup misses the cache once (the blocked
/// variant of Putze, Sanders and Singler, 2007). The high bits of the key's XxHash3 choose the line; a second mix of the hash is
/// cut in up to seven pieces of nine bits, each naming one of the line's 512 bits.
/// </summary>
internal static class BloomFilter
{
    private const int LineBytes = 64;
    private const int ProbeBits = 9;
    private const int MaxProbes = 64 / ProbeBits;

    public static ulong Hash(ReadOnlySpan<byte> key) => XxHash3.HashToUInt64(key);

    /// <summary>The filter's bytes: its lines, then one byte with the number of probes.</summary>
    public static byte[] Build(IReadOnlyCollection<ulong> hashes, int bitsPerKey)
    {
        // ln 2 times the bits per key sets half of the bits, which is the best that a plain filter can do.
        var probes = Math.Clamp((int)Math.Round(bitsPerKey * 0.69), 1, MaxProbes);
        var lines = Math.Max(1, (hashes.Count * (long)bitsPerKey + LineBytes * 8 - 1) / (LineBytes * 8));
        var filter = new byte[lines * LineBytes + 1];
        filter[^1] = (byte)probes;

        foreach (var hash in hashes)
        {
            var line = Line(filter, hash);
            var bits = Mix(hash);
            for (var probe = 0; probe < probes; probe++, bits >>= ProbeBits)
                filter[line + (int)((bits >> 3) & (LineBytes - 1))] |= (byte)(1 << (int)(bits & 7));
        }

        return filter;
    }

    /// <summary>False only if no key of this hash was put in.</summary>
    public static bool MayContain(ReadOnlySpan<byte> filter, ulong hash)
    {
        var line = filter.Slice(Line(filter, hash), LineBytes);
        var bits = Mix(hash);
        for (var probe = filter[^1]; probe > 0; probe--, bits >>= ProbeBits)
        {
            if ((line[(int)((bits >> 3) & (LineBytes - 1))] & (1 << (int)(bits & 7))) == 0)
                return false;
        }

        return true;
    }

    private static int Line(ReadOnlySpan<byte> filter, ulong hash) =>
        (int)Math.BigMul(hash, (ulong)(filter.Length / LineBytes), out _) * LineBytes;

    private static ulong Mix(ulong hash)
    {
        var mixed = hash * 0x9E37_79B9_7F4A_7C15;
        return mixed ^ (mixed >> 32);
    }
}
