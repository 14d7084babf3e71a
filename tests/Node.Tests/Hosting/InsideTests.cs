using Akka.Actor;
using Akka.Hosting;
using AkkaKv.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaKv.Node.Tests;

[Collection(SharedCluster.Name)]
public sealed class InsideTests(SharedCluster shared)
{
    [Fact]
    public async Task Actor_in_the_nodes_own_system_should_put_get_and_delete_by_messages()
    {
        var told = new TaskCompletionSource<IReadOnlyList<object>>(TaskCreationOptions.RunContinuationsAsynchronously);
        shared.Cluster[1].Running.ActorSystem.ActorOf(Props.Create(() => new Guest(told)));

        var replies = await Eventually.CompletesAsync(told.Task, "the guest has its replies");

        Assert.Matches(@"^\[n[123],1\]$", Assert.IsType<Written>(replies[0]).Version);
        Assert.Equal("x"u8.ToArray(), Assert.IsType<Found>(replies[1]).Value.ToArray());
        Assert.IsType<Deleted>(replies[2]);
        Assert.IsType<NotFound>(replies[3]);
        Assert.IsType<KeyTooLarge>(replies[4]);
    }

    [Fact]
    public async Task What_an_actor_puts_should_be_found_through_http()
    {
        var router = shared.Cluster[2].Running.ActorSystem.ActorSelection("/user/kv");
        Assert.IsType<Written>(await router.Ask<ClientReply>(new Put("from inside", "x"), Eventually.Limit));
        Assert.Equal("x", (await shared.Http.GetAsync("/kv/from%20inside")).Json.GetProperty("value").GetString());
    }

    [Fact]
    public async Task Plain_host_should_have_a_node_by_AddAkkaKv_and_its_router_as_a_required_actor()
    {
        using var directory = new TempDirectory();
        for (var start = 0; start < 2; start++)
        {
            using var host = HostOf(directory["alone"], "alone");
            await host.StartAsync();
            var router = await host.Services.GetRequiredService<IRequiredActor<KvRouter>>().GetAsync();
            await Eventually.HoldsAsync(
                async () => await router.Ask<ClientReply>(new Get("k"), Eventually.Limit) is not NotReady, "the node in the host serves");

            if (start == 0) Assert.IsType<Written>(await router.Ask<ClientReply>(new Put("k", "v"), Eventually.Limit));
            var found = Assert.IsType<Found>(await router.Ask<ClientReply>(new Get("k"), Eventually.Limit));
            Assert.Equal("v"u8.ToArray(), found.Value.ToArray());
            await host.StopAsync();
        }
    }

    [Fact]
    public async Task Plain_host_should_fail_to_start_with_the_reason_where_the_directory_cannot_be_used()
    {
        using var directory = new TempDirectory();
        using (var host = HostOf(directory["node"], "first"))
        {
            await host.StartAsync();
            await host.StopAsync();
        }

        using var other = HostOf(directory["node"], "second");
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => other.StartAsync());
        Assert.Contains("belongs to the node 'first'", failure.ToString(), StringComparison.Ordinal);

        await File.WriteAllBytesAsync(Path.Combine(directory["node"], "identity"), [1, 2, 3]);
        using var third = HostOf(directory["node"], "first");
        failure = await Assert.ThrowsAnyAsync<Exception>(() => third.StartAsync());
        Assert.Contains(nameof(NodeStartException), failure.ToString(), StringComparison.Ordinal);
    }

    private static IHost HostOf(string directory, string name)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddAkkaKv(NodeSettings.FromHocon(
            $$"""
            akkakv {
              node { name = "{{name}}", data-directory = "{{directory}}" }
              remote.port = {{LoopbackPorts.Reserve()}}
              cluster { expect = 1, replicas = 1, write-quorum = 1, read-quorum = 1, partitions = 8 }
            }
            akka.cluster.periodic-tasks-initial-delay = 10ms
            """));
        return builder.Build();
    }

    /// <summary>Any actor beside the node.</summary>
    private sealed class Guest : ReceiveActor
    {
        private readonly Queue<ClientRequest> _requests =
            new([new Put("guest", "x"), new Get("guest"), new Delete("guest"), new Get("guest"), new Get("")]);

        private readonly List<object> _replies = [];

        public Guest(TaskCompletionSource<IReadOnlyList<object>> told)
        {
            Receive<ClientReply>(reply =>
            {
                _replies.Add(reply);
                if (_requests.TryDequeue(out var next)) Send(next);
                else told.SetResult(_replies);
            });
            Send(_requests.Dequeue());
        }

        private static void Send(ClientRequest request) => Context.ActorSelection("/user/kv").Tell(request);
    }
}
