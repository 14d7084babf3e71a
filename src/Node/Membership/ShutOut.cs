using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>A node that the others have shut out of their Akka cluster: its actor system cannot talk to them any more, and no data is lost.</summary>
/// <param name="Reason">What happened, for people.</param>
/// <param name="Through">Members of the ring to join the cluster through; empty for any.</param>
internal sealed record ShutOut(string Reason, IReadOnlyList<ReplicaId> Through);

/// <summary>
/// Tells when the others have shut this node out, and whether it is for this node to come back to them or for them to come to it. Plain
/// state; views and time (monotonic milliseconds) come as arguments.
/// </summary>
/// <remarks>
/// <para>Three signs. <b>Removed</b>: Akka says so itself. <b>Quarantined</b>: a peer refuses every message of this actor system, most often
/// because its side of a partition has removed this one. <b>Two clusters</b>: members that are heard are in another Akka cluster, for
/// some time now; such never merge by themselves.</para>
/// <para>Where both sides have shut each other out, only one may give its cluster up. The side with more members of the ring stays; of two
/// equal ones that with the lowest replica id. Quarantine by one member alone, between two that share a cluster, heals by nothing else, so
/// after <see cref="PatienceMilliseconds"/> a node of the staying side comes back as well.</para>
/// </remarks>
internal sealed class ShutOutWatch
{
    /// <summary>Two clusters that are found for so long will not become one by themselves.</summary>
    public const long SettleMilliseconds = 15_000;

    /// <summary>The staying side gives those of the other one so long to come back.</summary>
    public const long PatienceMilliseconds = 120_000;

    private readonly ReplicaId _self;
    private readonly Dictionary<ReplicaId, long> _quarantinedSince = [];
    private ImmutableArray<ReplicaId> _side = [];
    private string? _removed;
    private long? _apartSince;

    /// <summary>Nothing has happened.</summary>
    public ShutOutWatch(ReplicaId self) => _self = self;

    /// <summary>Place of this node among those of its side: who comes back first.</summary>
    public int Turn => Math.Max(0, _side.Order().ToList().IndexOf(_self));

    /// <summary>A member has told this actor system that it takes no message of it.</summary>
    public void Quarantined(ReplicaId by, long now) => _quarantinedSince.TryAdd(by, now);

    /// <summary>Akka has removed this node, or will.</summary>
    public void Removed(string reason) => _removed ??= reason;

    /// <summary>Whether this node has to come back now; null while not.</summary>
    /// <param name="akka">The Akka cluster as this node sees it.</param>
    /// <param name="ring">The ring.</param>
    /// <param name="latest">The latest sign of a member that is heard now; null for one that is not.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    public ShutOut? Look(AkkaView akka, Ring ring, Func<ReplicaId, SignOfLife?> latest, long now)
    {
        // One that is heard again has taken back what it did, or is another process.
        foreach (var by in _quarantinedSince.Keys.Where(by => latest(by) is not null || ring.MemberOf(by) is null).ToList()) _quarantinedSince.Remove(by);
        var members = ring.Members.Select(member => member.ReplicaId).ToList();
        if (!akka.Connected.IsEmpty) _side = [.. akka.Connected.Except(_quarantinedSince.Keys)];
        if (_removed is not null) return new ShutOut(_removed, [.. members.Where(member => member != _self && latest(member) is { AkkaMembers: > 0 })]);

        if (_quarantinedSince.Count > 0)
        {
            var stays = 2 * _side.Length > members.Count || (2 * _side.Length == members.Count && _side.Contains(members.Min()));
            if (!stays || now - _quarantinedSince.Values.Min() >= PatienceMilliseconds)
                return new ShutOut($"{Names(ring, _quarantinedSince.Keys)} took no message of it any more (quarantine)", [.. _quarantinedSince.Keys.Order()]);
        }

        var others = members.Where(member => member != _self && IsElsewhere(akka, member, latest(member))).ToList();
        _apartSince = others.Count == 0 ? null : _apartSince ?? now;
        return now - _apartSince >= SettleMilliseconds
            ? new ShutOut($"{Names(ring, others)} and it were in two Akka clusters, and theirs is the larger one", [.. others])
            : null;
    }

    /// <summary>True if a member is heard that is in another Akka cluster, before which this node's has to give way.</summary>
    private static bool IsElsewhere(AkkaView akka, ReplicaId member, SignOfLife? sign)
    {
        if (!akka.IsMember || sign is not { AkkaMembers: > 0, SharesAkka: false } || akka.Holds(member, sign.AkkaUid)) return false;
        return sign.AkkaMembers != akka.Connected.Length ? sign.AkkaMembers > akka.Connected.Length : sign.AkkaLowest < akka.Lowest;
    }

    private static string Names(Ring ring, IEnumerable<ReplicaId> members) =>
        string.Join(" and ", members.Select(member => ring.MemberOf(member)?.Name ?? member.ToString()).Order(StringComparer.Ordinal));
}
