using System.Net;

namespace AkkaKv.Node.Tests;

/// <summary>Levels and places through the HTTP door.</summary>
public sealed class HttpDataCenterTests
{
    [Fact]
    public async Task Two_data_centres_should_form_one_ring_and_answer_at_every_level()
    {
        using var directory = new TempDirectory();
        var ports = Enumerable.Range(0, 4).Select(_ => LoopbackPorts.Reserve()).ToList();
        var nodes = ports.Select((port, place) => new TestNode(
            $"n{place + 1}", directory[$"n{place + 1}"], port, ports,
            $"akkakv {{ node.data-center = {(place < 2 ? "east" : "west")}, cluster {{ expect = 4, replicas = 2, write-quorum = 2, read-quorum = 1 }} }}")).ToList();
        try
        {
            await Task.WhenAll(nodes.Select(node => node.StartAsync()));
            foreach (var node in nodes)
            {
                await node.ServesAsync();
                await Eventually.HoldsAsync(async () => await TestCluster.UpAsync(node) == 4, $"{node.Name} reaches all 4 nodes");
            }

            var status = await TestCluster.StatusAsync(nodes[0]);
            Assert.Equal(4, status.GetProperty("replicas").GetInt32());
            Assert.Equal(
                ["east 2", "west 2"],
                status.GetProperty("dataCenters").EnumerateArray().Select(place => $"{place.GetProperty("name")} {place.GetProperty("replicas")}"));

            foreach (var level in (string[])["1", "local-quorum", "quorum", "each-quorum", "all"])
            {
                Assert.Equal(HttpStatusCode.NoContent, (await nodes[0].Http.PutAsync($"/kv/{level}?w={level}", "x")).Status);
                Assert.Equal(HttpStatusCode.OK, (await nodes[3].Http.GetAsync($"/kv/{level}?r=all")).Status);
            }

            var all = await nodes[2].Http.PutAsync("/kv/x?w=all&replicas=true", "x");
            Assert.Equal("n1, n2, n3, n4", all.Header("X-AkkaKv-Replicas"));
            Assert.Equal("n3, n4", (await nodes[2].Http.GetAsync("/kv/x?r=2&replicas=true")).Header("X-AkkaKv-Replicas"));
            Assert.Null((await nodes[2].Http.GetAsync("/kv/x?r=2")).Header("X-AkkaKv-Replicas"));
            var beyond = await nodes[2].Http.GetAsync("/kv/x?r=3");
            Assert.Equal((HttpStatusCode.BadRequest, "r is 3, and a key has 2 replicas in data centre west."), (beyond.Status, beyond.Message));
        }
        finally
        {
            await Task.WhenAll(nodes.Select(node => node.StopAsync()));
        }
    }
}
