using System.Collections.Immutable;
using System.Text;
using Akka.Configuration;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

public sealed partial record NodeSettings
{
    private const string Conflicts = "akkakv.cluster.conflicts";
    private const string Siblings = "siblings";
    private const string LastWriteWins = "last-write-wins";

    private static ImmutableArray<ConflictRule> ReadConflictRules(Config config)
    {
        var byDefault = Text(config, $"{Conflicts}.default") switch
        {
            Siblings => ConflictPolicy.Siblings,
            LastWriteWins => ConflictPolicy.LastWriteWins,
            var other => throw Wrong($"{Conflicts}.default", $"is '{other}'; it must be {Siblings} or {LastWriteWins}"),
        };
        var rules = ImmutableArray.CreateBuilder<ConflictRule>();
        if (byDefault != ConflictPolicy.Siblings) rules.Add(new ConflictRule([], byDefault));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, policy) in new[] { (Siblings, ConflictPolicy.Siblings), (LastWriteWins, ConflictPolicy.LastWriteWins) })
        {
            var key = $"{Conflicts}.{name}";
            foreach (var prefix in List(config, key))
            {
                if (prefix.Length == 0) throw Wrong(key, $"holds an empty prefix; the policy of all other keys is {Conflicts}.default");
                if (Encoding.UTF8.GetByteCount(prefix) > KeyLimits.MaximumBytes)
                    throw Wrong(key, $"holds a prefix longer than a key, which has at most {KeyLimits.MaximumBytes} bytes");
                if (!seen.Add(prefix)) throw Wrong(key, $"holds '{prefix}', which is listed before");
                rules.Add(new ConflictRule([.. Encoding.UTF8.GetBytes(prefix)], policy));
            }
        }

        return rules.ToImmutable();
    }

    private static SiblingLimits ReadSiblingLimits(Config config)
    {
        var maximumCount = Number(config, "akkakv.limits.siblings", 1, Record.MaximumSiblings);
        var maximumBytes = Number(config, "akkakv.limits.record-bytes", 1024 * 1024, Record.MaximumBytes);
        return new SiblingLimits(
            Number(config, "akkakv.limits.siblings-warn", 2, Record.MaximumSiblings),
            maximumCount,
            Number(config, "akkakv.limits.record-bytes-warn", 1, Record.MaximumBytes),
            maximumBytes);
    }
}
