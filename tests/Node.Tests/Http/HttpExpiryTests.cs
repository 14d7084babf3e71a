using System.Globalization;
using System.Net;

namespace AkkaKv.Node.Tests;

[Collection(SharedCluster.Name)]
public sealed class HttpExpiryTests(SharedCluster shared)
{
    private KvHttp Http => shared.Http;

    [Fact]
    public async Task Value_with_a_time_to_live_should_say_what_is_left_of_it()
    {
        var before = DateTimeOffset.UtcNow;
        Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync("/kv/lives?ttl=60.5", "x")).Status);

        var get = await Http.GetAsync("/kv/lives");
        Assert.InRange(get.Json.GetProperty("ttl").GetDecimal(), 1m, 60.5m);
        Assert.InRange(get.Json.GetProperty("expiresAt").GetDateTimeOffset(), before.AddSeconds(60), DateTimeOffset.UtcNow.AddSeconds(61));
        var raw = await Http.GetAsync("/kv/lives", ("Accept", "application/octet-stream"));
        Assert.Equal("x", raw.Text);
        Assert.Equal(get.Json.GetProperty("expiresAt").GetString(), raw.Header("X-AkkaKv-Expires-At"));
        Assert.InRange(decimal.Parse(raw.Header("X-AkkaKv-Ttl")!, CultureInfo.InvariantCulture), 1m, 60.5m);

        Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync("/kv/lives", "y")).Status);
        get = await Http.GetAsync("/kv/lives");
        Assert.False(get.Json.TryGetProperty("ttl", out _) || get.Json.TryGetProperty("expiresAt", out _));
    }

    [Fact]
    public async Task Expired_value_should_be_gone_at_every_node_and_like_one_that_never_was()
    {
        await Http.PutAsync("/kv/short?ttl=0.2&w=all", "x");
        foreach (var node in shared.Cluster.Nodes)
            await Eventually.HoldsAsync(async () => (await node.Http.GetAsync("/kv/short")).Status == HttpStatusCode.NotFound, "the value expires");

        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Http.PutAsync("/kv/short", "y", ("If-Match", "*"))).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync("/kv/short", "y", ("If-None-Match", "*"))).Status);
        Assert.Equal("y", (await Http.GetAsync("/kv/short")).Json.GetProperty("value").GetString());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("")]
    [InlineData("0.0001")]
    [InlineData("1.0005")]
    [InlineData("3153600001")]
    public async Task Time_to_live_that_is_none_should_be_refused(string ttl)
    {
        var put = await Http.PutAsync($"/kv/refused?ttl={ttl}", "x");
        Assert.Equal((HttpStatusCode.BadRequest, "BadRequest"), (put.Status, put.Error));
        Assert.Contains("ttl", put.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Time_to_live_should_be_for_writes_of_values_only()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await Http.DeleteAsync("/kv/refused?ttl=1")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Http.GetAsync("/kv/refused?ttl=1")).Status);
    }

    [Fact]
    public async Task Status_should_say_how_the_clock_stands()
    {
        var clock = (await TestCluster.StatusAsync(shared.Cluster[0])).GetProperty("clock");
        Assert.InRange(clock.GetProperty("leadMilliseconds").GetInt64(), -1000, 1000);
        Assert.True(clock.GetProperty("isTrusted").GetBoolean());
    }
}
