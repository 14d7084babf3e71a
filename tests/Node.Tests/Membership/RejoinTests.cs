using System.Net;
using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using Akka.Remote;
using AkkaKv.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaKv.Node.Tests;

/// <summary>Nodes that the others have shut out come back with their data, through doors that were never closed.</summary>
public sealed class RejoinTests
{
    private const string Hocon = "akkakv.rejoin.stagger = 100ms";

    [Fact]
    public async Task Quarantined_node_should_come_back_by_itself_with_its_data()
    {
        await using var cluster = await TestCluster.StartAsync(hocon: Hocon);
        await cluster.Http.PutAsync("/kv/before?w=all", "x");
        var (old, address) = (cluster[2].Running.ActorSystem, cluster[2].Running.HttpAddress);
        var self = Cluster.Get(old).SelfUniqueAddress;
        foreach (var node in cluster.Nodes.Take(2))
            ((IRemoteActorRefProvider)((ExtendedActorSystem)node.Running.ActorSystem).Provider).Quarantine(self.Address, self.Uid);

        await ComesBackAsync(cluster, old);
        Assert.Equal(address, cluster[2].Running.HttpAddress);
    }

    [Fact]
    public async Task Node_that_was_removed_from_the_akka_cluster_should_come_back_by_itself_with_its_data()
    {
        await using var cluster = await TestCluster.StartAsync(hocon: Hocon);
        await cluster.Http.PutAsync("/kv/before?w=all", "x");
        var old = cluster[2].Running.ActorSystem;
        Cluster.Get(cluster[0].Running.ActorSystem).Down(Cluster.Get(old).SelfAddress);

        await ComesBackAsync(cluster, old);
    }

    [Fact]
    public async Task Requests_of_a_node_that_makes_its_actor_system_anew_should_wait_for_it()
    {
        await using var cluster = await TestCluster.StartAsync(hocon: Hocon);
        await cluster.Http.PutAsync("/kv/before?w=all", "x");
        var old = cluster[2].Running.ActorSystem;
        Cluster.Get(cluster[0].Running.ActorSystem).Down(Cluster.Get(old).SelfAddress);
        var answered = 0;
        while (ReferenceEquals(cluster[2].Running.ActorSystem, old) || answered == 0)
        {
            // Its own replica answers this, before, in between and after.
            var get = await cluster[2].Http.GetAsync("/kv/before?r=1&timeout=20000");
            Assert.True(get.Status == HttpStatusCode.OK, get.Text);
            answered++;
        }

        Assert.Equal(HttpStatusCode.OK, (await cluster[2].Http.GetAsync("/kv/before?r=1&timeout=20000")).Status);
    }

    [Fact]
    public async Task all_nodes_restart()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.Http.PutAsync("/kv/before?w=all", "x");
        var id = await TestCluster.ClusterIdAsync(cluster[0]);
        await cluster.StopAllAsync();

        await cluster[1].StartAsync();
        Assert.Equal("x", (await cluster[1].Http.GetAsync("/kv/before?r=1")).Json.GetProperty("value").GetString());
        await cluster[2].StartAsync();
        await cluster[0].StartAsync();
        await cluster.ConnectedAsync();
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(id, await TestCluster.ClusterIdAsync(node));
            await Eventually.HoldsAsync(() => Members(node) == 3, $"{node.Name} is in an Akka cluster of three");
        }
    }

    [Fact]
    public async Task Host_of_a_node_that_was_shut_out_should_be_told_and_keep_its_actor_system()
    {
        using var directory = new TempDirectory();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddAkkaKv(NodeSettings.FromHocon(
            $$"""
            akkakv {
              node { name = alone, data-directory = "{{directory["alone"]}}" }
              remote.port = {{LoopbackPorts.Reserve()}}
              cluster { expect = 1, replicas = 1, write-quorum = 1, read-quorum = 1, partitions = 8 }
              rejoin.stagger = 100ms
            }
            akka.cluster.periodic-tasks-initial-delay = 10ms
            """));
        using var host = builder.Build();
        await host.StartAsync();
        var (system, membership) = (host.Services.GetRequiredService<ActorSystem>(), host.Services.GetRequiredService<AkkaKvMembership>());
        var router = await host.Services.GetRequiredService<IRequiredActor<KvRouter>>().GetAsync();
        await Eventually.HoldsAsync(async () => await router.Ask<ClientReply>(new Get("k"), Eventually.Limit) is not NotReady, "the node serves");
        Assert.False(membership.WhenShutOut.IsCompleted);

        Cluster.Get(system).Down(Cluster.Get(system).SelfAddress);
        Assert.Contains("removed", await Eventually.CompletesAsync(membership.WhenShutOut, "the host is told"), StringComparison.Ordinal);
        Assert.IsType<Written>(await router.Ask<ClientReply>(new Put("k", "v"), Eventually.Limit));
        Assert.False(system.WhenTerminated.IsCompleted);
        await host.StopAsync();
    }

    private static async Task ComesBackAsync(TestCluster cluster, ActorSystem old)
    {
        await Eventually.HoldsAsync(() => !ReferenceEquals(cluster[2].Running.ActorSystem, old), "n3 has another actor system");
        Assert.True(old.WhenTerminated.IsCompleted);
        await cluster.ConnectedAsync();
        await Eventually.HoldsAsync(() => Members(cluster[2]) == 3 && Members(cluster[0]) == 3, "the Akka cluster has three members again");
        Assert.Equal("x", (await cluster[2].Http.GetAsync("/kv/before?r=1")).Json.GetProperty("value").GetString());
        Assert.Equal(HttpStatusCode.NoContent, (await cluster[2].Http.PutAsync("/kv/after?w=all", "y")).Status);
        // Its dots are of another epoch from now on.
        var versions = new List<string>();
        for (var number = 0; number < 20; number++) versions.Add((await cluster[2].Http.PutAsync($"/kv/after-{number}", "y")).Version);
        Assert.Contains(versions, version => version.StartsWith("[n3.", StringComparison.Ordinal));
        Assert.DoesNotContain(versions, version => version.StartsWith("[n3,", StringComparison.Ordinal));
    }

    private static int Members(TestNode node) =>
        Cluster.Get(node.Running.ActorSystem).State is var state && state.Unreachable.IsEmpty ? state.Members.Count(member => member.Status == MemberStatus.Up) : 0;
}
