using System.Net;

namespace AkkaKv.Node.Tests;

/// <summary>The run of versions that every text on Dynamo shows (section 4.4, figure 3), at the doors of a running cluster.</summary>
public sealed class TextbookTests
{
    [Fact]
    public async Task Versions_should_run_as_in_the_textbook()
    {
        await using var cluster = new TestCluster(["Sx", "Sy", "Sz"]);
        await cluster.StartAllAsync();
        var (sx, sy, sz) = (cluster[0].Http, cluster[1].Http, cluster[2].Http);

        // A write without a context goes to the key's first owner: a key is needed whose first owner is Sx.
        var (key, d1) = await FirstAtSxAsync(sx);
        Assert.Equal("[Sx,1]", d1.Version);

        // With a context, the owner that is asked handles the write.
        var d2 = await sx.PutAsync(key, "D2", ("X-AkkaKv-Context", d1.Context));
        Assert.Equal("[Sx,2]", d2.Version);
        var d3 = await sy.PutAsync(key, "D3", ("X-AkkaKv-Context", d2.Context));
        Assert.Equal("[Sx,2],[Sy,1]", d3.Version);
        await sz.PutAsync(key, "D4", ("X-AkkaKv-Context", d2.Context));

        var both = await sx.GetAsync(key + "?r=all");
        Assert.Equal(HttpStatusCode.MultipleChoices, both.Status);
        Assert.Equal(
            [("D3", "[Sx,2],[Sy,1]"), ("D4", "[Sx,2],[Sz,1]")],
            both.Json.GetProperty("siblings").EnumerateArray()
                .Select(sibling => (sibling.GetProperty("value").GetString(), sibling.GetProperty("version").GetString()))
                .Order());

        var d5 = await sx.PutAsync(key, "D5", ("X-AkkaKv-Context", both.Context));
        Assert.Equal("[Sx,3],[Sy,1],[Sz,1]", d5.Version);
        var merged = await sz.GetAsync(key);
        Assert.Equal(("D5", "[Sx,3],[Sy,1],[Sz,1]"), (merged.Json.GetProperty("value").GetString(), merged.Version));
    }

    private static async Task<(string Key, KvResponse D1)> FirstAtSxAsync(KvHttp door)
    {
        for (var number = 0; ; number++)
        {
            var key = $"/kv/textbook-{number}";
            var written = await door.PutAsync(key, "D1");
            Assert.Equal(HttpStatusCode.NoContent, written.Status);
            if (written.Version.StartsWith("[Sx", StringComparison.Ordinal)) return (key, written);
        }
    }
}
