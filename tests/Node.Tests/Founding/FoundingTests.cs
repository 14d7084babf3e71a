using System.Globalization;
using Xunit.Abstractions;

namespace AkkaKv.Node.Tests;

public sealed class FoundingTests(ITestOutputHelper output)
{
    private const int Parallelism = 4;

    /// <summary>How many clusters are founded; AKKAKV_FOUNDINGS in the environment sets another number.</summary>
    private static int Foundings =>
        Environment.GetEnvironmentVariable("AKKAKV_FOUNDINGS") is { } count ? int.Parse(count, CultureInfo.InvariantCulture) : 50;

    [Fact]
    public async Task Three_nodes_started_in_any_order_should_found_one_cluster_every_time()
    {
        var clusters = new System.Collections.Concurrent.ConcurrentBag<string>();
        var slowest = TimeSpan.Zero;
        var limits = new ParallelOptions { MaxDegreeOfParallelism = Parallelism };
        await Parallel.ForAsync(0, Foundings, limits, async (seed, _) =>
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            clusters.Add(await FoundAsync(seed));
            if (watch.Elapsed > slowest) slowest = watch.Elapsed;
        });

        output.WriteLine($"{Foundings} foundings, the slowest took {slowest.TotalMilliseconds:0} ms");
        Assert.Equal(Foundings, clusters.Distinct().Count());
    }

    [Fact]
    public async Task Single_node_that_expects_nobody_else_should_found_a_cluster_of_its_own()
    {
        await using var cluster = await TestCluster.StartAsync(
            1, "akkakv.cluster { expect = 1, replicas = 1, write-quorum = 1, read-quorum = 1 }");
        await cluster.Http.PutAsync("/kv/alone", "x");
        Assert.Equal("x", (await cluster.Http.GetAsync("/kv/alone")).Json.GetProperty("value").GetString());
    }

    [Fact]
    public async Task Fourth_node_should_answer_that_the_ring_is_without_it_and_found_nothing()
    {
        await using var cluster = await TestCluster.StartAsync();
        var id = await ClusterIdAsync(cluster[0]);
        await using var fourth = LaterNode(cluster, 4);
        await fourth.StartAsync();

        await Eventually.HoldsAsync(
            async () => (await fourth.Http.GetAsync("/kv/x")).Text is var text
                && text.Contains($"the cluster {id} has a ring without this node", StringComparison.Ordinal),
            "the fourth node says that the ring is without it");
        var put = await fourth.Http.PutAsync("/kv/x", "y");
        Assert.Equal(("NotReady", 503), (put.Error, (int)put.Status));
        Assert.Equal(503, (int)(await fourth.Http.GetAsync("/health/ready")).Status);
        Assert.False(fourth.Running.WhenServing.IsCompleted);
        Assert.Equal(id, await ClusterIdAsync(cluster[2]));
    }

    [Fact]
    public async Task Nodes_that_came_later_should_not_found_a_second_cluster_when_the_first_one_stops()
    {
        await using var first = await TestCluster.StartAsync();
        var later = Enumerable.Range(4, 3).Select(number => LaterNode(first, number)).ToList();
        await Task.WhenAll(later.Select(node => node.StartAsync()));
        foreach (var node in later)
        {
            await Eventually.HoldsAsync(
                async () => (await node.Http.GetAsync("/kv/x")).Text.Contains("a ring without this node", StringComparison.Ordinal),
                $"{node.Name} knows that there is a ring");
        }

        var singletons = later.ConvertAll(node => node.Running.ActorSystem.ActorSelection("/user/akkakv-claimant/akkakv-claimant"));
        await first.StopAllAsync();

        await Eventually.HoldsAsync(
            async () => (await Task.WhenAll(singletons.Select(IsThereAsync))).Any(isThere => isThere),
            "the claimant has moved to a node that came later");
        Assert.All(later, node => Assert.False(node.Running.WhenServing.IsCompleted));
        foreach (var node in later) await node.DisposeAsync();

        static async Task<bool> IsThereAsync(Akka.Actor.ActorSelection selection)
        {
            try
            {
                await selection.ResolveOne(TimeSpan.FromMilliseconds(100));
                return true;
            }
            catch (Akka.Actor.ActorNotFoundException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Node_that_stops_before_it_has_a_ring_should_say_so_to_who_waits_for_it()
    {
        await using var cluster = new TestCluster();
        await cluster[0].StartAsync();
        var (serving, stopped) = (cluster[0].Running.WhenServing, cluster[0].Running.WhenStopped);

        await cluster[0].StopAsync();

        await Eventually.CompletesAsync(stopped, "the node has stopped");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving.WaitAsync(Eventually.Limit));
    }

    /// <summary>Three nodes in an order drawn from the seed, each started when the one before is open or while it still opens.</summary>
    private static async Task<string> FoundAsync(int seed)
    {
        var random = new Random(seed);
        await using var cluster = new TestCluster();
        var order = cluster.Nodes.ToArray();
        random.Shuffle(order);
        var starts = new List<Task>();
        foreach (var node in order)
        {
            starts.Add(node.StartAsync());
            if (random.Next(2) == 0) await Eventually.CompletesAsync(Task.WhenAll(starts), $"the nodes so far are open, seed {seed}");
        }

        await Task.WhenAll(starts);
        foreach (var node in cluster.Nodes)
            await Eventually.CompletesAsync(node.Running.WhenServing, $"{node.Name} serves, seed {seed}");

        var ids = await Task.WhenAll(cluster.Nodes.Select(ClusterIdAsync));
        var startOrder = string.Join(", ", order.Select(node => node.Name));
        Assert.True(ids.Distinct().Count() == 1, $"seed {seed}, order {startOrder}: {string.Join(", ", ids)}");
        foreach (var node in cluster.Nodes)
        {
            await Eventually.HoldsAsync(
                async () => (int)(await node.Http.PutAsync("/kv/first?w=all", node.Name)).Status == 204,
                $"{node.Name} takes writes, seed {seed}");
        }

        return ids[0];
    }

    /// <summary>A node that joins the Akka cluster of others, and is not in their ring.</summary>
    private static TestNode LaterNode(TestCluster cluster, int number) =>
        new($"n{number}", cluster.Directory($"n{number}"), LoopbackPorts.Reserve(), cluster.Nodes.Select(node => node.Port));

    private static Task<string> ClusterIdAsync(TestNode node) => TestCluster.ClusterIdAsync(node);
}
