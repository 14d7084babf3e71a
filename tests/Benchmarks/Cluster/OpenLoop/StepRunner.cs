namespace AkkaKv.Benchmarks;

/// <summary>Runs stretches of open load one right after the other, and sees what the nodes use meanwhile.</summary>
internal sealed class StepRunner(OfferTarget target, ServerGroup servers, LoadRows rows)
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);

    private readonly OpenLoad _load = new(target);

    public OfferWindow NewWindow() => new((long)target.Deadline.TotalNanoseconds);

    /// <summary>Returns when the deadline of all that was offered until now is past.</summary>
    public Task SettleAsync(CancellationToken stop) => _load.SettleAsync(stop);

    /// <summary>A stretch of synced writes to keys at random. Its window is final when the deadline of its last request is past.</summary>
    public Task<LoadStep> RunWritesAsync(string name, double perSecond, TimeSpan duration, CancellationToken stop)
    {
        var window = NewWindow();
        return RunAsync(name, perSecond, duration, window, (random, due) => new Offer(random.Next(rows.Count), IsWrite: true, due, window), stop);
    }

    /// <param name="name">As the table names it.</param>
    /// <param name="perSecond">The rate.</param>
    /// <param name="duration">How long.</param>
    /// <param name="window">The one that the step is about; others may be counted in as well.</param>
    /// <param name="choose">What is offered.</param>
    /// <param name="stop">Ends it.</param>
    public async Task<LoadStep> RunAsync(
        string name, double perSecond, TimeSpan duration, OfferWindow window, OpenLoad.Choice choose, CancellationToken stop)
    {
        var isOver = false;
        var (used, most) = (Usage.Of(servers), 0L);
        var pacer = _load.RunAsync(perSecond, MonotonicClock.Now, duration, choose, () => Volatile.Read(ref isOver));
        try
        {
            using var timer = new PeriodicTimer(WatchInterval);
            while (!pacer.IsCompleted)
            {
                servers.CheckAlive();
                most = Math.Max(most, servers.MemoryBytes);
                await Task.WhenAny(pacer, timer.WaitForNextTickAsync(stop).AsTask()).Unwrap();
            }
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            await pacer;
        }

        return new LoadStep(name, window, Usage.Of(servers) - used, await pacer, most);
    }

    /// <summary>Offers a load that is no problem, until p99 is normal again.</summary>
    /// <param name="perSecond">The rate of synced writes.</param>
    /// <param name="normal">Milliseconds of p99 that are normal.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The p99 of each second, milliseconds.</returns>
    public async Task<IReadOnlyList<double>> RunUntilNormalAsync(double perSecond, double normal, TimeSpan limit, CancellationToken stop)
    {
        var seconds = (int)limit.TotalSeconds + Recovery.SecondsInARow;
        OfferWindow[] windows = [.. Enumerable.Range(0, seconds).Select(_ => NewWindow())];
        var begin = MonotonicClock.Now;
        var isOver = false;
        var pacer = _load.RunAsync(perSecond, begin, TimeSpan.FromSeconds(seconds), Choose, () => Volatile.Read(ref isOver));
        var p99s = new List<double>();
        try
        {
            foreach (var window in windows)
            {
                await OpenLoad.WaitAsync(begin + (long)((p99s.Count + 1) * 1e9) + (long)target.Deadline.TotalNanoseconds, stop);
                servers.CheckAlive();
                p99s.Add(window.PercentileOfAll(0.99));
                if (Recovery.SecondsUntilNormal(p99s, normal) is not null)
                    break;
            }
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            await pacer;
        }

        return p99s;

        Offer Choose(Random random, long due) => new(random.Next(rows.Count), IsWrite: true, due, windows[(int)((due - begin) / 1_000_000_000)]);
    }
}
