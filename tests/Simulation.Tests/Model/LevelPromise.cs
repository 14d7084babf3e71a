using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// What a level promises of the nodes that answered, in a form that does not lean on how the product counts: so many at least of a set of
/// owners, for each set that the level names and for all of them together.
/// </summary>
internal sealed record LevelPromise(string Text, ImmutableArray<(ImmutableHashSet<ReplicaId> Owners, int Least)> Sets)
{
    public static LevelPromise Of(QuorumRequirement level)
    {
        var sets = level.Groups.Select(group => (Owners: group.Owners.ToImmutableHashSet(), Least: group.Required)).ToList();
        if (sets.Count > 1) sets.Add((sets.SelectMany(set => set.Owners).ToImmutableHashSet(), sets.Sum(set => set.Least)));
        return new LevelPromise(string.Join(';', sets.Select(set => $"{set.Least} of {string.Join(' ', set.Owners.Order())}")), [.. sets]);
    }

    /// <summary>True if some node is among those of both, whichever they are.</summary>
    public bool Meets(LevelPromise other) => Sets.Any(one => other.Sets.Any(two => one.Least + two.Least > one.Owners.Union(two.Owners).Count));

    public bool Equals(LevelPromise? other) => other is not null && Text == other.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
