using System.Net;
using System.Text.Json;
using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaKv.Node.Tests;

/// <summary>Repair jobs in real clusters, with comparisons that a test controls.</summary>
public sealed class RepairClusterTests
{
    private const int Partitions = 8;

    private const string Fast = """
        akkakv.cluster.partitions = 8
        akkakv.repair-jobs { enabled = on, step-interval = 100ms, places = 2, round-interval = 1d, exchange-limit = 10s }
        akka.cluster.sharding {
          retry-interval = 200ms
          coordinator-failure-backoff = 200ms
          shard-failure-backoff = 200ms
          entity-restart-backoff = 300ms
        }
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        """;

    private readonly FakeExchanges _exchanges = new();

    [Fact]
    public async Task Every_partition_should_have_one_full_round_within_the_budget_and_further_ones_on_request()
    {
        await using var cluster = await StartAsync(3);
        await RoundsAsync(cluster[1], least: 1);
        Assert.All(Enumerable.Range(0, Partitions), partition => Assert.Equal(2, _exchanges.Counts[partition]));
        Assert.True(_exchanges.MostAtOnce <= 2, $"{_exchanges.MostAtOnce} comparisons ran at once, and there are 2 places.");

        _exchanges.Differences[3] = 17;
        Assert.Equal(HttpStatusCode.OK, (await cluster.Http.PostAsync("/cluster/repair:start?partition=3", "")).Status);
        await Eventually.HoldsAsync(async () => History(await JobAsync(cluster[2], 3)).Count == 2, "partition 3 has had a second round");
        var round = History(await JobAsync(cluster[2], 3))[^1];
        Assert.Equal(("full", "equal", 17, 4), (
            round.GetProperty("kind").GetString(), round.GetProperty("outcome").GetString(),
            round.GetProperty("differences").GetInt32(), round.GetProperty("exchanges").GetInt32()));
        Assert.Single(History(await JobAsync(cluster[2], 4)));
    }

    [Fact]
    public async Task Paused_job_should_rest_until_it_is_resumed_and_all_of_it_survive_a_restart()
    {
        await using var cluster = await StartAsync(3);
        await RoundsAsync(cluster[0], least: 1);
        Assert.Equal(Partitions, (await cluster.Http.PostAsync("/cluster/repair:pause", "")).Json.GetProperty("paused").GetInt32());
        await cluster.Http.PostAsync("/cluster/repair:start?partition=5", "");
        var before = _exchanges.Counts[5];

        await cluster.StopAllAsync();
        await cluster.StartAllAsync();

        await Eventually.HoldsAsync(
            async () => StateOf(await JobAsync(cluster[1], 5)) == "paused", "the job is there again, and paused as it was");
        Assert.Equal(before, _exchanges.Counts[5]);
        await cluster[1].Http.PostAsync("/cluster/repair:resume", "");
        await Eventually.HoldsAsync(async () => History(await JobAsync(cluster[1], 5)).Count == 2, "the round that was asked for is run");
    }

    [Fact]
    public async Task Job_should_wait_for_an_owner_that_is_gone_and_go_on_when_it_is_back()
    {
        _exchanges.IsGone = _ => true;
        await using var cluster = await StartAsync(3);
        await Eventually.HoldsAsync(
            async () => (await JobAsync(cluster[0], 0)).TryGetProperty("waitingFor", out var why)
                && why.GetString()!.Contains("nobody is there", StringComparison.Ordinal),
            "a job says whom it waits for");
        Assert.Equal(HttpStatusCode.NoContent, (await cluster.Http.PutAsync("/kv/meanwhile?value=x")).Status);
        _exchanges.IsGone = _ => false;
        await RoundsAsync(cluster[0], least: 1);
    }

