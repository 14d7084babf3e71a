using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// How this node's physical clock stands to its peers', and what may be done by it. Owns the node's hybrid clock. Safe for any number of
/// threads.
/// </summary>
/// <remarks>
/// <para>Physical clocks jump; the monotonic one does not. So what a peer's clock said is kept as its distance to this node's monotonic
/// clock, and this node's own physical clock is read at the moment of the question: a jump of it shows at once, before anything was stamped
/// with it, and not when the next message comes.</para>
/// <para>A message that was long on its way makes its sender look late, never early. Of what a peer said in two windows of
/// <see cref="WindowMilliseconds"/> the earliest-looking counts. A peer that was not heard for <see cref="ForgetMilliseconds"/> no longer
/// counts.</para>
/// <para>With an even number of peers the median is everything between the middle two, and what counts is the way to the nearer end: of
/// three nodes with one wrong clock, the two right ones stay within it.</para>
/// </remarks>
internal sealed class ClockWatch
{
    /// <summary>How far a clock may be off the median of its peers'.</summary>
    public const long ToleranceMilliseconds = 1000;

    /// <summary>A value is dropped so long after it has expired.</summary>
    public const long DropAfterMilliseconds = 60 * 60 * 1000;

    private const long WindowMilliseconds = 2000;
    private const long RecentMilliseconds = 60 * 1000;
    private const long ForgetMilliseconds = 10 * 60 * 1000;

    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<ReplicaId, Heard> _peers = [];
    private int _members;

    /// <summary>A watch that has heard nobody.</summary>
    public ClockWatch(TimeProvider time)
    {
        _time = time;
        Hybrid = new HybridLogicalClock(new BoundedTime(this));
    }

    /// <summary>
    /// The node's hybrid clock. It takes its physical time no further ahead than the tolerance from what the peers say, so a jump of this
    /// node's clock neither reaches a stamp nor stays in the hybrid clock when it is over.
    /// </summary>
    public HybridLogicalClock Hybrid { get; }

    /// <summary>The physical clock, milliseconds since 1970 (UTC).</summary>
    public long PhysicalMilliseconds => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>How far this clock is ahead of the median of its peers', in milliseconds; negative if behind; 0 where nobody was heard.</summary>
    public long LeadMilliseconds
    {
        get
        {
            lock (_gate) return Lead(out _);
        }
    }

    /// <summary>True if stamps may be given by it: it is not ahead, and the hybrid clock is not ahead of it.</summary>
    public bool MayStamp => LeadMilliseconds <= ToleranceMilliseconds && !Hybrid.IsAhead;

    /// <summary>True if it may say what has expired, and when something will.</summary>
    public bool MayJudge => Math.Abs(LeadMilliseconds) <= ToleranceMilliseconds;

    /// <summary>
    /// Values that expired at this moment or before may be dropped (milliseconds since 1970); null while none may. That takes a clock that a
    /// majority of the members stands for, itself included, by what they said within the last minute; a cluster of one trusts its own.
    /// </summary>
    public long? DropsBefore
    {
        get
        {
            lock (_gate)
            {
                var recent = _peers.Values.Count(peer => Monotonic.Milliseconds(_time) - peer.At <= RecentMilliseconds);
                var isChecked = _members > 0 && 2 * (1 + recent) > _members;
                return isChecked && Math.Abs(Lead(out var now)) <= ToleranceMilliseconds ? now - DropAfterMilliseconds : null;
            }
        }
    }

    /// <summary>Who belongs to the ring, this node included: nobody else's clock counts.</summary>
    public void Use(IEnumerable<ReplicaId> members)
    {
        var all = members.ToHashSet();
        lock (_gate)
        {
            _members = all.Count;
            foreach (var gone in _peers.Keys.Where(peer => !all.Contains(peer)).ToList()) _peers.Remove(gone);
        }
    }

    /// <summary>A peer's message has come.</summary>
    /// <param name="peer">Whose.</param>
    /// <param name="physicalMilliseconds">Its physical clock when it sent it; 0 if it did not say.</param>
    public void Observe(ReplicaId peer, long physicalMilliseconds)
    {
        if (physicalMilliseconds <= 0) return;
        lock (_gate)
        {
            var now = Monotonic.Milliseconds(_time);
            var offset = physicalMilliseconds - now;
            var (window, current, previous) = (now / WindowMilliseconds, offset, offset);
            if (_peers.TryGetValue(peer, out var last))
            {
                var isSame = last.Window == window;
                current = isSame ? Math.Max(last.Current, offset) : offset;
                previous = isSame ? last.Previous : last.Current;
            }

            _peers[peer] = new Heard(now, window, current, previous);
        }
    }

    /// <summary>What to answer to a request that needs a clock which this node does not have.</summary>
    public ClockOff Off(string node) => new(node, LeadMilliseconds is var lead && Math.Abs(lead) > ToleranceMilliseconds ? lead : HybridLead);

    private long HybridLead => Hybrid.Next().UnixMilliseconds - PhysicalMilliseconds;

    private long Lead(out long physical)
    {
        var monotonic = Monotonic.Milliseconds(_time);
        physical = PhysicalMilliseconds;
        var own = physical - monotonic;
        return own - Median(own, monotonic);
    }

    /// <summary>The place in the median of the peers that is nearest to a distance; that itself where nobody is heard.</summary>
    private long Median(long own, long monotonic)
    {
        var offsets = _peers.Values.Where(peer => monotonic - peer.At <= ForgetMilliseconds).Select(peer => peer.Offset).Order().ToList();
        return offsets.Count == 0 ? own : Math.Clamp(own, offsets[(offsets.Count - 1) / 2], offsets[offsets.Count / 2]);
    }

    /// <summary>What a peer's clock said, as its distance to the monotonic clock here.</summary>
    private readonly record struct Heard(long At, long Window, long Current, long Previous)
    {
        public long Offset => Math.Max(Current, Previous);
    }

    private sealed class BoundedTime(ClockWatch watch) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            var now = watch._time.GetUtcNow();
            var beyond = watch.LeadMilliseconds - ToleranceMilliseconds;
            return beyond > 0 ? now - TimeSpan.FromMilliseconds(beyond) : now;
        }
    }
}
