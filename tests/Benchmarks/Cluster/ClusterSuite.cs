namespace AkkaKv.Benchmarks;

/// <summary>
/// Runs the works. In every round the servers of one product are started, get every row, do all works and are stopped before the next
/// product's, so that no idle server costs another one time; every round begins with another product, so that whatever else the machine
/// does hits all of them alike. The clients run in this process.
/// </summary>
internal sealed class ClusterSuite
{
    private readonly ClusterOptions _options;
    private readonly List<ClusterSystem> _systems;
    private readonly Report _report;
    private readonly string _root;

    /// <summary>The highest throughput of this round, by system and kind of request.</summary>
    private readonly Dictionary<(string System, (double, int, int) Kind), double> _peaks = [];

    private ClusterSuite(ClusterOptions options)
    {
        _options = options;
        _systems = [.. options.Systems.Where(system => !system.Servers.MissingPrograms.Any())];
        _report = new Report(options.HeadFor(_systems));
        _root = SuiteRun.FolderIn(options.Directory);
        foreach (var servers in options.Systems.Select(system => system.Servers).Distinct())
        {
            if (string.Join(" and ", servers.MissingPrograms) is { Length: > 0 } missing)
                _report.AddNote($"Left out: {servers.Name}, because {missing} is not on PATH.");
        }
    }

    public static async Task<int> RunAsync(ClusterOptions options)
    {
        var suite = new ClusterSuite(options);
        if (suite._systems.Count == 0)
        {
            await Console.Error.WriteLineAsync("None of the systems that were asked for is here.");
            return 1;
        }

        return await SuiteRun.RunAsync(suite._report, suite._root, options.JsonFile, suite.RunRoundsAsync);
    }

    private async Task RunRoundsAsync(CancellationToken stop)
    {
        var products = _systems.Select(system => system.Servers).Distinct().ToList();
        foreach (var rowSet in _options.RowSets)
        {
            var rows = new LoadRows(rowSet);
            for (var round = 0; round < _options.Rounds; round++)
            {
                _peaks.Clear();
                for (var turn = 0; turn < products.Count; turn++)
                    await RunProductAsync(products[(turn + round) % products.Count], rowSet, rows, round, stop);
            }
        }
    }

    private async Task RunProductAsync(ServerKind product, RowSet rowSet, LoadRows rows, int round, CancellationToken stop)
    {
        var where = $"{rowSet.Name}, round {round + 1} of {_options.Rounds}";
        var systems = _systems.Where(system => system.Servers == product).ToList();
        var drivers = new Dictionary<ClusterSystem, IClusterDriver>();
        var folder = Path.Combine(_root, product.Name);
        try
        {
            await Console.Error.WriteLineAsync($"{where}: {product.Name} starts");
            await using var servers = await product.StartAsync(folder, stop);
            try
            {
                foreach (var system in systems)
                    drivers.Add(system, await system.ConnectAsync(servers, _options));
                await new Load(drivers[systems[0]], servers, rows).FillAsync(stop);
                foreach (var driver in drivers.Values)
                    await new Load(driver, servers, rows).RunClosedAsync(ClusterWorks.WarmUp, ClusterWorks.PlainConnections, Length(), stop);

                foreach (var work in _options.Works)
                {
                    for (var turn = 0; turn < systems.Count; turn++)
                    {
                        var system = systems[(turn + round) % systems.Count];
                        await Console.Error.WriteLineAsync($"{where}: {work.Name}, {system.Name}");
                        await RunWorkAsync(work, system, drivers[system], new Load(drivers[system], servers, rows), rowSet.Name, stop);
                    }
                }

                if (await servers.DescribeAsync(stop) is { Length: > 0 } said)
                    _report.AddNote($"{where}: {said}");
            }
            finally
            {
                foreach (var driver in drivers.Values)
                    await driver.DisposeAsync();
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            foreach (var system in systems)
                _report.AddFailure(rowSet.Name, system.Name, "the rest of the round", failure.Message);
        }

        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private async Task RunWorkAsync(
        ClusterWork work, ClusterSystem system, IClusterDriver driver, Load load, string table, CancellationToken stop)
    {
        var concurrency = Math.Min(work.Concurrency, driver.Connections ?? int.MaxValue);
        if (concurrency < work.Concurrency && !work.TakesFewer)
            return;

        double? pace = work.IsAtHalfLoad ? await PeakAsync() / 2 : null;
        var result = pace is { } perSecond
            ? await load.RunPacedAsync(work, perSecond, Length(), stop)
            : await load.RunClosedAsync(work, concurrency, Length(), stop);
        if (pace is null)
            Remember(result);
        foreach (var figure in result.FiguresOf(work, pace))
            _report.Add(table, system.Name, figure);
        if (result.Failures is { } failures)
            _report.AddFailure(table, system.Name, work.Name, failures);

        async Task<double> PeakAsync()
        {
            // Where only the paced work was asked for, the peak has to be found first.
            if (!_peaks.ContainsKey((system.Name, work.Kind)))
                Remember(await load.RunClosedAsync(work, concurrency, Length(), stop));
            return Math.Max(2, _peaks[(system.Name, work.Kind)]);
        }

        void Remember(LoadResult found) => _peaks[(system.Name, work.Kind)] =
            Math.Max(_peaks.GetValueOrDefault((system.Name, work.Kind)), found.Steady.DonePerSecond);
    }

    private LoadLength Length() => new(
        TimeSpan.FromSeconds(_options.WarmUpSeconds), TimeSpan.FromSeconds(_options.Seconds), _options.OperationsLimit);
}
