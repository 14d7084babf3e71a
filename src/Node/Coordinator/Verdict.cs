using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>What a coordinator may say by its clock. A clock that is off says nothing: the request goes to another owner.</summary>
internal static class Verdict
{
    /// <summary>What to answer instead where a record's expiry would have to be judged, else null.</summary>
    public static ClockOff? FaultOf(CoordinatorEnvironment environment, Ring ring, Record? shown) =>
        shown is null || !shown.DependsOnClock() || environment.Clocks.MayJudge ? null : Off(environment, ring);

    /// <summary>What to answer to a write that would be stamped or be given an expiry, else null.</summary>
    /// <remarks>
    /// An expiry set by a clock that is behind would be over for the others before its time, and the write lost; so there both directions
    /// count, where for a stamp only a clock that is ahead does harm.
    /// </remarks>
    public static ClockOff? FaultOf(CoordinatorEnvironment environment, Ring ring, WriteRequest request, ConflictPolicy policy)
    {
        var isRefused = (policy == ConflictPolicy.LastWriteWins && !environment.Clocks.MayStamp)
            || (request is Put { TimeToLive: not null } && !environment.Clocks.MayJudge);
        return isRefused ? Off(environment, ring) : null;
    }

    private static ClockOff Off(CoordinatorEnvironment environment, Ring ring)
    {
        environment.Meters.ClockRefusals.Add(1);
        return environment.Clocks.Off(ring.NameOf(environment.Self));
    }
}