    [Fact]
    public async Task Two_jobs_of_one_partition_should_do_no_harm()
    {
        await using var cluster = await StartAsync(3);
        await RoundsAsync(cluster[0], least: 1);
        // As on the other side of a network partition, with another coordinator of shards.
        var system = cluster[2].Running.ActorSystem;
        var budget = ActorRegistry.For(system).Get<RepairBudgetActor>();
        var twin = system.ActorOf(RepairJobActor.Props(6, StateOf(cluster[2]), budget));
        var shown = await twin.Ask<RepairShown>(new RepairOrder(6, RepairVerb.Start), Eventually.Limit);
        Assert.True(shown.Job.IsRequested);
        await cluster[1].Http.PostAsync("/cluster/repair:start?partition=6", "");

        await Eventually.HoldsAsync(
            async () => History(await JobAsync(cluster[1], 6)).Count >= 2, "the round was run by one of them, and the job of the region knows");
        await Eventually.HoldsAsync(
            async () => StateOf(await JobAsync(cluster[1], 6)) == "idle", "nothing is left to do");
        Assert.True((await cluster.Http.PutAsync("/kv/harmless?value=x")).Status == HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Jobs_should_go_on_by_themselves_when_the_node_with_the_coordinator_of_shards_is_killed()
    {
        await using var cluster = await StartAsync(5);
        await RoundsAsync(cluster[0], least: 1);
        var members = Cluster.Get(cluster[0].Running.ActorSystem).State.Members;
        var oldest = members.Aggregate((one, other) => one.IsOlderThan(other) ? one : other).Address;
        var victim = cluster.Nodes.Single(node => node.Port == oldest.Port);
        var survivors = cluster.Nodes.Where(node => node != victim).ToList();
        var before = Enumerable.Range(0, Partitions).ToDictionary(partition => partition, partition => _exchanges.Counts.GetValueOrDefault(partition));
        var (ring, gone) = (StateOf(victim).Ring!, StateOf(victim).Self);
        var untouched = Enumerable.Range(0, Partitions).Where(partition => !ring.OwnerIdsOf(partition).Contains(gone)).ToList();
        Assert.NotEmpty(untouched);

        // Rounds are asked for and begun, and none can end.
        _exchanges.IsGone = _ => true;
        await cluster.Http.PostAsync("/cluster/repair:start", "");
        await victim.DieAsync();
        // As whoever decides that a member is gone for good.
        Cluster.Get(survivors[0].Running.ActorSystem).Down(oldest);
        _exchanges.IsGone = peer => peer == gone;

        // Nobody asks for a job here: those that were on the dead node are started again because they are remembered.
        await Eventually.HoldsAsync(
            () => untouched.TrueForAll(partition => _exchanges.Counts[partition] >= before[partition] + 2),
            "every job whose owners live has gone on with its round");
        await Eventually.HoldsAsync(
            async () =>
            {
                var jobs = (await AllAsync(survivors[2])).GetProperty("jobs").EnumerateArray().ToList();
                return untouched.TrueForAll(partition => History(jobs[partition]).Count >= 2);
            },
            "and has it in its history, behind the one before");
    }

    private async Task<TestCluster> StartAsync(int nodes)
    {
        var cluster = new TestCluster(nodes, Fast + $"\nakkakv.cluster.expect = {nodes}");
        foreach (var node in cluster.Nodes) node.Configure = services => services.AddSingleton(_exchanges.OfANode());
        await cluster.StartAllAsync();
        return cluster;
    }

    private static NodeState StateOf(TestNode node) => node.Running.State;

    private static async Task<JsonElement> AllAsync(TestNode node) => (await node.Http.GetAsync("/cluster/repair")).Json;

    private static async Task<JsonElement> JobAsync(TestNode node, int partition)
    {
        var answer = await node.Http.GetAsync($"/cluster/repair?partition={partition}");
        return answer.Json.TryGetProperty("jobs", out var jobs) ? jobs[0] : JsonDocument.Parse("""{"state":"none"}""").RootElement;
    }

    private static string? StateOf(JsonElement job) => job.GetProperty("state").GetString();

    private static IReadOnlyList<JsonElement> History(JsonElement job) =>
        job.TryGetProperty("history", out var history) ? [.. history.EnumerateArray()] : [];

    private static Task RoundsAsync(TestNode node, int least) => Eventually.HoldsAsync(
        async () =>
        {
            var answer = await node.Http.GetAsync("/cluster/repair");
            return answer.Status == HttpStatusCode.OK
                && answer.Json.GetProperty("jobs").EnumerateArray().All(job => History(job).Count >= least && StateOf(job) == "idle");
        },
        $"every partition has had {least} rounds");
}
