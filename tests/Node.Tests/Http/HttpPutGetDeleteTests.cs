using System.Net;

namespace AkkaKv.Node.Tests;

[Collection(SharedCluster.Name)]
public sealed class HttpPutGetDeleteTests(SharedCluster shared)
{
    private KvHttp Http => shared.Http;

    [Fact]
    public async Task Put_with_a_value_in_the_query_should_answer_204_with_etag_context_and_version()
    {
        var put = await Http.PutAsync("/kv/put-query?value=john");

        Assert.Equal(HttpStatusCode.NoContent, put.Status);
        Assert.Matches("^\"[0-9a-f]{16}\"$", put.ETag);
        Assert.NotEmpty(put.Context);
        Assert.Matches(@"^\[n[123],1\]$", put.Version);
        Assert.Empty(put.Body);
    }

    [Fact]
    public async Task Get_should_answer_200_with_key_value_and_version()
    {
        var put = await Http.PutAsync("/kv/name?value=john");
        var get = await Http.GetAsync("/kv/name");

        Assert.Equal(HttpStatusCode.OK, get.Status);
        Assert.Equal($$"""{"key":"name","value":"john","version":"{{put.Version}}"}""", get.Text);
        Assert.Equal("application/json; charset=utf-8", get.Header("Content-Type"));
        Assert.Equal((put.ETag, put.Version, put.Context), (get.ETag, get.Version, get.Context));
        Assert.Null(get.Header("X-AkkaKv-Sloppy"));
    }

    [Fact]
    public async Task Every_node_should_answer_for_every_key()
    {
        foreach (var writer in shared.Cluster.Nodes)
        {
            var target = $"/kv/any-node-{writer.Name}";
            Assert.Equal(HttpStatusCode.NoContent, (await writer.Http.PutAsync(target, writer.Name)).Status);
            foreach (var reader in shared.Cluster.Nodes)
                Assert.Equal(writer.Name, (await reader.Http.GetAsync(target)).Json.GetProperty("value").GetString());
        }
    }

    [Fact]
    public async Task Put_without_a_context_should_replace_what_is_there()
    {
        await Http.PutAsync("/kv/replaced", "first");
        var second = await shared.Cluster[1].Http.PutAsync("/kv/replaced", "second");
        var get = await shared.Cluster[2].Http.GetAsync("/kv/replaced");

        Assert.Equal(HttpStatusCode.OK, get.Status);
        Assert.Equal("second", get.Json.GetProperty("value").GetString());
        Assert.Equal(second.Version, get.Version);
    }

    [Fact]
    public async Task Get_of_an_unknown_key_should_answer_404_without_a_context()
    {
        var get = await Http.GetAsync("/kv/nobody-knows");

        Assert.Equal(HttpStatusCode.NotFound, get.Status);
        Assert.Equal("NotFound", get.Error);
        Assert.Null(get.Header("X-AkkaKv-Context"));
        Assert.Null(get.Header("ETag"));
    }

    [Fact]
    public async Task Deleted_key_should_answer_404_with_the_context_of_the_delete()
    {
        await Http.PutAsync("/kv/deleted", "x");
        var delete = await Http.DeleteAsync("/kv/deleted");
        var get = await Http.GetAsync("/kv/deleted");

        Assert.Equal(HttpStatusCode.NoContent, delete.Status);
        Assert.Equal(HttpStatusCode.NotFound, get.Status);
        Assert.Equal(delete.Context, get.Context);
    }

    [Fact]
    public async Task Delete_of_an_unknown_key_should_answer_204() =>
        Assert.Equal(HttpStatusCode.NoContent, (await Http.DeleteAsync("/kv/never-there")).Status);

    [Fact]
    public async Task Key_should_come_back_by_a_put_after_its_delete()
    {
        await Http.PutAsync("/kv/back-again", "one");
        await Http.DeleteAsync("/kv/back-again");
        await Http.PutAsync("/kv/back-again", "two");

        var get = await Http.GetAsync("/kv/back-again");
        Assert.Equal(HttpStatusCode.OK, get.Status);
        Assert.Equal("two", get.Json.GetProperty("value").GetString());
    }

    [Theory]
    [InlineData("w=1")]
    [InlineData("w=2")]
    [InlineData("w=3")]
    [InlineData("w=one")]
    [InlineData("w=quorum")]
    [InlineData("w=all")]
    [InlineData("timeout=1000")]
    [InlineData("timeout=60000&w=all")]
    public async Task Write_should_take_quorum_and_timeout(string parameters)
    {
        Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync($"/kv/written-with?{parameters}", "x")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Http.DeleteAsync($"/kv/written-with?{parameters}")).Status);
    }

    [Theory]
    [InlineData("r=1")]
    [InlineData("r=2")]
    [InlineData("r=3")]
    [InlineData("r=one")]
    [InlineData("r=quorum")]
    [InlineData("r=all")]
    [InlineData("strict=true")]
    [InlineData("strict")]
    [InlineData("strict=false&timeout=5000&r=all")]
    public async Task Read_should_take_quorum_strictness_and_timeout(string parameters)
    {
        await Http.PutAsync("/kv/read-with?w=all", "x");
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync($"/kv/read-with?{parameters}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync($"/kv/not-read-with?{parameters}")).Status);
    }

    [Fact]
    public async Task Read_with_a_context_should_be_at_least_as_new_as_it()
    {
        await Http.PutAsync("/kv/floor?w=all", "old");
        var put = await shared.Cluster[1].Http.PutAsync("/kv/floor?w=1", "new");

        foreach (var node in shared.Cluster.Nodes)
        {
            var get = await node.Http.GetAsync("/kv/floor?r=1", ("X-AkkaKv-Context", put.Context));
            Assert.Equal("new", get.Json.GetProperty("value").GetString());
        }
    }

    [Fact]
    public async Task Write_id_sent_twice_should_have_one_effect()
    {
        const string Id = "0123456789abcdef0123456789abcdef-7";
        var first = await Http.PutAsync("/kv/once", "x", ("X-AkkaKv-Write-Id", Id));
        var again = await Http.PutAsync("/kv/once", "x", ("X-AkkaKv-Write-Id", Id + ";retry"));

        Assert.Equal(HttpStatusCode.NoContent, again.Status);
        Assert.Equal(first.Version, again.Version);
        Assert.Equal(first.Version, (await Http.GetAsync("/kv/once")).Version);
    }

    [Fact]
    public async Task Late_repetition_of_a_write_should_not_undo_the_next_one()
    {
        const string Id = "0123456789abcdef0123456789abcdef-8;retry";
        await Http.PutAsync("/kv/late", "first", ("X-AkkaKv-Write-Id", Id));
        await Http.PutAsync("/kv/late", "second");
        await Http.PutAsync("/kv/late", "first", ("X-AkkaKv-Write-Id", Id));

        Assert.Equal("second", (await Http.GetAsync("/kv/late")).Json.GetProperty("value").GetString());
    }
}
