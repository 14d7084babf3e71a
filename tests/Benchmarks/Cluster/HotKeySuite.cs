namespace AkkaKv.Benchmarks;

/// <summary>
/// Half of a mixed load goes to one key. The others are compared with a run of the same total load in which no key is hot, on the same nodes.
/// </summary>
internal sealed class HotKeySuite
{
    private const string Column = "AkkaKv";
    private const string WithoutHotKey = "no hot key";
    private const string BesideHotKey = "beside a hot key";
    private const int HotRow = 0;

    private readonly ClusterOptions _options;
    private readonly Report _report;
    private readonly string _root;

    private HotKeySuite(ClusterOptions options)
    {
        _options = options;
        _report = new Report(options.HeadFor(
            new Dictionary<string, string> { [Column] = "AkkaKvClient over Akka.Remote, half reads and half synced writes" }, hasRatios: false));
        _root = SuiteRun.FolderIn(options.Directory);
    }

    public static Task<int> RunAsync(ClusterOptions options)
    {
        var suite = new HotKeySuite(options);
        return SuiteRun.RunAsync(suite._report, suite._root, options.JsonFile, suite.RunRoundsAsync);
    }

    private async Task RunRoundsAsync(CancellationToken stop)
    {
        foreach (var rowSet in _options.RowSets)
        {
            var rows = new LoadRows(rowSet);
            for (var round = 0; round < _options.Rounds; round++)
            {
                await Console.Error.WriteLineAsync($"{rowSet.Name}, round {round + 1} of {_options.Rounds}");
                try
                {
                    await RunAsync(rowSet.Name, rows, round, stop);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    _report.AddFailure(rowSet.Name, Column, "the rest of the round", failure.Message);
                }
            }
        }
    }

    private async Task RunAsync(string table, LoadRows rows, int round, CancellationToken stop)
    {
        await using var servers = (AkkaKvServers)await ServerKind.AkkaKv.StartAsync(Path.Combine(_root, $"round-{round}"), stop);
        var peak = await ClosedPeak.FindAsync(servers, rows, ClusterWorks.Mixed(_options.Concurrencies[^1]), _options, stop);
        await using var target = await ClientTarget.ConnectAsync(servers, rows, _options);
        var runner = new StepRunner(target, servers, rows);
        var (length, warmUp) = (TimeSpan.FromSeconds(_options.Seconds), TimeSpan.FromSeconds(_options.WarmUpSeconds));

        // Which comes first changes from round to round: stores grow, and code gets faster.
        var (others, hot) = (runner.NewWindow(), runner.NewWindow());
        LoadStep? without = null;
        if (round % 2 == 0) without = await RunWithoutAsync();
        await runner.RunAsync("warm-up", peak / 2, warmUp, others, ChooseHot(runner.NewWindow(), runner.NewWindow()), stop);
        var beside = await runner.RunAsync(BesideHotKey, peak / 2, length, others, ChooseHot(others, hot), stop);
        await runner.SettleAsync(stop);
        without ??= await RunWithoutAsync();

        _report.Add(table, Column, new Figure("mixed 50/50: peak, closed", peak, "ops/s", true));
        Add(WithoutHotKey, without.Window, without);
        Add($"{BesideHotKey}: the others", others, beside);
        Add($"{BesideHotKey}: the hot key", hot, beside);
        var ratio = others.PercentileOfAll(0.99) / without.Window.PercentileOfAll(0.99);
        if (double.IsFinite(ratio))
            _report.Add(table, Column, new Figure("p99 of the others, by that without a hot key", ratio, "x", false));
        else
            _report.AddFailure(table, Column, BesideHotKey, "more than one in a hundred had no good answer in time, so there is no p99");

        async Task<LoadStep> RunWithoutAsync()
        {
            await runner.RunAsync("warm-up", peak / 2, warmUp, others, ChooseAny(runner.NewWindow()), stop);
            var window = runner.NewWindow();
            var step = await runner.RunAsync(WithoutHotKey, peak / 2, length, window, ChooseAny(window), stop);
            await runner.SettleAsync(stop);
            return step;
        }

        OpenLoad.Choice ChooseAny(OfferWindow window) =>
            (random, due) => new Offer(random.Next(rows.Count), random.Next(2) == 0, due, window);

        OpenLoad.Choice ChooseHot(OfferWindow cold, OfferWindow warm) => (random, due) => random.Next(2) == 0
            ? new Offer(HotRow, random.Next(2) == 0, due, warm)
            : new Offer(1 + random.Next(rows.Count - 1), random.Next(2) == 0, due, cold);

        void Add(string name, OfferWindow window, LoadStep step)
        {
            _report.Add(table, Column, new Figure(name, window.Good / (step.Used.At / 1e9), "ops/s", true));
            if (window.Good > 0)
            {
                _report.Add(table, Column, new Figure($"{name}: p50", window.GoodLatencies.Percentile(0.5), "ms", false));
                _report.Add(table, Column, new Figure($"{name}: p99", window.GoodLatencies.Percentile(0.99), "ms", false));
                _report.Add(table, Column, new Figure($"{name}: p99.9", window.GoodLatencies.Percentile(0.999), "ms", false));
            }

            if (window.Sent == window.Good) return;
            var failures = string.Join(", ", window.Failures.Select(kind => FormattableString.Invariant($"{kind.Key} {kind.Value:N0}")));
            _report.AddFailure(table, Column, name, FormattableString.Invariant(
                $"of {window.Sent:N0} operations {window.TimedOut:N0} timed out, {window.Refused:N0} were refused, {window.Failed:N0} failed. {failures}"));
        }
    }
}
