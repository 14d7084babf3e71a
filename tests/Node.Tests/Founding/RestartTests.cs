namespace AkkaKv.Node.Tests;

public sealed class RestartTests
{
    [Fact]
    public async Task Node_should_come_back_from_a_clean_stop_as_the_same_replica_in_the_same_epoch_with_its_data()
    {
        await using var cluster = await TestCluster.StartAsync();
        var before = await FillAsync(cluster);
        var replica = await ReplicaIdAsync(cluster[1]);

        await cluster[1].StopAsync();
        await Eventually.HoldsAsync(async () => await TestCluster.UpAsync(cluster[0]) == 2, "n1 sees n2 go");
        await cluster[1].StartAsync();
        await cluster.ConnectedAsync();

        Assert.Equal(replica, await ReplicaIdAsync(cluster[1]));
        Assert.Equal(before, await ReadAsync(cluster[1], "r=all"));
        Assert.Equal(before, await ReadAsync(cluster[1], "r=1"));
        // The same epoch counts on: one entry for the replica, and not a second one.
        foreach (var key in before.Keys)
        {
            var get = await cluster[1].Http.GetAsync($"/kv/{key}");
            var put = await cluster[1].Http.PutAsync($"/kv/{key}", "again", ("X-AkkaKv-Context", get.Context));
            Assert.Matches(@"^(\[n[123],\d+\],?)+$", put.Version);
            Assert.InRange(put.Version.Split("n2").Length - 1, 1, 1);
        }
    }

    [Fact]
    public async Task Node_should_raise_its_epoch_when_it_was_not_stopped_cleanly()
    {
        await using var cluster = await TestCluster.StartAsync();
        var before = await FillAsync(cluster);
        var replica = await ReplicaIdAsync(cluster[1]);

        // What a power loss leaves: the files as they are while the node runs.
        var left = cluster.Directory("left");
        TempDirectory.Copy(cluster[1].DataDirectory, left);
        await cluster[1].StopAsync();
        Assert.Equal(1u, EpochIn(cluster[1]));
        Directory.Delete(cluster[1].DataDirectory, recursive: true);
        Directory.Move(left, cluster[1].DataDirectory);
        await cluster[1].StartAsync();
        await cluster.ConnectedAsync();

        Assert.Equal(replica, await ReplicaIdAsync(cluster[1]));
        Assert.Equal(before, await ReadAsync(cluster[1], "r=1"));
        await cluster[1].StopAsync();
        Assert.Equal(2u, EpochIn(cluster[1]));
    }

    [Fact]
    public async Task Whole_cluster_should_serve_its_data_under_its_id_after_all_nodes_were_stopped()
    {
        await using var cluster = await TestCluster.StartAsync();
        var before = await FillAsync(cluster);
        await cluster.Http.DeleteAsync("/kv/key-0?w=all");
        before.Remove("key-0");
        var ids = await IdsAsync(cluster);

        for (var round = 0; round < 2; round++)
        {
            await cluster.StopAllAsync();
            await cluster.StartAllAsync();

            Assert.Equal(ids, await IdsAsync(cluster));
            foreach (var node in cluster.Nodes) Assert.Equal(before, await ReadAsync(node, "r=2"));
            Assert.Equal(404, (int)(await cluster.Http.GetAsync("/kv/key-0?r=all")).Status);
        }

        static async Task<IEnumerable<string>> IdsAsync(TestCluster cluster) =>
            await Task.WhenAll(cluster.Nodes.Select(TestCluster.ClusterIdAsync));
    }

