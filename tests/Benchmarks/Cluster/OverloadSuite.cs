namespace AkkaKv.Benchmarks;

/// <summary>
/// More than the nodes can carry. Finds the peak of synced writes with a closed load; then an open one offers twice, five and ten times as
/// much, one right after the other, and half of it after that, until the nodes answer as before. Each way to offer it has nodes of its own.
/// </summary>
internal sealed class OverloadSuite
{
    private const int RawSystems = 2;

    private static readonly int[] Factors = [2, 5, 10];

    /// <summary>Within so long after the overload p99 has to be normal.</summary>
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(30);

    /// <summary>Times the p99 at half load before the overload.</summary>
    private const double NormalFactor = 2;

    private static readonly IReadOnlyList<Way> Ways =
    [
        new("AkkaKvClient", "AkkaKvClient with bounds so wide that they keep nothing back; it tries again what is refused", ClientTarget.ConnectAsync),
        new("raw lanes", "lanes with a window of 32 MiB; every request is sent once", (servers, rows, load) => RawLanesTarget.ConnectAsync(servers, rows, RawSystems, load.Deadline)),
    ];

    private readonly ClusterOptions _options;
    private readonly Report _report;
    private readonly string _root;

    private OverloadSuite(ClusterOptions options)
    {
        _options = options;
        _report = new Report(options.HeadFor(Ways.ToDictionary(way => way.Name, way => way.Description), hasRatios: false));
        _root = SuiteRun.FolderIn(options.Directory);
    }

    /// <summary>A way to offer the load.</summary>
    private sealed record Way(string Name, string Description, Func<AkkaKvServers, LoadRows, ClusterOptions, Task<OfferTarget>> ConnectAsync);

    public static Task<int> RunAsync(ClusterOptions options)
    {
        var suite = new OverloadSuite(options);
        return SuiteRun.RunAsync(suite._report, suite._root, options.JsonFile, suite.RunRoundsAsync);
    }

    private async Task RunRoundsAsync(CancellationToken stop)
    {
        foreach (var rowSet in _options.RowSets)
        {
            var rows = new LoadRows(rowSet);
            for (var round = 0; round < _options.Rounds; round++)
            {
                for (var turn = 0; turn < Ways.Count; turn++)
                    await RunWayAsync(Ways[(turn + round) % Ways.Count], rowSet.Name, rows, stop);
            }
        }
    }

    private async Task RunWayAsync(Way way, string table, LoadRows rows, CancellationToken stop)
    {
        var folder = Path.Combine(_root, way.Name);
        var step = "the start";
        try
        {
            await using var servers = (AkkaKvServers)await ServerKind.AkkaKv.StartAsync(folder, stop);
            var work = ClusterWorks.SyncedWrites(_options.Concurrencies[^1]);
            Begin("the peak");
            var peak = await ClosedPeak.FindAsync(servers, rows, work, _options, stop);
            await using var target = await way.ConnectAsync(servers, rows, _options);
            var runner = new StepRunner(target, servers, rows);
            var length = TimeSpan.FromSeconds(_options.Seconds);

            Begin("half of the peak");
            await runner.RunWritesAsync("warm-up", peak / 2, TimeSpan.FromSeconds(_options.WarmUpSeconds), stop);
            List<LoadStep> steps = [await runner.RunWritesAsync("half of the peak", peak / 2, length, stop)];
            await runner.SettleAsync(stop);
            var normal = NormalFactor * steps[0].Window.PercentileOfAll(0.99);
            foreach (var factor in Factors)
            {
                Begin($"{factor}x");
                steps.Add(await runner.RunWritesAsync($"{factor}x", peak * factor, length, stop));
            }

            Begin("recovery");
            var p99s = await runner.RunUntilNormalAsync(peak / 2, normal, RecoveryLimit, stop);
            await runner.SettleAsync(stop);
            _report.Add(table, way.Name, new Figure("peak, closed", peak, "ops/s", true));
            foreach (var done in steps)
            {
                foreach (var figure in done.FiguresOf(peak)) _report.Add(table, way.Name, figure);
                if (done.Failures is { } failures) _report.AddNote($"{way.Name}, {done.Name}: other failures were {failures}.");
            }

            if (Recovery.SecondsUntilNormal(p99s, normal) is { } seconds)
                _report.Add(table, way.Name, new Figure("after it, half of the peak: until p99 <= 2x", seconds, "s", false));
            else
                _report.AddFailure(table, way.Name, "recovery", $"p99 is not below {normal:0.0} ms: {string.Join(", ", p99s.Select(p99 => $"{p99:0.0}"))} ms");
            _report.Add(table, way.Name, new Figure("after it: servers' memory", servers.MemoryBytes / 1e6, "MB", false));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            _report.AddFailure(table, way.Name, step, failure.Message);
        }

        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);

        void Begin(string what)
        {
            step = what;
            Console.Error.WriteLine($"{table}: {what}, {way.Name}");
        }
    }
}
