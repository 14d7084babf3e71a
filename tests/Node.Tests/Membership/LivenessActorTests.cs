using Akka.Actor;

namespace AkkaKv.Node.Tests;

/// <summary>Liveness in running nodes, by what their doors say.</summary>
public sealed class LivenessActorTests
{
    [Fact]
    public async Task Stopped_member_should_be_down_by_two_witnesses_and_up_again_when_it_is_back()
    {
        await using var cluster = await TestCluster.StartAsync(hocon: "akkakv.liveness.suspect-after = 1s");
        await cluster[2].StopAsync();
        foreach (var node in cluster.Nodes.Take(2))
        {
            await Eventually.HoldsAsync(async () => (await MemberAsync(node, "n3")).GetProperty("state").GetString() == "down", $"{node.Name} knows that n3 is down");
            var member = await MemberAsync(node, "n3");
            Assert.Equal(["n1", "n2"], member.GetProperty("witnesses").EnumerateArray().Select(witness => witness.GetString()!).Order());
            Assert.True(member.GetProperty("since").GetDateTimeOffset() <= DateTimeOffset.UtcNow);
            Assert.NotEmpty(member.GetProperty("reason").GetString()!);
            Assert.Equal("up", (await MemberAsync(node, node.Name == "n1" ? "n2" : "n1")).GetProperty("state").GetString());
        }

        await cluster[2].StartAsync();
        await cluster.ConnectedAsync();
        Assert.Empty((await MemberAsync(cluster[0], "n3")).GetProperty("witnesses").EnumerateArray());
        var signs = (await TestCluster.StatusAsync(cluster[0])).GetProperty("signsOfLife");
        Assert.InRange(signs.GetProperty("p99LatenessMilliseconds").GetInt64(), 0, signs.GetProperty("longestLatenessMilliseconds").GetInt64());
        await Eventually.HoldsAsync(
            async () => (await TestCluster.StatusAsync(cluster[0])).GetProperty("signsOfLife").GetProperty("count").GetInt64() > 10, "signs are counted");
    }

    [Fact]
    public async Task Signs_and_akkas_heartbeats_should_have_threads_that_the_load_does_not_use()
    {
        await using var cluster = await TestCluster.StartAsync();
        var system = (ExtendedActorSystem)cluster[0].Running.ActorSystem;
        await Eventually.HoldsAsync(
            async () => await DispatcherAsync("/system/cluster/core/daemon/heartbeatSender") is not null, "n1 sends Akka's heartbeats");
        Assert.Equal("akkakv.dispatchers.signs", await DispatcherAsync("/user/akkakv/liveness"));
        Assert.Equal("akkakv.dispatchers.cluster", await DispatcherAsync("/system/cluster/core/daemon/heartbeatSender"));
        Assert.Equal("akkakv.dispatchers.cluster", await DispatcherAsync("/user/akkakv/membership"));
        string[] load = ["/user/kv", "/user/kv/multi", "/user/akkakv/store-0", "/user/akkakv/coordinator-1", "/user/akkakv/clients"];
        var dispatchers = new List<string>();
        foreach (var path in load) dispatchers.Add($"{path} {await DispatcherAsync(path)}");
        Assert.Equal(load.Select(path => $"{path} akkakv.dispatchers.data"), dispatchers);
        // Akka puts these where it likes; the load is on neither.
        foreach (var path in new[] { "/system/cluster/heartbeatReceiver", "/system/cluster/core/daemon" })
        {
            var dispatcher = await DispatcherAsync(path);
            Assert.NotEqual("akkakv.dispatchers.data", dispatcher);
            Assert.Equal("fork-join-executor", system.Settings.Config.GetString($"{dispatcher}.executor"));
        }

        async Task<string?> DispatcherAsync(string path)
        {
            try
            {
                return ((ActorCell)((ActorRefWithCell)await system.ActorSelection(path).ResolveOne(TimeSpan.FromSeconds(1))).Underlying).Dispatcher.Id;
            }
            catch (ActorNotFoundException)
            {
                return null;
            }
        }
    }

    private static async Task<System.Text.Json.JsonElement> MemberAsync(TestNode node, string name) => (await TestCluster.StatusAsync(node))
        .GetProperty("members").EnumerateArray().Single(member => member.GetProperty("name").GetString() == name);
}
