using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>So many of these owners.</summary>
/// <param name="DataCenter">Where they stand; empty for all data centres together, and in a ring of one.</param>
/// <param name="Owners">The owners that count.</param>
/// <param name="Required">How many; more than there are is not met by anybody.</param>
internal sealed record QuorumGroup(string DataCenter, ImmutableArray<ReplicaId> Owners, int Required)
{
    /// <summary>True if a node of that data centre, though no owner, may stand in here.</summary>
    public bool TakesFallbackOf(string dataCenter) => DataCenter.Length == 0 || DataCenter == dataCenter;
}

/// <summary>How many of a group there are.</summary>
/// <param name="Group">The group.</param>
/// <param name="Count">How many of it.</param>
internal readonly record struct GroupCount(QuorumGroup Group, int Count)
{
    /// <summary>How many more it takes.</summary>
    public int Lacking => Group.Required - Count;
}

/// <summary>
/// What a level of consistency asks of the owners of one key: so many of each of some groups, all at once. A node counts in every group
/// that it is in, and once in each.
/// </summary>
/// <remarks>
/// A number, <c>one</c> and the default are one group, the owners in the coordinator's data centre; so is <c>local-quorum</c>.
/// <c>quorum</c> and <c>all</c> are one group of all owners; <c>each-quorum</c> is one of each data centre. The default is the ring's W or
/// R, or all the owners of a data centre that has fewer: what W + R > N promises holds there then too. A partition under a move asks the
/// same of two lists of owners, which is a matter of more groups.
/// </remarks>
internal sealed record QuorumRequirement(Consistency Level, ImmutableArray<QuorumGroup> Groups)
{
    /// <summary>What a level asks of the owners of a partition.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="level">The level.</param>
    /// <param name="byDefault">The ring's W or R.</param>
    /// <param name="near">The coordinator's data centre, as the ring sees it (<see cref="Ring.DataCenterOf(ReplicaId)"/>).</param>
    public static QuorumRequirement Of(Ring ring, int partition, Consistency level, int byDefault, string near)
    {
        var owners = ring.OwnersOf(partition);
        return new QuorumRequirement(level, level switch
        {
            _ when level == Consistency.Quorum => [Of("", owners, Majority)],
            _ when level == Consistency.All => [Of("", owners, count => count)],
            _ when level == Consistency.EachQuorum => [.. ring.DataCenters.Select(name => Of(name, ring.OwnersIn(partition, name), Majority))],
            _ when level == Consistency.LocalQuorum => [Near(Majority)],
            _ when level == Consistency.Default => [Near(count => Math.Min(byDefault, count))],
            _ => [Near(_ => level.Code)],
        });

        QuorumGroup Near(Func<int, int> required) => Of(near, ring.OwnersIn(partition, near), required);
    }

    /// <summary>The group that lacks most, by a count of each.</summary>
    public GroupCount Weakest(Func<QuorumGroup, int> count) =>
        Groups.Select(group => new GroupCount(group, count(group))).MaxBy(weak => weak.Lacking);

    /// <summary>What to answer where a group cannot be met; null if every group can.</summary>
    /// <param name="isReachable">Whether an owner can be asked.</param>
    public NotEnoughReplicas? Unreachable(Func<ReplicaId, bool> isReachable)
    {
        var weakest = Weakest(group => group.Owners.Count(isReachable));
        return weakest.Lacking > 0 ? NotEnough(weakest) : null;
    }

    /// <summary>Too few in a group, and no more to come.</summary>
    public NotEnoughReplicas NotEnough(GroupCount weakest) =>
        new(weakest.Group.Required, weakest.Count) { Level = Level, DataCenter = weakest.Group.DataCenter };

    /// <summary>Too few in a group when the time was up.</summary>
    public RequestTimeout TimedOut(GroupCount weakest) =>
        new(weakest.Count, weakest.Group.Required) { Level = Level, DataCenter = weakest.Group.DataCenter };

    private static int Majority(int count) => count / 2 + 1;

    private static QuorumGroup Of(string dataCenter, ImmutableArray<RingMember> owners, Func<int, int> required) =>
        new(dataCenter, [.. owners.Select(owner => owner.ReplicaId)], required(owners.Length));
}
