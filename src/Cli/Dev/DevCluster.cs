using AkkaKv.Node;

namespace AkkaKv.Cli;

/// <summary>
/// The nodes of a local cluster while they run: started in order, watched until the stop is asked for, stopped together. One that
/// ends by itself is reported; the others go on without it.
/// </summary>
internal sealed class DevCluster : IAsyncDisposable
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);

    private readonly DevPlan _plan;
    private readonly Func<NodePlan, CancellationToken, Task<LocalNode>> _start;
    private readonly bool _restarts;
    private readonly IDevReport _report;
    private readonly TimeProvider _time;
    private readonly List<LocalNode> _nodes = [];

    /// <param name="plan">The nodes and their places.</param>
    /// <param name="start">Starts a node in this process or in its own.</param>
    /// <param name="restarts">Whether a node that ended by itself is started again.</param>
    /// <param name="report">Is told of everything that a person wants to see.</param>
    /// <param name="time">For pauses.</param>
    public DevCluster(
        DevPlan plan, Func<NodePlan, CancellationToken, Task<LocalNode>> start, bool restarts, IDevReport report, TimeProvider time)
    {
        _plan = plan;
        _start = start;
        _restarts = restarts;
        _report = report;
        _time = time;
    }

    public IReadOnlyList<LocalNode> Nodes => _nodes;

    /// <summary>Starts every node and returns when all of them serve.</summary>
    /// <exception cref="CliException">A node ended before it served.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var plan in _plan.Nodes)
        {
            _report.State(plan, "starting");
            _nodes.Add(await StartNodeAsync(plan, cancellationToken));
        }

        // The first node that fails ends the wait: without it the others might wait for ever.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waits = _nodes.Select(node => WaitUntilServingAsync(node, failed.Token)).ToList();
        await foreach (var wait in Task.WhenEach(waits))
        {
            if (!wait.IsCompletedSuccessfully)
                await failed.CancelAsync();
        }

        await (waits.Find(wait => wait.IsFaulted) ?? Task.WhenAll(waits));
    }

    /// <summary>Reports what ends by itself until the stop is asked for.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        try
        {
            await Task.WhenAll(Enumerable.Range(0, _nodes.Count).Select(index => SuperviseAsync(index, stop)));
            await Task.Delay(Timeout.Infinite, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked for.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_nodes.Count == 0)
            return;
        _report.Stopping();
        await Task.WhenAll(_nodes.Select(node => node.StopAsync()));
        _report.Stopped();
    }

    private async Task<LocalNode> StartNodeAsync(NodePlan plan, CancellationToken cancellationToken)
    {
        try
        {
            return await _start(plan, cancellationToken);
        }
        catch (NodeStartException fault)
        {
            throw new CliException(ExitCode.Failed, $"{plan.Name} cannot start: {fault.Message}", error: "NodeStart");
        }
    }

    private async Task WaitUntilServingAsync(LocalNode node, CancellationToken cancellationToken)
    {
        using var client = new KvClient(new ServerSet([node.Plan.HttpAddress], _time), RetryPolicy.Default, _time);
        var shown = "starting";
        while (!node.Ended.IsCompleted)
        {
            var (isServing, state) = await ProbeAsync(client, cancellationToken);
            if (state != shown)
                _report.State(node.Plan, shown = state);
            if (isServing)
                return;
            await Task.WhenAny(node.Ended, Task.Delay(ProbeInterval, _time, cancellationToken));
        }

        var end = await node.Ended;
        throw new CliException(ExitCode.Failed, $"{node.Plan.Name} {end.Reason}", $"More is in {node.Plan.LogPath}.", "NodeStart");
    }

    private static async Task<(bool IsServing, string State)> ProbeAsync(KvClient client, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.AskEachOnceAsync(KvRequest.Status(), TimeSpan.FromSeconds(1), cancellationToken);
            var status = ClusterStatus.Parse(answer.Body);
            var state = status.WaitingFor is null ? status.State : $"{status.State}, waiting for {status.WaitingFor}";
            return (status.State == "serving", state);
        }
        catch (Exception fault) when (fault is CliException or FormatException)
        {
            return (false, "starting");
        }
    }

    private async Task SuperviseAsync(int index, CancellationToken stop)
    {
        while (true)
        {
            var node = _nodes[index];
            _report.Ended(node, await node.Ended.WaitAsync(stop), _restarts);
            if (!_restarts)
                return;
            await Task.Delay(RestartPause, _time, stop);
            try
            {
                _nodes[index] = await StartNodeAsync(node.Plan, stop);
                _report.Restarted(_nodes[index]);
            }
            catch (CliException fault)
            {
                _report.State(node.Plan, fault.Message);
                return;
            }
        }
    }
}
