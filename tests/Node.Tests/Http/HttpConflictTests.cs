using System.Net;

namespace AkkaKv.Node.Tests;

public sealed class HttpConflictTests
{
    private const string Alone =
        """
        akkakv.cluster { expect = 1, replicas = 1, write-quorum = 1, read-quorum = 1 }
        akkakv.cluster.conflicts { last-write-wins = ["cache/", "a/"], siblings = ["cache/kept/"] }
        akkakv.limits { siblings-warn = 2, siblings = 3 }
        """;

    [Fact]
    public async Task Conflicts_should_end_by_the_policy_of_the_longest_prefix_and_siblings_by_their_limits()
    {
        await using var cluster = await TestCluster.StartAsync(1, Alone);
        var conflicts = (await TestCluster.StatusAsync(cluster[0])).GetProperty("conflicts");
        Assert.Equal("siblings", conflicts.GetProperty("default").GetString());
        Assert.Equal(["cache/", "a/"], conflicts.GetProperty("last-write-wins").EnumerateArray().Select(prefix => prefix.GetString()));
        Assert.Equal(["cache/kept/"], conflicts.GetProperty("siblings").EnumerateArray().Select(prefix => prefix.GetString()));

        // Writers that have all seen the same.
        var won = await WriteAsync(cluster, "/kv/cache/x", 4);
        Assert.All(won, put => Assert.Equal((HttpStatusCode.NoContent, null), (put.Status, put.Header("X-AkkaKv-Warning"))));
        var get = await cluster.Http.GetAsync("/kv/cache/x");
        Assert.Equal((HttpStatusCode.OK, "3", won[^1].ETag), (get.Status, get.Json.GetProperty("value").GetString(), get.ETag));

        var kept = await WriteAsync(cluster, "/kv/cache/kept/x", 4);
        Assert.Equal([false, true, true, false], kept.Select(put => put.Header("X-AkkaKv-Warning") is not null));
        Assert.Contains("2 concurrent versions", kept[1].Header("X-AkkaKv-Warning"), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "TooManySiblings"), (kept[3].Status, kept[3].Error));
        get = await cluster.Http.GetAsync("/kv/cache/kept/x");
        Assert.Equal((HttpStatusCode.MultipleChoices, 3), (get.Status, get.Json.GetProperty("siblings").GetArrayLength()));
        Assert.Equal(HttpStatusCode.NoContent, (await cluster.Http.PutAsync("/kv/cache/kept/x", "all", ("X-AkkaKv-Context", get.Context))).Status);
        Assert.Equal(HttpStatusCode.OK, (await cluster.Http.GetAsync("/kv/cache/kept/x")).Status);
    }

    private static async Task<List<KvResponse>> WriteAsync(TestCluster cluster, string target, int writers)
    {
        var seen = await cluster.Http.PutAsync(target, "seen by all");
        List<KvResponse> written = [];
        for (var writer = 0; writer < writers; writer++)
            written.Add(await cluster.Http.PutAsync(target, $"{writer}", ("X-AkkaKv-Context", seen.Context)));
        return written;
    }
}
