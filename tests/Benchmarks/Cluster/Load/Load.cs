namespace AkkaKv.Benchmarks;

/// <summary>
/// Drives one client. Closed: a fixed number of requests is always under way, and each begins when one ends; that finds the throughput, but
/// a server that stands still delays its own questions. Paced: requests are due at fixed times whatever the answers do, and a latency counts
/// from when the request was due, so that a standstill is felt by every request that fell due meanwhile.
/// </summary>
internal sealed class Load(IClusterDriver driver, ServerGroup servers, LoadRows rows)
{
    private const int FillConcurrency = 256;
    private const int FillTries = 20;
    private const int UnderWayLimit = 8_192;
    private const int FailuresLimit = 100_000;
    private const int CompareEvery = 64;
    private const long WaitForRoomNanoseconds = 100_000;

    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>Where closed operations are counted when they end; changed by who watches.</summary>
    private volatile LoadWindow _window = new();

    private volatile bool _isStopping;
    private int _underWay;

    /// <summary>Puts every row once.</summary>
    /// <exception cref="InvalidOperationException">A row could not be put.</exception>
    public async Task FillAsync(CancellationToken stop)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, FillConcurrency).Select(lane => Task.Run(() => FillLaneAsync(lane), stop)));

        async Task FillLaneAsync(int lane)
        {
            for (int row; (row = Interlocked.Increment(ref next)) < rows.Count;)
            {
                for (var attempt = 1; await driver.PutAsync(lane, rows.Key(row), rows.Value(row), w: 2) is { Failure: { } failure }; attempt++)
                {
                    stop.ThrowIfCancellationRequested();
                    if (attempt == FillTries)
                        throw new InvalidOperationException($"Row {row} could not be put in {attempt} tries: {failure}.");
                }
            }
        }
    }

    /// <summary>Keeps so many requests under way.</summary>
    public async Task<LoadResult> RunClosedAsync(ClusterWork work, int concurrency, LoadLength length, CancellationToken stop)
    {
        var (start, steady) = (new LoadWindow(), new LoadWindow());
        (_window, _isStopping) = (start, false);
        var lanes = Enumerable.Range(0, concurrency).Select(lane => Task.Run(() => WorkAsync(lane), CancellationToken.None)).ToList();
        try
        {
            return await WatchAsync(start, steady, length, stop);
        }
        finally
        {
            _isStopping = true;
            await Task.WhenAll(lanes);
        }

        async Task WorkAsync(int lane)
        {
            var random = new Random(lane + 1);
            while (!_isStopping)
            {
                var (row, isWrite) = (random.Next(rows.Count), IsWrite(work, random));
                var begun = MonotonicClock.Now;
                var failure = await OperateAsync(work, lane, row, isWrite).ConfigureAwait(false);
                _window.Count(failure, MonotonicClock.Now - begun);
            }
        }
    }

    /// <summary>Begins so many requests a second, evenly spaced.</summary>
    public async Task<LoadResult> RunPacedAsync(ClusterWork work, double perSecond, LoadLength length, CancellationToken stop)
    {
        var (start, steady) = (new LoadWindow(), new LoadWindow());
        _isStopping = false;
        var allEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // The pacer counts as one, so that it is not over before the pacer is.
        _underWay = 1;
        var pacer = Task.Factory.StartNew(Pace, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await WatchAsync(start, steady, length with { OperationsLimit = int.MaxValue }, stop);
        }
        finally
        {
            _isStopping = true;
            await pacer;
            await allEnded.Task;
        }

        void Pace()
        {
            var random = new Random(1);
            var begun = MonotonicClock.Now;
            var warm = begun + (long)length.WarmUp.TotalNanoseconds;
            for (var number = 0; !_isStopping; number++)
            {
                var due = begun + (long)(number / perSecond * 1e9);
                if (due > MonotonicClock.Now)
                    MonotonicClock.WaitUntil(due);
                while (Volatile.Read(ref _underWay) > UnderWayLimit && !_isStopping)
                    MonotonicClock.WaitUntil(MonotonicClock.Now + WaitForRoomNanoseconds);
                Interlocked.Increment(ref _underWay);
                _ = BeginAsync(number, random.Next(rows.Count), IsWrite(work, random), due, due < warm ? start : steady);
            }

            End();
        }

        async Task BeginAsync(int lane, int row, bool isWrite, long due, LoadWindow window)
        {
            var failure = await OperateAsync(work, lane, row, isWrite).ConfigureAwait(false);
            window.Count(failure, MonotonicClock.Now - due);
            End();
        }

        void End()
        {
            if (Interlocked.Decrement(ref _underWay) == 0)
                allEnded.TrySetResult();
        }
    }

    /// <summary>Lets it warm up, then measures.</summary>
    private async Task<LoadResult> WatchAsync(LoadWindow start, LoadWindow steady, LoadLength length, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(WatchInterval);
        var begun = Usage.Of(servers);
        await UntilAsync(start, begun.At + (long)length.WarmUp.TotalNanoseconds, int.MaxValue);
        var warm = Usage.Of(servers);
        start.Used = warm - begun;
        _window = steady;
        await UntilAsync(steady, warm.At + (long)length.Duration.TotalNanoseconds, length.OperationsLimit);
        steady.Used = Usage.Of(servers) - warm;
        var result = new LoadResult(start, steady, servers.MemoryBytes);
        // What ends later is nobody's.
        _window = new LoadWindow();
        return result;

        async Task UntilAsync(LoadWindow window, long end, int operationsLimit)
        {
            while (MonotonicClock.Now < end && window.Done < operationsLimit && window.Failed < FailuresLimit)
            {
                servers.CheckAlive();
                await timer.WaitForNextTickAsync(stop);
            }
        }
    }

    private async ValueTask<string?> OperateAsync(ClusterWork work, int lane, int row, bool isWrite)
    {
        if (isWrite)
            return (await driver.PutAsync(lane, rows.Key(row), rows.Value(row), work.W).ConfigureAwait(false)).Failure;

        var answer = await driver.GetAsync(lane, rows.Key(row), work.R).ConfigureAwait(false);
        return answer.Failure ?? (rows.IsValue(row, answer.Value, isCompared: row % CompareEvery == 0) ? null : "WrongValue");
    }

    private static bool IsWrite(ClusterWork work, Random random) => work.WriteShare == 1 || random.NextDouble() < work.WriteShare;
}
