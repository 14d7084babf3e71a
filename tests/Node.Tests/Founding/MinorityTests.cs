using System.Net;
using Akka.Cluster;

namespace AkkaKv.Node.Tests;

/// <summary>A node that is alone goes on: it serves what one replica can, refuses the rest at once, and is never stopped.</summary>
public sealed class MinorityTests
{
    [Fact]
    public async Task Node_in_a_minority_should_go_on_serving()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.Http.PutAsync("/kv/before?w=all", "x");
        Assert.Equal("AkkaKv.Node.RingMajorityDowningProvider", Cluster.Get(cluster[0].Running.ActorSystem).DowningProvider.GetType().FullName);

        await cluster[1].StopAsync();
        await cluster[2].StopAsync();
        await Eventually.HoldsAsync(async () => await TestCluster.UpAsync(cluster[0]) == 1, "n1 knows that it is alone");

        Assert.Equal("x", (await cluster.Http.GetAsync("/kv/before?r=1")).Json.GetProperty("value").GetString());
        Assert.Equal(HttpStatusCode.NoContent, (await cluster.Http.PutAsync("/kv/alone?w=1", "y")).Status);
        // At once: after the wait for a timeout it would be said to be one.
        var refused = await cluster.Http.PutAsync("/kv/alone", "z");
        Assert.Equal(("NotEnoughReplicas", HttpStatusCode.ServiceUnavailable), (refused.Error, refused.Status));
        Assert.Contains("2 replicas are required, 1 can be reached", refused.Message, StringComparison.Ordinal);
        Assert.Equal("NotEnoughReplicas", (await cluster.Http.GetAsync("/kv/before")).Error);

        await cluster[1].StartAsync();
        await cluster[2].StartAsync();
        await cluster.ConnectedAsync();
        Assert.Equal("y", (await cluster.Http.GetAsync("/kv/alone")).Json.GetProperty("value").GetString());
        Assert.Equal("y", (await cluster[1].Http.GetAsync("/kv/alone?r=all")).Json.GetProperty("value").GetString());
    }
}
