using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// What a node may do by its clock, judged by the true clocks: where it has heard peers, and none of them jumped lately, it could know.
/// </summary>
internal static class ClockModel
{
    /// <summary>The tolerance, and as much as the slowest message makes a clock look late.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(1_500);

    /// <summary>What a clock said before it fell back counts for so long.</summary>
    private const long MemoryMicroseconds = 6_000_000;

    /// <summary>A write that is about to get its dot.</summary>
    public static void Stamps(Attempt attempt, MintRequest mint, bool isLastWriteWins)
    {
        var timeToLive = (attempt.Request as Put)?.TimeToLive;
        var expected = timeToLive is { } time ? attempt.Node.Time.GetUtcNow().ToUnixTimeMilliseconds() + (long)time.TotalMilliseconds : (long?)null;
        if (mint.ExpiresAtUnixMilliseconds != expected)
            throw new SimulationFault($"{attempt} is to expire at {mint.ExpiresAtUnixMilliseconds}, not at {expected}.");
        if (LeadOf(attempt.Node) is not { } lead) return;
        if ((isLastWriteWins && lead > Tolerance) || (timeToLive is not null && lead.Duration() > Tolerance))
            throw new SimulationFault($"{attempt} is stamped by a clock that is {lead} ahead.");
    }

    /// <summary>A read that is answered.</summary>
    public static void Judges(Attempt attempt, KeyHistory history)
    {
        if (LeadOf(attempt.Node) is not { } lead || lead.Duration() <= Tolerance) return;
        if (history.DecisiveOf(attempt.Read).FirstOrDefault(birth => birth.ExpiresAt is not null) is { } expiring)
            throw new SimulationFault($"{attempt} judges the expiry of {expiring} by a clock that is {lead} ahead.");
    }

    /// <summary>A value is about to be dropped: an hour after its expiry, by the clock that is right.</summary>
    public static void Drops(SimNode node, Record before, Record after)
    {
        var now = node.Time.GetUtcNow() - node.Time.Lead;
        foreach (var (had, has) in before.Siblings.Zip(after.Siblings))
        {
            if (had.DroppedValueHash is not null || has.DroppedValueHash is null) continue;
            node.Simulation.Checker.Sight("value dropped");
            if (now + TimeSpan.FromSeconds(10) < DateTimeOffset.FromUnixTimeMilliseconds(had.ExpiresAtUnixMilliseconds!.Value).AddHours(1))
                throw new SimulationFault($"{node} drops the value of {had.Dot} at {now:O}, which expires at {had.ExpiresAtUnixMilliseconds}.");
        }
    }

    private static TimeSpan? LeadOf(SimNode node)
    {
        var peers = node.HeardFrom;
        if (peers.Count == 0 || peers.Any(peer => node.Simulation.Events.Now - peer.Time.JumpedAt < MemoryMicroseconds)) return null;
        var leads = peers.Select(peer => peer.Time.Lead).Order().ToList();
        var (low, high) = (leads[(leads.Count - 1) / 2], leads[leads.Count / 2]);
        var own = node.Time.Lead;
        return own > high ? own - high : own < low ? own - low : TimeSpan.Zero;
    }
}
