using System.Collections.Immutable;

namespace AkkaKv.Protocol;

/// <summary>Folds the copies of writes that were sent more than once, for a reader.</summary>
/// <remarks>
/// A write is <em>superseded by</em> another if the other's writer saw a repeated copy of it. All copies of a superseded write are hidden
/// with it, except where two writes superseded each other, directly or round about: then neither is a later word than the other, and
/// both are shown. So whatever is hidden is superseded by something that is shown, and something always is.
/// </remarks>
internal static class RepeatedWrites
{
    public static Sibling[] Fold(ImmutableArray<Sibling> siblings, ImmutableArray<SupersededRetry> superseded)
    {
        if (siblings.Length == 1) return [siblings[0]];
        var hidden = Hidden(siblings, superseded);
        var shown = new List<Sibling>(siblings.Length);
        foreach (var sibling in siblings)
        {
            if (!hidden.Contains(sibling.WriteId.AsFirst()) && !shown.Exists(lower => lower.IsSameWriteAs(sibling))) shown.Add(sibling);
        }

        return [.. shown];
    }

    private static HashSet<WriteId> Hidden(ImmutableArray<Sibling> siblings, ImmutableArray<SupersededRetry> superseded)
    {
        var byWrite = siblings.ToLookup(sibling => sibling.WriteId.AsFirst());
        var copies = superseded.Where(copy => byWrite.Contains(copy.WriteId)).ToLookup(copy => copy.WriteId, copy => copy.Dot);
        var above = copies.ToDictionary(group => group.Key, Above);
        return [.. above.Keys.Where(write => above[write].Any(higher => !IsAbove(write, higher)))];

        // Every write that superseded this one, directly or round about.
        HashSet<WriteId> Above(IGrouping<WriteId, Dot> write)
        {
            var found = new HashSet<WriteId>();
            var next = new Queue<WriteId>([write.Key]);
            while (next.TryDequeue(out var lower))
            {
                foreach (var sibling in siblings)
                {
                    var higher = sibling.WriteId.AsFirst();
                    if (higher != lower && copies[lower].Any(sibling.Past.Covers) && found.Add(higher)) next.Enqueue(higher);
                }
            }

            return found;
        }

        bool IsAbove(WriteId higher, WriteId lower) => above.TryGetValue(lower, out var found) && found.Contains(higher);
    }
}
