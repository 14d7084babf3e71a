namespace AkkaKv.Benchmarks;

/// <summary>A request of an open load.</summary>
/// <param name="Row">Whose key.</param>
/// <param name="IsWrite">A synced write of the row's value with W=2; else a read with R=2.</param>
/// <param name="Due">When it fell due, <see cref="MonotonicClock"/>; its latency counts from then.</param>
/// <param name="Window">Where its end is counted.</param>
internal readonly record struct Offer(int Row, bool IsWrite, long Due, OfferWindow Window);

/// <summary>Who brings the requests of an open load to the nodes. Called by one thread; nothing here waits for an answer.</summary>
/// <param name="deadline">From the moment when a request is due; who asked has given up then.</param>
internal abstract class OfferTarget(TimeSpan deadline) : IAsyncDisposable
{
    /// <summary>From the moment when a request is due; who asked has given up then.</summary>
    public TimeSpan Deadline { get; } = deadline;

    /// <summary>Begins a request, now or with the next <see cref="Flush"/>.</summary>
    public abstract void Begin(in Offer offer);

    /// <summary>Sends what has gathered.</summary>
    public virtual void Flush()
    {
    }

    public abstract ValueTask DisposeAsync();
}
