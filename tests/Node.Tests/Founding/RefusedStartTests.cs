namespace AkkaKv.Node.Tests;

public sealed class RefusedStartTests
{
    [Fact]
    public async Task Node_on_the_directory_of_another_cluster_should_be_refused_with_the_reason_and_the_others_go_on()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var other = await TestCluster.StartAsync();
        var (id, otherId) = (await ClusterIdAsync(cluster[0]), await ClusterIdAsync(other[0]));
        await other.StopAllAsync();
        await cluster[2].StopAsync();

        await using var stray = new TestNode("n3", other[2].DataDirectory, cluster[2].Port, cluster.Nodes.Select(node => node.Port));
        await stray.StartAsync();
        var stopped = stray.Running.WhenStopped;

        var refusal = await Assert.ThrowsAsync<NodeStartException>(() => Eventually.CompletesAsync(stopped, "the stray node has stopped"));
        Assert.Contains(other[2].DataDirectory, refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"belongs to the cluster {otherId}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"are the cluster {id}", refusal.Message, StringComparison.Ordinal);
        foreach (var node in cluster.Nodes.Take(2))
        {
            Assert.Equal(204, (int)(await node.Http.PutAsync("/kv/still", node.Name)).Status);
            Assert.Equal(id, await ClusterIdAsync(node));
        }

        await cluster[2].StartAsync();
        await cluster.ConnectedAsync();
        Assert.Equal(id, await ClusterIdAsync(cluster[2]));
    }

    [Fact]
    public async Task New_nodes_should_found_nothing_beside_a_ring_that_one_node_brings_along_and_should_name_it()
    {
        await using var other = await TestCluster.StartAsync();
        var otherId = await ClusterIdAsync(other[0]);
        await other.StopAllAsync();
        await using var cluster = new TestCluster();
        var seeds = cluster.Nodes.Select(node => node.Port);
        await using var stray = new TestNode("n3", other[2].DataDirectory, LoopbackPorts.Reserve(), seeds);
        await stray.StartAsync();
        await cluster[0].StartAsync();
        await NamesAsync(cluster[0]);

        await Task.WhenAll(cluster[1].StartAsync(), cluster[2].StartAsync());

        foreach (var node in cluster.Nodes) await NamesAsync(node);
        Assert.All(cluster.Nodes, node => Assert.False(node.Running.WhenServing.IsCompleted));

        Task NamesAsync(TestNode node) => Eventually.HoldsAsync(
            async () => (await node.Http.GetAsync("/kv/x")).Text is var text
                && text.Contains($"the cluster {otherId} has a ring without this node (n3 has it)", StringComparison.Ordinal),
            $"{node.Name} names the ring of {otherId}");
    }

    [Fact]
    public async Task Directory_of_a_node_of_another_name_should_be_refused_with_both_names()
    {
        await using var cluster = new TestCluster();
        await cluster[0].StartAsync();
        await cluster[0].StopAsync();

        var refusal = await RefusedAsync(new TestNode("renamed", cluster[0].DataDirectory, cluster[0].Port, []));

        Assert.Contains("belongs to the node 'n1'", refusal, StringComparison.Ordinal);
        Assert.Contains("'renamed'", refusal, StringComparison.Ordinal);
        Assert.Contains("akkakv.node.data-directory", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directory_in_use_should_be_refused_and_its_user_go_on()
    {
        await using var cluster = await TestCluster.StartAsync();

        var refusal = await RefusedAsync(new TestNode("n1", cluster[0].DataDirectory, LoopbackPorts.Reserve(), []));

        Assert.Contains(cluster[0].DataDirectory, refusal, StringComparison.Ordinal);
        Assert.Contains("in use", refusal, StringComparison.Ordinal);
        Assert.Equal(204, (int)(await cluster.Http.PutAsync("/kv/x?w=all", "y")).Status);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("ring")]
    [InlineData("vote")]
    public async Task Damaged_file_should_be_named_where_the_node_is_refused(string file)
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.StopAllAsync();
        var path = Path.Combine(cluster[1].DataDirectory, file);
        var whole = await File.ReadAllBytesAsync(path);

        byte[][] flipped = [.. new[] { 3, 9, 15, whole.Length - 1 }.Select(at => Flipped(whole, at))];
        foreach (var damaged in (byte[][])[.. flipped, whole[..^1], whole[..10], []])
        {
            await File.WriteAllBytesAsync(path, damaged);
            var refusal = await RefusedAsync(cluster[1]);
            Assert.Contains(path, refusal, StringComparison.Ordinal);
            Assert.Contains("damaged", refusal, StringComparison.Ordinal);
        }

        await File.WriteAllBytesAsync(path, whole);
        await cluster[1].StartAndServeAsync();
    }

    [Fact]
    public async Task Directory_without_its_identity_should_be_refused()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.StopAllAsync();
        File.Delete(Path.Combine(cluster[1].DataDirectory, "identity"));

        Assert.Contains("no identity file", await RefusedAsync(cluster[1]), StringComparison.Ordinal);
        File.Delete(Path.Combine(cluster[1].DataDirectory, "ring"));
        Assert.Contains("no identity file", await RefusedAsync(cluster[1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ring_of_another_directory_should_be_refused()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var other = await TestCluster.StartAsync();
        await Task.WhenAll(cluster.StopAllAsync(), other.StopAllAsync());
        File.Copy(Path.Combine(other[0].DataDirectory, "ring"), Path.Combine(cluster[0].DataDirectory, "ring"), overwrite: true);

        var refusal = await RefusedAsync(cluster[0]);

        Assert.Contains("do not belong together", refusal, StringComparison.Ordinal);
        Assert.Contains(cluster[0].DataDirectory, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_in_use_should_be_named_where_the_node_is_refused()
    {
        await using var cluster = new TestCluster(nodes: 1);
        await cluster[0].StartAsync();
        var httpPort = cluster[0].Running.HttpAddress.Port;

        var refusal = await RefusedAsync(new TestNode("n2", cluster.Directory("n2"), cluster[0].Port, []));
        Assert.Contains($":{cluster[0].Port} (Akka)", refusal, StringComparison.Ordinal);
        Assert.Contains("akkakv.remote.port", refusal, StringComparison.Ordinal);

        refusal = await RefusedAsync(
            new TestNode("n2", cluster.Directory("n2"), LoopbackPorts.Reserve(), [], $"akkakv.http.port = {httpPort}"));
        Assert.Contains($":{httpPort} (HTTP)", refusal, StringComparison.Ordinal);
        Assert.Contains("akkakv.http.port", refusal, StringComparison.Ordinal);

        // Nothing of the failed starts holds the directory.
        await using var third = new TestNode("n2", cluster.Directory("n2"), LoopbackPorts.Reserve(), []);
        await third.StartAsync();
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        var damaged = bytes.ToArray();
        damaged[at] ^= 0x10;
        return damaged;
    }

    private static async Task<string> RefusedAsync(TestNode node) =>
        (await Assert.ThrowsAsync<NodeStartException>(node.StartAsync)).Message;

    private static Task<string> ClusterIdAsync(TestNode node) => TestCluster.ClusterIdAsync(node);
}
