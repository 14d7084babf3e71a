using Akka.Configuration;

namespace AkkaKv.Node;

/// <summary>When a node is removed from the Akka cluster, and how one that was removed comes back.</summary>
public sealed record MembershipSettings
{
    /// <summary>A member of the Akka cluster that is unreachable for so long is removed from it, where a majority of the ring can be reached.</summary>
    public required TimeSpan DownAfter { get; init; }

    /// <summary>Nodes that were shut out come back one after the other, so far apart.</summary>
    public required TimeSpan RejoinStagger { get; init; }

    /// <summary>The longest that a node waits which is shut out again and again.</summary>
    public required TimeSpan RejoinBackOffLimit { get; init; }
}

public sealed partial record NodeSettings
{
    private static LivenessSettings ReadLiveness(Config config)
    {
        const string Interval = "akkakv.liveness.interval";
        var interval = Duration(config, Interval, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10));
        return new LivenessSettings(
            (long)interval.TotalMilliseconds,
            (long)Duration(config, "akkakv.liveness.suspect-after", 4 * interval, TimeSpan.FromMinutes(1)).TotalMilliseconds,
            (long)Duration(config, "akkakv.liveness.trust-after", interval, TimeSpan.FromMinutes(1)).TotalMilliseconds);
    }

    private static MembershipSettings ReadMembership(Config config) => new()
    {
        DownAfter = Duration(config, "akkakv.downing.after", TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)),
        RejoinStagger = Duration(config, "akkakv.rejoin.stagger", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)),
        RejoinBackOffLimit = Duration(config, "akkakv.rejoin.back-off-limit", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
    };
}
