using System.Net;
using System.Text;
using CsCheck;

namespace AkkaKv.Node.Tests;

[Collection(SharedCluster.Name)]
public sealed class HttpKeyTests(SharedCluster shared)
{
    private KvHttp Http => shared.Http;

    [Theory]
    [InlineData("with space", "with%20space")]
    [InlineData("a/b/c", "a/b/c")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("a/b", "a%2fb")]
    [InlineData("/leading", "/leading")]
    [InlineData("trailing/", "trailing/")]
    [InlineData("a//b", "a//b")]
    [InlineData("größe-名前-🙂", "gr%C3%B6%C3%9Fe-%E5%90%8D%E5%89%8D-%F0%9F%99%82")]
    [InlineData("plus+plus", "plus+plus")]
    [InlineData("plus+plus", "plus%2Bplus")]
    [InlineData("100%", "100%25")]
    [InlineData("%41", "%2541")]
    [InlineData("what?#&=;:@", "what%3F%23&=;:@")]
    [InlineData("...", "...")]
    [InlineData("a/../b", "a/../b")]
    [InlineData("x%", "%78%25")]
    [InlineData("\\ \"quoted\" \t\n", "%5C%20%22quoted%22%20%09%0A")]
    public async Task Key_in_the_path_should_survive_a_round_trip(string key, string encoded)
    {
        var put = await Http.PutAsync($"/kv/{encoded}", "value of " + key);
        var inPath = await Http.GetAsync($"/kv/{encoded}");
        var inQuery = await Http.GetAsync(KvHttp.InQuery(Encoding.UTF8.GetBytes(key)));

        Assert.Equal(HttpStatusCode.NoContent, put.Status);
        Assert.Equal(key, inPath.Json.GetProperty("key").GetString());
        Assert.Equal("value of " + key, inPath.Json.GetProperty("value").GetString());
        Assert.Equal(inPath.Text, inQuery.Text);
        Assert.Equal(HttpStatusCode.NoContent, (await Http.DeleteAsync($"/kv/{encoded}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync(KvHttp.InQuery(Encoding.UTF8.GetBytes(key)))).Status);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/..")]
    [InlineData("../../etc/passwd")]
    public async Task Key_that_clients_resolve_away_should_survive_a_round_trip_in_the_query(string key)
    {
        await Http.PutAsync($"/kv?key={key}", "dots");
        var get = await Http.GetAsync($"/kv?key={key}");

        Assert.Equal((HttpStatusCode.OK, key), (get.Status, get.Json.GetProperty("key").GetString()));
    }

    [Fact]
    public async Task Plus_in_a_query_should_be_a_plus()
    {
        await Http.PutAsync("/kv?key=a+b&value=c+d%20e");
        var get = await Http.GetAsync("/kv/a+b");

        Assert.Equal("c+d e", get.Json.GetProperty("value").GetString());
    }

    [Fact]
    public async Task Every_byte_should_survive_a_round_trip_in_a_key_of_the_query()
    {
        for (var value = 0; value <= 255; value++)
        {
            byte[] key = [(byte)'q', (byte)value];
            await Http.PutAsync(KvHttp.InQuery(key), key);
            await FindsAsync(KvHttp.InQuery(key), key);
        }

        for (var value = 0; value <= 255; value++) await FindsAsync(KvHttp.InQuery((byte)'q', (byte)value), [(byte)'q', (byte)value]);
    }

    [Fact]
    public async Task Every_byte_but_nul_should_survive_a_round_trip_in_a_key_of_the_path()
    {
        for (var value = 1; value <= 255; value++)
        {
            byte[] key = [(byte)'p', (byte)value, (byte)'p'];
            Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync("/kv/" + KvHttp.Encoded(key), key)).Status);
            await FindsAsync("/kv/" + KvHttp.Encoded(key), key);
            await FindsAsync(KvHttp.InQuery(key), key);
        }
    }

    [Fact]
    public async Task Key_of_all_bytes_should_survive_a_round_trip()
    {
        var key = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        await Http.PutAsync(KvHttp.InQuery(key), key);
        await FindsAsync(KvHttp.InQuery(key), key);
    }

    [Fact]
    public void Random_keys_and_values_should_survive_a_round_trip() =>
        Gen.Select(Gen.Byte.Array[1, 40], Gen.Byte.Array[0, 200]).Sample(
            (key, value) =>
            {
                var node = shared.Cluster[value.Length % 3];
                var target = KvHttp.InQuery([.. "random"u8, .. key]);
                node.Http.PutAsync(target, value).GetAwaiter().GetResult();
                var get = shared.Http.GetAsync(target, ("Accept", "application/octet-stream")).GetAwaiter().GetResult();
                Assert.Equal(value, get.Body);
            },
            iter: 100,
            threads: 1);

    [Fact]
    public async Task Key_that_is_no_utf8_should_be_shown_as_base64_under_a_name_that_says_so()
    {
        await Http.PutAsync("/kv/%FF%FE", [0xC3, 0x28]);
        var get = await Http.GetAsync("/kv/%FF%FE");

        Assert.Equal("//4=", get.Json.GetProperty("key64").GetString());
        Assert.Equal("wyg=", get.Json.GetProperty("value64").GetString());
        Assert.False(get.Json.TryGetProperty("key", out _));
        Assert.False(get.Json.TryGetProperty("value", out _));
    }

    [Fact]
    public async Task Key_of_1024_bytes_should_be_taken_and_one_of_1025_refused()
    {
        var longest = new string('k', 1024);
        Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync($"/kv/{longest}", "x")).Status);
        Assert.Equal(longest, (await Http.GetAsync($"/kv/{longest}")).Json.GetProperty("key").GetString());
        var encoded = KvHttp.InQuery([.. Enumerable.Repeat((byte)0xEE, 1024)]);
        Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync(encoded, "x")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(encoded)).Status);

        foreach (var refused in new[]
        {
            await Http.PutAsync($"/kv/{longest}k", "x"),
            await Http.GetAsync($"/kv/{longest}k"),
            await Http.DeleteAsync(KvHttp.InQuery([.. Enumerable.Repeat((byte)0xEE, 1025)])),
        })
        {
            Assert.Equal((HttpStatusCode.BadRequest, "KeyTooLarge"), (refused.Status, refused.Error));
            Assert.Contains("1025", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/%6Bv/encoded-prefix")]
    [InlineData("/somewhere/../kv/resolved-prefix")]
    [InlineData("/./kv/resolved-prefix")]
    public async Task Path_that_reaches_the_door_by_another_spelling_should_not_be_taken_for_another_key(string target)
    {
        var (status, text) = await RawHttp.SendAsync(Http.Address, "PUT", target + "?value=x");

        Assert.Equal(400, status);
        Assert.Contains("BadRequest", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Absolute_request_target_should_be_read_as_its_path()
    {
        var (status, _) = await RawHttp.SendAsync(Http.Address, "PUT", $"{Http.Address}kv/absolute?value=x");

        Assert.Equal(204, status);
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync("/kv/absolute")).Status);
    }

    private async Task FindsAsync(string target, byte[] value)
    {
        var get = await Http.GetAsync(target, ("Accept", "application/octet-stream"));
        Assert.True(get.Status == HttpStatusCode.OK && get.Body.AsSpan().SequenceEqual(value), $"{target}: {get.Status} {get.Text}");
    }
}
