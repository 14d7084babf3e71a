using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>The conflict policy of every key, by a ring's rules. Immutable.</summary>
internal sealed class ConflictPolicies
{
    private readonly ImmutableArray<ConflictRule> _rules;

    /// <summary>Reads the rules; throws <see cref="InvalidDataException"/> if they contradict each other or are not understood.</summary>
    public ConflictPolicies(ImmutableArray<ConflictRule> rules)
    {
        _rules = [.. rules.OrderByDescending(rule => rule.Prefix.Length)];
        if (rules.Select(rule => Convert.ToHexString(rule.Prefix.AsSpan())).Distinct().Count() < rules.Length)
            throw new InvalidDataException("A ring has two conflict rules for one prefix.");
        if (rules.FirstOrDefault(rule => !Enum.IsDefined(rule.Policy)) is { } unknown)
            throw new InvalidDataException($"A ring has the conflict policy {(int)unknown.Policy}, which this release does not know.");
    }

    /// <summary>The policy of a key: that of the longest prefix that fits.</summary>
    public ConflictPolicy Of(ReadOnlySpan<byte> key)
    {
        foreach (var rule in _rules)
        {
            if (key.StartsWith(rule.Prefix.AsSpan())) return rule.Policy;
        }

        return ConflictPolicy.Siblings;
    }
}
