using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace AkkaKv.Cluster.Tests;

/// <summary>Real processes that are held up: routed around, removed, and back.</summary>
public sealed class LivenessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Node_that_is_held_up_should_be_routed_around_and_come_back()
    {
        await using var cluster = await ProcessCluster.StartAsync();
        using var http = new HttpClient { Timeout = Limit };
        await StatesAsync(cluster, http, 0, ["up", "up", "up"]);
        cluster[2].Pause();
        foreach (var node in new[] { 0, 1 })
        {
            var members = await StatesAsync(cluster, http, node, ["up", "up", "down"]);
            Assert.Equal(["n0", "n1"], members[2].GetProperty("witnesses").EnumerateArray().Select(witness => witness.GetString()!).Order());
        }

        for (var key = 0; key < 50; key++) Assert.Equal(HttpStatusCode.NoContent, await PutAsync(cluster, http, key % 2, $"held-{key}", ""));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PutAsync(cluster, http, 0, "all", "&w=all"));

        cluster[2].Continue();
        for (var node = 0; node < 3; node++) await StatesAsync(cluster, http, node, ["up", "up", "up"]);
        Assert.Equal(HttpStatusCode.NoContent, await PutAsync(cluster, http, 2, "all", "&w=all"));
        for (var key = 0; key < 50; key++)
            Assert.Equal("x", JsonDocument.Parse(await http.GetStringAsync(new Uri(cluster.AddressOf(2), $"kv/held-{key}"))).RootElement.GetProperty("value").GetString());
    }

    [Fact]
    public async Task quarantined_after_long_partition()
    {
        // Twenty minutes in twenty seconds: what is out of reach for long is removed after two seconds instead of ten minutes.
        await using var cluster = await ProcessCluster.StartAsync(
            """
            akkakv.downing.after = 2s
            akkakv.rejoin.stagger = 500ms
            akka.cluster.failure-detector.acceptable-heartbeat-pause = 2s
            """);
        using var http = new HttpClient { Timeout = Limit };
        await StatesAsync(cluster, http, 0, ["up", "up", "up"]);
        Assert.Equal(HttpStatusCode.NoContent, await PutAsync(cluster, http, 0, "before", "&w=all"));
        cluster[2].Pause();
        // Whichever of the two is first; the other finds it done.
        await await Task.WhenAny(
            cluster[0].WaitForLineAsync("is removed from the Akka cluster", Limit), cluster[1].WaitForLineAsync("is removed from the Akka cluster", Limit));
        Assert.Equal(HttpStatusCode.NoContent, await PutAsync(cluster, http, 1, "meanwhile", ""));

        cluster[2].Continue();
        await cluster[2].WaitForLineAsync("The actor system is made anew", Limit);
        for (var node = 0; node < 3; node++) await StatesAsync(cluster, http, node, ["up", "up", "up"]);
        Assert.Equal(HttpStatusCode.NoContent, await PutAsync(cluster, http, 2, "after", "&w=all"));
        foreach (var key in new[] { "before", "meanwhile", "after" })
            Assert.Equal("x", JsonDocument.Parse(await http.GetStringAsync(new Uri(cluster.AddressOf(2), $"kv/{key}"))).RootElement.GetProperty("value").GetString());
    }

    private static async Task<HttpStatusCode> PutAsync(ProcessCluster cluster, HttpClient http, int node, string key, string parameters)
    {
        using var answer = await http.PutAsync(new Uri(cluster.AddressOf(node), $"kv/{key}?value=x{parameters}"), null);
        return answer.StatusCode;
    }

    /// <summary>Waits until a node gives its members these states.</summary>
    private static async Task<List<JsonElement>> StatesAsync(ProcessCluster cluster, HttpClient http, int node, string[] expected)
    {
        var watch = Stopwatch.StartNew();
        using var polls = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            using var status = JsonDocument.Parse(await http.GetStringAsync(new Uri(cluster.AddressOf(node), "cluster/status")));
            var members = status.RootElement.GetProperty("members").Clone().EnumerateArray()
                .OrderBy(member => member.GetProperty("name").GetString(), StringComparer.Ordinal).ToList();
            if (members.Select(member => member.GetProperty("state").GetString()!).SequenceEqual(expected)) return members;
            Assert.True(watch.Elapsed < Limit, $"n{node} does not come to {string.Join(' ', expected)}: {status.RootElement}\n{cluster[node].Log}");
            await polls.WaitForNextTickAsync();
        }
    }
}
