namespace AkkaKv.Node;

/// <summary>How long a node waits before it doubts a member, and before it trusts one again. Milliseconds.</summary>
/// <param name="Interval">Between two signs of life to the same member; from 10.</param>
/// <param name="SuspectAfter">A member that gave no sign, or answered none, for so long is suspected; at least four intervals.</param>
/// <param name="TrustAfter">
/// A member that was suspected is trusted again when it was heard for so long without a gap; twice as long for each time that it was
/// lost within the last minute, up to eight times.
/// </param>
public sealed record LivenessSettings(long Interval, long SuspectAfter, long TrustAfter)
{
    /// <summary>What is later than this is late, and nothing worse yet.</summary>
    internal long LateAfter => 4 * Interval;
}
