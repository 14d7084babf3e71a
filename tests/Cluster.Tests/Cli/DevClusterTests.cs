using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Cli.Tests;

public sealed class DevClusterTests
{
    private const string Serving = """{"node":"n1","state":"serving","members":[]}""";
    private const string Forming = """{"node":"n1","state":"forming","waitingFor":"1 more node","members":[]}""";

    [Fact]
    public async Task Dev_should_report_each_state_until_the_node_serves()
    {
        await using var door = await FakeDoor.OpenAsync();
        Queue<string> answers = new([Forming, Forming, Serving]);
        door.Script = (_, context) => AnswerAsync(context, answers.Dequeue());
        await using var cluster = ClusterAt(door, 1, TimeProvider.System, out var report);

        await cluster.StartAsync(CancellationToken.None);

        Assert.Equal(["n1 starting", "n1 forming, waiting for 1 more node", "n1 serving"], report.Lines);
    }

    [Fact]
    public async Task Dev_should_not_wait_for_the_others_when_a_node_ends_during_the_start()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.Script = (_, context) => AnswerAsync(context, Forming);
        await using var cluster = ClusterAt(door, 2, TimeProvider.System, out _, started: node =>
        {
            if (node.Plan.Name == "n2")
                node.End(new NodeEnd(1, "ended with exit code 1: the data folder belongs to another cluster."));
        });

        var fault = await Assert.ThrowsAsync<CliException>(() => cluster.StartAsync(CancellationToken.None));

        Assert.Equal("n2 ended with exit code 1: the data folder belongs to another cluster.", fault.Message);
        Assert.EndsWith("node.log.", fault.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dev_should_stay_up_when_a_node_ends_by_itself()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.Script = (_, context) => AnswerAsync(context, Serving);
        using var stop = new StopSignals();
        await using var cluster = ClusterAt(door, 1, TimeProvider.System, out var report);
        await cluster.StartAsync(stop.Token);

        var watch = cluster.WatchAsync(stop.Token);
        ((FakeNode)cluster.Nodes[0]).End(new NodeEnd(137, "was ended by signal 9"));
        await report.Seen("n1 was ended by signal 9");
        Assert.False(watch.IsCompleted);
        stop.Request();
        await watch;
    }

    [Fact]
    public async Task Dev_should_start_a_node_again_after_a_second_where_that_is_asked_for()
    {
        var time = new FakeTimeProvider();
        await using var door = await FakeDoor.OpenAsync();
        door.Script = (_, context) => AnswerAsync(context, Serving);
        using var stop = new StopSignals();
        await using var cluster = ClusterAt(door, 1, time, out var report, restarts: true);
        await cluster.StartAsync(stop.Token);
        var first = (FakeNode)cluster.Nodes[0];

        var watch = cluster.WatchAsync(stop.Token);
        first.End(new NodeEnd(137, "was ended by signal 9"));
        await report.Seen("n1 was ended by signal 9, will restart");
        while (!report.Lines.Contains("n1 restarted"))
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.NotSame(first, cluster.Nodes[0]);
        stop.Request();
        await watch;
    }

    [Fact]
    public async Task Dev_should_stop_every_node_at_the_end()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.Script = (_, context) => AnswerAsync(context, Serving);
        var cluster = ClusterAt(door, 1, TimeProvider.System, out var report);
        await cluster.StartAsync(CancellationToken.None);

        await cluster.DisposeAsync();

        Assert.True(cluster.Nodes[0].Ended.IsCompleted);
        Assert.Equal(["stopping", "stopped"], report.Lines.TakeLast(2));
    }

    private static DevCluster ClusterAt(
        FakeDoor door, int nodes, TimeProvider time, out RecordedReport report, bool restarts = false, Action<FakeNode>? started = null)
    {
        var port = door.Address.Port;
        var plan = DevPlan.Create("nowhere", nodes, port, port > 30_000 ? port - 10_000 : port + 10_000);
        report = new RecordedReport();
        return new DevCluster(plan, Start, restarts, report, time);

        Task<LocalNode> Start(NodePlan node, CancellationToken cancellationToken)
        {
            var fake = new FakeNode(node);
            started?.Invoke(fake);
            return Task.FromResult<LocalNode>(fake);
        }
    }

    private static async Task<bool> AnswerAsync(HttpContext context, string body)
    {
        await context.Response.WriteAsync(body);
        return true;
    }

    private sealed class FakeNode(NodePlan plan) : LocalNode(plan)
    {
        private readonly TaskCompletionSource<NodeEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override int ProcessId => 1;

        public override Task<NodeEnd> Ended => _ended.Task;

        public void End(NodeEnd end) => _ended.TrySetResult(end);

        public override Task StopAsync()
        {
            End(new NodeEnd(0, "has stopped"));
            return Task.CompletedTask;
        }
    }

    private sealed class RecordedReport : IDevReport
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource> _seen = new();

        public ConcurrentQueue<string> Lines { get; } = new();

        /// <summary>Completes when the line has been reported.</summary>
        public Task Seen(string line) => Of(line).Task;

        public void State(NodePlan node, string state) => Add($"{node.Name} {state}");

        public void Ready(DevPlan plan, IReadOnlyList<LocalNode> nodes) => Add("ready");

        public void Ended(LocalNode node, NodeEnd end, bool willRestart) =>
            Add($"{node.Plan.Name} {end.Reason}{(willRestart ? ", will restart" : "")}");

        public void Restarted(LocalNode node) => Add($"{node.Plan.Name} restarted");

        public void Stopping() => Add("stopping");

        public void Stopped() => Add("stopped");

        private void Add(string line)
        {
            Lines.Enqueue(line);
            Of(line).TrySetResult();
        }

        private TaskCompletionSource Of(string line) => _seen.GetOrAdd(line, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
