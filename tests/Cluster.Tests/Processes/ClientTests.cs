using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using AkkaKv.Protocol;

namespace AkkaKv.Cluster.Tests;

/// <summary>Akka clients outside the cluster, against real node processes.</summary>
public class ClientTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Client_outside_the_cluster_should_put_get_and_delete()
    {
        await using var cluster = await ProcessCluster.StartAsync();
        // The first contact is one where nobody listens: the client goes on to the next.
        string[] contacts = [$"127.0.0.1:{ProcessCluster.FreePorts(1)[0].ToString(CultureInfo.InvariantCulture)}", .. cluster.Contacts];
        await ActorShouldPutAndGetAsync(contacts);

        await using var client = AkkaKvClient.Connect(contacts, new AkkaKvClientOptions { Timeout = Limit });
        var written = await client.PutAsync("name", "john");
        var found = await client.GetAsync("name");
        Assert.Equal("john", Encoding.UTF8.GetString(found!.Value.Span));
        Assert.Equal(written.Version, found.Version);

        // With one context, two writes are concurrent; both are shown, and a write with the context of that read replaces both.
        await client.PutAsync(new Put("name", "jane") { Context = found.Context });
        await client.PutAsync(new Put("name", "jack") { Context = found.Context });
        var siblings = await client.GetAsync("name");
        Assert.Equal(["jack", "jane"], siblings!.Versions.Select(version => Encoding.UTF8.GetString(version.Value.Span)).Order());
        await client.PutAsync(new Put("name", "both") { Context = siblings.Context });
        Assert.Equal("both", Encoding.UTF8.GetString((await client.GetAsync("name"))!.Value.Span));

        await client.DeleteAsync("name");
        Assert.Null(await client.GetAsync("name"));

        var stale = new Put("name", "late") { Condition = new WriteCondition(WriteConditionKind.ETagIs, found.ETag) };
        Assert.IsType<PreconditionFailed>(await client.SendAsync(stale));
        Assert.IsType<KeyTooLarge>(await client.SendAsync(new Get(new byte[1025])));
        Assert.IsType<ValueTooLarge>(await client.SendAsync(new Put("large"u8.ToArray(), new byte[1024 * 1024 + 1])));
        var refused = await Assert.ThrowsAsync<AkkaKvException>(() => client.PutAsync(new Put("name", "x") { Context = new byte[30] }));
        Assert.IsType<BadContext>(refused.Failure);

        var many = Enumerable.Range(0, 2000).Select(i => client.PutAsync($"key-{i}", $"value-{i}"));
        await Task.WhenAll(many);
        await Task.WhenAll(Enumerable.Range(0, 2000).Select(async i =>
            Assert.Equal($"value-{i}", Encoding.UTF8.GetString((await client.GetAsync($"key-{i}"))!.Value.Span))));
    }

    [Fact]
    public async Task Client_without_a_node_should_say_so_when_its_time_is_up()
    {
        var nobody = ProcessCluster.FreePorts(1)[0].ToString(CultureInfo.InvariantCulture);
        await using var client = AkkaKvClient.Connect($"127.0.0.1:{nobody}");
        var put = new Put("name", "john") { Timeout = TimeSpan.FromMilliseconds(200) };
        Assert.IsType<RequestTimeout>(await client.SendAsync(put));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync("name", cancelled.Token));
    }

    /// <summary>An actor in somebody else's actor system uses the client and pipes the answers to itself.</summary>
    private static async Task ActorShouldPutAndGetAsync(string[] contacts)
    {
        using var system = ActorSystem.Create("elsewhere", ConfigurationFactory.ParseString("""
            akka.actor.provider = remote
            akka.loglevel = ERROR
            akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
            akka.remote.dot-netty.tcp.port = 0
            """));
        await using var client = AkkaKvClient.Create(system, contacts, new AkkaKvClientOptions { Timeout = Limit });
        var greeting = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new Greeter(client, greeting))).Tell("world");
        Assert.Equal("Hello, world", await greeting.Task.WaitAsync(Limit));
        await system.Terminate();
    }

    private sealed class Greeter : ReceiveActor
    {
        public Greeter(AkkaKvClient client, TaskCompletionSource<string> greeting)
        {
            Receive<string>(name => client.PutAsync("greeting", $"Hello, {name}").PipeTo(Self));
            Receive<Written>(_ => client.GetAsync("greeting").PipeTo(Self));
            Receive<Found>(found => greeting.SetResult(Encoding.UTF8.GetString(found.Value.Span)));
            Receive<Status.Failure>(failure => greeting.SetException(failure.Cause));
        }
    }
}
