namespace AkkaKv.Simulation.Tests;

/// <summary>The clocks of one node over virtual time: a monotonic one that is right, and a physical one that may be anywhere.</summary>
internal sealed class NodeClock : TimeProvider
{
    private static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly EventQueue _events;

    public NodeClock(EventQueue events) => _events = events;

    /// <summary>How far the physical clock is ahead of virtual time; may jump.</summary>
    public TimeSpan Lead
    {
        get;
        set
        {
            if (value != field) JumpedAt = _events.Now;
            field = value;
        }
    }

    /// <summary>When it jumped last, in virtual microseconds; long ago if never.</summary>
    public long JumpedAt { get; private set; } = long.MinValue / 2;

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => _events.Now;

    public override DateTimeOffset GetUtcNow() => Beginning + Lead + TimeSpan.FromMicroseconds(_events.Now);
}
