using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Compares two lists of records by token and hash.</summary>
internal static class EntryDifference
{
    /// <summary>
    /// The tokens under which the first list has a hash that the second lacks, and the other way round; a token may be in both. Two keys of one
    /// token have different hashes, so neither hides the other.
    /// </summary>
    /// <param name="far">The first list; its tokens ascend.</param>
    /// <param name="near">The second.</param>
    /// <param name="until">Tokens from here on are left out; null for none.</param>
    public static (ImmutableArray<ulong> OnlyFar, ImmutableArray<ulong> OnlyNear) Of(LeafEntries far, LeafEntries near, ulong? until)
    {
        var onlyFar = ImmutableArray.CreateBuilder<ulong>();
        var onlyNear = ImmutableArray.CreateBuilder<ulong>();
        for (var (i, j) = (0, 0); i < far.Tokens.Length || j < near.Tokens.Length;)
        {
            var token = Math.Min(i < far.Tokens.Length ? far.Tokens[i] : ulong.MaxValue, j < near.Tokens.Length ? near.Tokens[j] : ulong.MaxValue);
            if (token >= until) break;
            var left = Take(far, ref i, token);
            var right = Take(near, ref j, token);
            if (left.Except(right).Any()) onlyFar.Add(token);
            if (right.Except(left).Any()) onlyNear.Add(token);
        }

        return (onlyFar.ToImmutable(), onlyNear.ToImmutable());
    }

    /// <summary>What of an offer is not held as it was offered.</summary>
    public static ImmutableArray<ulong> Lacking(EntryOffer offer, LeafEntries held) =>
        Of(new LeafEntries(offer.Tokens, offer.Hashes, IsEnd: true, 0), held, until: null).OnlyFar;

    private static ImmutableArray<ulong> Take(LeafEntries entries, ref int at, ulong token)
    {
        var first = at;
        while (at < entries.Tokens.Length && entries.Tokens[at] == token) at++;
        return entries.Hashes.AsSpan(first, at - first).ToImmutableArray();
    }
}
