using System.Net;
using System.Text;

namespace AkkaKv.Node.Tests;

[Collection(SharedCluster.Name)]
public sealed class HttpValueTests(SharedCluster shared)
{
    private const int Limit = 1024 * 1024;

    private KvHttp Http => shared.Http;

    [Fact]
    public async Task Empty_value_should_be_a_value()
    {
        foreach (var target in new[] { "/kv/empty-query?value=", "/kv/empty-body" })
        {
            Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync(target)).Status);
            var get = await Http.GetAsync(target.Split('?')[0]);
            Assert.Equal(HttpStatusCode.OK, get.Status);
            Assert.Equal("", get.Json.GetProperty("value").GetString());
            Assert.Empty((await Http.GetAsync(target.Split('?')[0], ("Accept", "application/octet-stream"))).Body);
        }
    }

    [Fact]
    public async Task Value_of_1_MiB_should_survive_a_round_trip_through_every_node()
    {
        var value = new byte[Limit];
        new Random(1).NextBytes(value);

        foreach (var node in shared.Cluster.Nodes)
        {
            Assert.Equal(HttpStatusCode.NoContent, (await node.Http.PutAsync($"/kv/large-{node.Name}?w=all", value)).Status);
            foreach (var reader in shared.Cluster.Nodes)
            {
                var get = await reader.Http.GetAsync($"/kv/large-{node.Name}?r=all", ("Accept", "application/octet-stream"));
                Assert.True(get.Body.AsSpan().SequenceEqual(value), $"{reader.Name} reads what {node.Name} wrote: {get.Status}");
            }
        }
    }

    [Fact]
    public async Task Value_above_the_limit_should_be_refused_with_413_and_change_nothing()
    {
        var tooLarge = new byte[Limit + 1];
        await Http.PutAsync("/kv/too-large", "small");

        var withLength = await Http.PutAsync("/kv/too-large", tooLarge);
        var chunked = await Http.PutAsync("/kv/too-large", new Chunked(tooLarge));

        foreach (var refused in new[] { withLength, chunked })
        {
            Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "ValueTooLarge"), (refused.Status, refused.Error));
            Assert.Contains("1048577", refused.Message, StringComparison.Ordinal);
            Assert.Contains("akkakv.limits.value-bytes", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal("small", (await Http.GetAsync("/kv/too-large")).Json.GetProperty("value").GetString());
    }

    [Fact]
    public async Task Chunked_value_of_1_MiB_should_be_taken()
    {
        Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync("/kv/chunked", new Chunked(new byte[Limit]))).Status);
        Assert.Equal(Limit, (await Http.GetAsync("/kv/chunked", ("Accept", "application/octet-stream"))).Body.Length);
    }

    [Theory]
    [InlineData("text/plain; charset=utf-8", "text/plain", "text/plain; charset=utf-8")]
    [InlineData("image/png", "image/png", "image/png")]
    [InlineData("image/png", "text/html, image/png;q=0.9, application/json;q=0.1", "image/png")]
    [InlineData("image/png", "application/octet-stream", "image/png")]
    [InlineData("application/json", "application/octet-stream", "application/json")]
    [InlineData(null, "application/octet-stream", "application/octet-stream")]
    public async Task Raw_bytes_should_be_given_with_the_stored_content_type_where_accept_asks_for_them(
        string? contentType, string accept, string answered)
    {
        (string, string)[] headers = contentType is null ? [] : [("Content-Type", contentType)];
        var put = await Http.PutAsync("/kv/typed", "\"bytes\"", headers);
        var get = await Http.GetAsync("/kv/typed", ("Accept", accept));

        Assert.Equal((HttpStatusCode.OK, answered, "\"bytes\""), (get.Status, get.Header("Content-Type"), get.Text));
        Assert.Equal((put.ETag, put.Version, put.Context), (get.ETag, get.Version, get.Context));
    }

    [Theory]
    [InlineData("image/png", null)]
    [InlineData("image/png", "*/*")]
    [InlineData("image/png", "application/json")]
    [InlineData("image/png", "application/json, image/png;q=0.5")]
    [InlineData("image/png", "text/html")]
    [InlineData("application/json", "application/json")]
    [InlineData("image/png", "not a media type")]
    public async Task Json_should_be_given_where_accept_does_not_ask_for_the_bytes(string contentType, string? accept)
    {
        await Http.PutAsync("/kv/json", "{}", ("Content-Type", contentType));
        (string, string)[] headers = accept is null ? [] : [("Accept", accept)];
        var get = await Http.GetAsync("/kv/json", headers);

        Assert.Equal("application/json; charset=utf-8", get.Header("Content-Type"));
        Assert.Equal("{}", get.Json.GetProperty("value").GetString());
    }

    [Fact]
    public async Task Value_that_is_no_utf8_should_be_shown_as_base64_under_a_name_that_says_so()
    {
        await Http.PutAsync("/kv/binary", [0, 255, 1]);
        var get = await Http.GetAsync("/kv/binary");

        Assert.Equal("AP8B", get.Json.GetProperty("value64").GetString());
        Assert.False(get.Json.TryGetProperty("value", out _));
    }

    [Fact]
    public async Task Value_with_every_kind_of_character_should_be_valid_json()
    {
        var value = string.Concat(Enumerable.Range(0, 0x300).Select(code => (char)code)) + "\u2028\uFEFF🙂</script>";
        await Http.PutAsync("/kv/characters", Encoding.UTF8.GetBytes(value));

        Assert.Equal(value, (await Http.GetAsync("/kv/characters")).Json.GetProperty("value").GetString());
    }

    /// <summary>A body without a Content-Length.</summary>
    private sealed class Chunked(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