    [Fact]
    public async Task Node_should_serve_its_keys_before_any_other_is_there_and_before_akka_has_formed()
    {
        await using var cluster = await TestCluster.StartAsync();
        var before = await FillAsync(cluster);
        await cluster.StopAllAsync();

        // The last node of the list founds no Akka cluster: its seeds are not there.
        await cluster[2].StartAsync();

        Assert.True(cluster[2].Running.WhenServing.IsCompletedSuccessfully);
        Assert.Equal(before, await ReadAsync(cluster[2], "r=1"));
        Assert.Equal(404, (int)(await cluster[2].Http.GetAsync("/kv/unknown?r=1")).Status);
        Assert.DoesNotContain(
            Akka.Cluster.Cluster.Get(cluster[2].Running.ActorSystem).State.Members,
            member => member.Status == Akka.Cluster.MemberStatus.Up);
        Assert.Equal(204, (int)(await cluster[2].Http.PutAsync("/kv/key-1?w=1", "alone")).Status);
        var refused = await cluster[2].Http.PutAsync("/kv/key-1", "x");
        Assert.Equal((503, "NotEnoughReplicas"), ((int)refused.Status, refused.Error));
        refused = await cluster[2].Http.GetAsync("/kv/key-1");
        Assert.Equal((503, "NotEnoughReplicas"), ((int)refused.Status, refused.Error));
        Assert.Equal(200, (int)(await cluster[2].Http.GetAsync("/health/ready")).Status);
    }

    [Fact]
    public async Task Writes_and_reads_should_go_on_while_one_of_three_nodes_restarts()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var stopping = new CancellationTokenSource();
        var acknowledged = new Dictionary<string, string>();
        var traffic = Task.Run(async () =>
        {
            for (var number = 0; !stopping.IsCancellationRequested; number++)
            {
                var (node, target) = (cluster[number % 2], $"/kv/restart-{number % 50}");
                var put = await node.Http.PutAsync(target, $"{number}");
                Assert.True((int)put.Status == 204, $"{node.Name} PUT {target}: {(int)put.Status} {put.Text}");
                acknowledged[target] = $"{number}";
                var get = await node.Http.GetAsync(target);
                Assert.True((int)get.Status == 200, $"{node.Name} GET {target}: {(int)get.Status} {get.Text}");
                Assert.Equal($"{number}", get.Json.GetProperty("value").GetString());
            }
        });

        for (var round = 0; round < 2; round++)
        {
            await cluster[2].StopAsync();
            await cluster[2].StartAsync();
            await cluster.ConnectedAsync();
        }

        await stopping.CancelAsync();
        await Eventually.CompletesAsync(traffic, "the traffic ends");
        Assert.NotEmpty(acknowledged);
        foreach (var (target, value) in acknowledged)
        {
            foreach (var node in cluster.Nodes)
                Assert.Equal(value, (await node.Http.GetAsync(target)).Json.GetProperty("value").GetString());
        }
    }

    private static async Task<Dictionary<string, string>> FillAsync(TestCluster cluster)
    {
        var written = new Dictionary<string, string>();
        for (var number = 0; number < 30; number++)
        {
            await cluster[number % 3].Http.PutAsync($"/kv/key-{number}?w=all", $"value {number}");
            written[$"key-{number}"] = $"value {number}";
        }

        return written;
    }

    private static async Task<Dictionary<string, string>> ReadAsync(TestNode node, string parameters)
    {
        var read = new Dictionary<string, string>();
        for (var number = 0; number < 30; number++)
        {
            var get = await node.Http.GetAsync($"/kv/key-{number}?{parameters}");
            if ((int)get.Status == 404) continue;
            read[$"key-{number}"] = get.Json.TryGetProperty("value", out var value) ? value.GetString()! : get.Text;
        }

        return read;
    }

    private static async Task<string> ReplicaIdAsync(TestNode node) => (await TestCluster.StatusAsync(node)).GetProperty("members")
        .EnumerateArray().Single(member => member.GetProperty("isSelf").GetBoolean()).GetProperty("replicaId").GetString()!;

    /// <summary>The epoch in a directory that was stopped cleanly, which it stays.</summary>
    private static uint EpochIn(TestNode node)
    {
        using var directory = DataDirectory.Open(Storage.LocalFileSystem.Instance, node.DataDirectory, node.Name);
        directory.MarkCleanlyStopped();
        return directory.Epoch;
    }
}
