namespace AkkaKv.Benchmarks;

/// <summary>Offers requests at a fixed rate from a thread with its own clock, whatever the answers do.</summary>
internal sealed class OpenLoad(OfferTarget target)
{
    private const int Seed = 1;

    /// <summary>Sleeping for less costs the driver more than it gains in evenness.</summary>
    private const long ShortestSleepNanoseconds = 200_000;

    private const long LongestSleepNanoseconds = 20_000_000;

    /// <summary>A driver that is further behind than that leaves requests out.</summary>
    private const long LateLimitNanoseconds = 100_000_000;

    /// <summary>So many overdue requests are begun before those that have gathered are sent.</summary>
    private const int BurstLimit = 256;

    /// <summary>What a thread of its own does at each moment at which a request is due.</summary>
    /// <param name="random">For what it is.</param>
    /// <param name="due">When.</param>
    public delegate Offer Choice(Random random, long due);

    /// <summary>Returns when the time is over, not when the answers are there; those that nobody offered are counted.</summary>
    /// <param name="perSecond">The rate.</param>
    /// <param name="begin">When it begins, <see cref="MonotonicClock"/>.</param>
    /// <param name="duration">How long.</param>
    /// <param name="choose">What is offered.</param>
    /// <param name="isOver">Ends it sooner.</param>
    /// <returns>Requests that fell due and were not offered, because the driver had no time.</returns>
    public Task<long> RunAsync(double perSecond, long begin, TimeSpan duration, Choice choose, Func<bool> isOver)
    {
        var end = begin + (long)duration.TotalNanoseconds;
        return Task.Factory.StartNew(Pace, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        long Pace()
        {
            var random = new Random(Seed);
            var arrivals = new Arrivals(perSecond, begin, LateLimitNanoseconds);
            while (!isOver())
            {
                var now = MonotonicClock.Now;
                for (var burst = 0; burst < BurstLimit && arrivals.NextDue < end && arrivals.TryTake(now, out var due) && due < end; burst++)
                    target.Begin(choose(random, due));
                target.Flush();
                if (arrivals.NextDue >= end) break;
                if (arrivals.NextDue > now)
                    MonotonicClock.WaitUntil(Math.Clamp(arrivals.NextDue, now + ShortestSleepNanoseconds, now + LongestSleepNanoseconds));
            }

            return arrivals.Skipped;
        }
    }

    /// <summary>Returns when the deadline of all that was offered until now is past.</summary>
    public Task SettleAsync(CancellationToken stop) => WaitAsync(MonotonicClock.Now + (long)(target.Deadline.TotalNanoseconds * 1.5), stop);

    /// <summary>Waits without a thread, to some milliseconds.</summary>
    public static async Task WaitAsync(long until, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (MonotonicClock.Now < until)
            await timer.WaitForNextTickAsync(stop);
    }
}
