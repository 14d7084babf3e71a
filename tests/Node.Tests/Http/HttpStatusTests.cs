using System.Net;

namespace AkkaKv.Node.Tests;

public sealed class HttpStatusTests
{
    [Fact]
    public async Task Node_without_a_ring_should_be_live_not_ready_and_say_what_it_waits_for()
    {
        await using var cluster = new TestCluster();
        await cluster[0].StartAsync();
        var http = cluster[0].Http;

        Assert.Equal((HttpStatusCode.OK, "live\n"), (await http.GetAsync("/health/live") is var live ? (live.Status, live.Text) : default));
        var ready = await http.GetAsync("/health/ready");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (ready.Status, ready.Header("Retry-After")));
        Assert.False(ready.Json.GetProperty("ready").GetBoolean());
        Assert.Contains("waits for 3 nodes", ready.Json.GetProperty("missing").GetString(), StringComparison.Ordinal);
        var status = await http.GetAsync("/cluster/status");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status.Status);
        Assert.Equal(("n1", "forming"), (status.Json.GetProperty("node").GetString(), status.Json.GetProperty("state").GetString()));
        Assert.Contains("3 nodes to make the first ring", status.Json.GetProperty("waitingFor").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Node_without_a_ring_should_answer_every_request_by_503_not_ready()
    {
        await using var cluster = new TestCluster();
        await cluster[0].StartAsync();
        var http = cluster[0].Http;

        foreach (var answer in new[]
        {
            await http.GetAsync("/kv/x"), await http.PutAsync("/kv/x", "y"), await http.DeleteAsync("/kv/x"), await http.GetAsync("/kv"),
        })
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "NotReady"), (answer.Status, answer.Error));
            Assert.Contains("waits for 3 nodes", answer.Message, StringComparison.Ordinal);
            Assert.Equal("1", answer.Header("Retry-After"));
        }
    }

    [Fact]
    public async Task Status_of_a_node_without_a_ring_should_name_the_members_seen_so_far()
    {
        await using var cluster = new TestCluster();
        await cluster[0].StartAsync();
        await cluster[1].StartAsync();

        foreach (var node in new[] { cluster[0], cluster[1] })
        {
            await Eventually.HoldsAsync(
                async () => (await TestCluster.StatusAsync(node)).TryGetProperty("members", out var members)
                    && members.EnumerateArray().Select(member => member.GetProperty("name").GetString()).SequenceEqual(["n1", "n2"]),
                $"{node.Name} names both nodes");
        }
    }

    [Fact]
    public async Task Status_should_follow_the_cluster_from_whole_to_broken_and_back()
    {
        await using var cluster = await TestCluster.StartAsync();
        var status = await cluster.Http.GetAsync("/cluster/status");
        Assert.Equal(HttpStatusCode.OK, status.Status);
        var json = status.Json;
        Assert.Equal(("n1", "serving"), (json.GetProperty("node").GetString(), json.GetProperty("state").GetString()));
        Assert.True(Guid.TryParse(json.GetProperty("clusterId").GetString(), out _));
        Assert.Equal(
            (1, 64, 3, 2, 2, 1, 0),
            (Number("ringEpoch"), Number("partitions"), Number("replicas"), Number("writeQuorum"), Number("readQuorum"),
                Number("failuresSurvivable"), Number("partitionsWithoutWriteQuorum")));
        var members = json.GetProperty("members").EnumerateArray().ToList();
        Assert.Equal(["n1", "n2", "n3"], members.Select(member => member.GetProperty("name").GetString()));
        Assert.Equal([true, false, false], members.Select(member => member.GetProperty("isSelf").GetBoolean()));
        Assert.All(members, member => Assert.Equal(
            ("up", "dc1", "r1", 1, 64, 0.3333),
            (member.GetProperty("state").GetString(), member.GetProperty("dataCenter").GetString(), member.GetProperty("rack").GetString(),
                member.GetProperty("weight").GetInt32(), member.GetProperty("partitions").GetInt32(), member.GetProperty("share").GetDouble())));
        Assert.Equal(cluster.Nodes.Select(node => node.Running.AkkaAddress), members.Select(member => member.GetProperty("address").GetString()));
        Assert.Equal(3, members.Select(member => member.GetProperty("replicaId").GetString()).Distinct().Count());
        var ready = await cluster.Http.GetAsync("/health/ready");
        Assert.Equal((HttpStatusCode.OK, true), (ready.Status, ready.Json.GetProperty("ready").GetBoolean()));

        await cluster[2].StopAsync();
        await Eventually.HoldsAsync(async () => await TestCluster.UpAsync(cluster[0]) == 2, "n1 sees n3 go");
        json = await TestCluster.StatusAsync(cluster[0]);
        Assert.Equal((0, 0), (Number("failuresSurvivable"), Number("partitionsWithoutWriteQuorum")));

        await cluster[1].StopAsync();
        await Eventually.HoldsAsync(async () => await TestCluster.UpAsync(cluster[0]) == 1, "n1 sees n2 go");
        json = await TestCluster.StatusAsync(cluster[0]);
        Assert.Equal((0, 64), (Number("failuresSurvivable"), Number("partitionsWithoutWriteQuorum")));
        ready = await cluster.Http.GetAsync("/health/ready");
        Assert.Equal(64, ready.Json.GetProperty("partitionsWithoutWriteQuorum").GetInt32());
        var put = await cluster.Http.PutAsync("/kv/alone", "x");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "NotEnoughReplicas"), (put.Status, put.Error));
        Assert.NotNull(put.Header("Retry-After"));

        await Task.WhenAll(cluster[1].StartAsync(), cluster[2].StartAsync());
        await cluster.ConnectedAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await cluster.Http.PutAsync("/kv/alone?w=all", "x")).Status);

        int Number(string name) => json.GetProperty(name).GetInt32();
    }
}
