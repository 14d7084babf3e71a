using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>A member to be removed from the Akka cluster, and why.</summary>
internal sealed record Downing(Address Address, string Reason);

/// <summary>
/// Decides who is removed from the Akka cluster. Plain state; the view, the verdicts and the time come as arguments.
/// </summary>
/// <remarks>
/// <para>While any member is unreachable, Akka can agree on nothing: a node that was started again cannot join while another one is away. So
/// the dead must be removed in the end. To be removed costs a node its actor system (the others quarantine it), and no data; still it is
/// done late, and never on both sides of a partition.</para>
/// <para>Removed is, at once, an actor system of which a newer one of the same replica has shaken hands here: it cannot be alive. Any other
/// member only when Akka has called it unreachable, and two witnesses down, for the whole of a long time, in all of which this node has
/// reached more than half of the ring's members. A member of the Akka cluster that is none of the ring has no witnesses; Akka's word does.
/// This node itself is never removed by its own decision.</para>
/// </remarks>
internal sealed class RingMajorityDowning
{
    private readonly long _after;

    /// <summary>Since when somebody could be removed, and since when they would be if this node reached a majority.</summary>
    private readonly Dictionary<(Address, int), Clock> _clocks = [];

    /// <summary>Nobody is known.</summary>
    /// <param name="after">How long a member must be away.</param>
    public RingMajorityDowning(TimeSpan after) => _after = (long)after.TotalMilliseconds;

    private sealed record Clock(long Since, long? WithMajoritySince)
    {
        public bool IsTold { get; init; }
    }

    /// <summary>Decides; called every second or so.</summary>
    /// <param name="akka">The Akka cluster now.</param>
    /// <param name="ring">The ring.</param>
    /// <param name="liveness">The verdicts.</param>
    /// <param name="isReachable">Whether this node reaches a member of the ring, itself included.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    /// <param name="withheld">Members that would be removed now if this node reached a majority: for an operator, told once each.</param>
    public IReadOnlyList<Downing> Decide(
        AkkaView akka, Ring ring, Liveness liveness, Func<ReplicaId, bool> isReachable, long now, out IReadOnlyList<Address> withheld)
    {
        var (total, reached) = (ring.Members.Count(), ring.Members.Count(member => isReachable(member.ReplicaId)));
        var hasMajority = 2 * reached > total;
        var (downings, kept) = (new List<Downing>(), new List<Address>());
        var candidates = akka.Members
            .Where(member => member.Address != akka.SelfAddress && member.Status is not (MemberStatus.Down or MemberStatus.Removed)).ToList();
        foreach (var gone in _clocks.Keys.Except(candidates.Select(member => (member.Address, member.Uid))).ToList()) _clocks.Remove(gone);

        foreach (var member in candidates)
        {
            var key = (member.Address, member.Uid);
            if (member.Replica is { } replica && liveness.IsSucceeded(replica, member.Uid))
            {
                downings.Add(new Downing(member.Address, "its replica has a newer actor system"));
                continue;
            }

            var isAway = member.IsUnreachable && (member.Replica is not { } known || liveness.StandingOf(known)?.Kind == StandingKind.Down);
            if (!isAway)
            {
                _clocks.Remove(key);
                continue;
            }

            var clock = _clocks.GetValueOrDefault(key) ?? new Clock(now, null);
            clock = clock with { WithMajoritySince = hasMajority ? clock.WithMajoritySince ?? now : null };
            if (now - clock.WithMajoritySince >= _after)
            {
                downings.Add(new Downing(member.Address, string.Create(
                    CultureInfo.InvariantCulture, $"it is out of reach for {(now - clock.Since) / 1000} s, and {reached} of {total} members of the ring are not")));
            }
            else if (!hasMajority && !clock.IsTold && now - clock.Since >= _after)
            {
                clock = clock with { IsTold = true };
                kept.Add(member.Address);
            }

            _clocks[key] = clock;
        }

        withheld = kept;
        return downings;
    }
}
