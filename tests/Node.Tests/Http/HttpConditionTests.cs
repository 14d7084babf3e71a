using System.Net;

namespace AkkaKv.Node.Tests;

[Collection(SharedCluster.Name)]
public sealed class HttpConditionTests(SharedCluster shared)
{
    private KvHttp Http => shared.Http;

    [Fact]
    public async Task Put_with_a_stale_if_match_should_answer_412_and_change_nothing()
    {
        var old = await Http.PutAsync("/kv/stale-etag", "one");
        var current = await Http.PutAsync("/kv/stale-etag", "two");

        var refused = await Http.PutAsync("/kv/stale-etag", "three", ("If-Match", old.ETag));

        Assert.Equal(HttpStatusCode.PreconditionFailed, refused.Status);
        Assert.Equal("PreconditionFailed", refused.Error);
        Assert.Equal((current.ETag, current.Version), (refused.ETag, refused.Version));
        await StillAsync("/kv/stale-etag", "two", current.Version);
    }

    [Fact]
    public async Task Put_with_a_stale_version_should_answer_409_and_change_nothing()
    {
        var old = await Http.PutAsync("/kv/stale-version", "one");
        var current = await Http.PutAsync("/kv/stale-version", "two");

        var refused = await Http.PutAsync($"/kv/stale-version?version={Uri.EscapeDataString(old.Version)}", "three");

        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Equal("VersionMismatch", refused.Error);
        Assert.Equal((current.ETag, current.Version), (refused.ETag, refused.Version));
        await StillAsync("/kv/stale-version", "two", current.Version);
    }

    [Fact]
    public async Task Put_with_the_current_etag_or_version_should_be_made()
    {
        var first = await Http.PutAsync("/kv/current", "one");
        var second = await Http.PutAsync("/kv/current", "two", ("If-Match", first.ETag));
        Assert.Equal(HttpStatusCode.NoContent, second.Status);

        var third = await Http.PutAsync($"/kv/current?version={second.Version}", "three");
        Assert.Equal(HttpStatusCode.NoContent, third.Status);
        await StillAsync("/kv/current", "three", third.Version);
    }

    [Fact]
    public async Task Put_with_any_condition_on_an_etag_or_version_should_fail_where_there_is_no_value()
    {
        foreach (var match in new[] { "\"0123456789abcdef\"", "*" })
            Assert.Equal(HttpStatusCode.PreconditionFailed, (await Http.PutAsync("/kv/absent", "x", ("If-Match", match))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Http.PutAsync("/kv/absent?version=[n1,1]", "x")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Http.PutAsync("/kv/absent?version=", "x")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync("/kv/absent")).Status);
    }

    [Fact]
    public async Task If_match_star_should_ask_that_the_key_exists()
    {
        await Http.PutAsync("/kv/exists", "one");
        Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync("/kv/exists", "two", ("If-Match", "*"))).Status);
        await Http.DeleteAsync("/kv/exists");
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Http.PutAsync("/kv/exists", "three", ("If-Match", "*"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync("/kv/exists")).Status);
    }

    [Fact]
    public async Task If_none_match_star_should_ask_that_the_key_does_not_exist()
    {
        Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync("/kv/created", "one", ("If-None-Match", "*"))).Status);
        var again = await Http.PutAsync("/kv/created", "two", ("If-None-Match", "*"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, again.Status);
        Assert.Equal("one", (await Http.GetAsync("/kv/created")).Json.GetProperty("value").GetString());

        await Http.DeleteAsync("/kv/created");
        Assert.Equal(HttpStatusCode.NoContent, (await Http.PutAsync("/kv/created", "three", ("If-None-Match", "*"))).Status);
        Assert.Equal("three", (await Http.GetAsync("/kv/created")).Json.GetProperty("value").GetString());
    }

    [Fact]
    public async Task Delete_should_take_the_same_conditions()
    {
        var old = await Http.PutAsync("/kv/delete-if", "one");
        var current = await Http.PutAsync("/kv/delete-if", "two");

        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Http.DeleteAsync("/kv/delete-if", ("If-Match", old.ETag))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Http.DeleteAsync($"/kv/delete-if?version={old.Version}")).Status);
        await StillAsync("/kv/delete-if", "two", current.Version);

        Assert.Equal(HttpStatusCode.NoContent, (await Http.DeleteAsync("/kv/delete-if", ("If-Match", current.ETag))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync("/kv/delete-if")).Status);
    }

    [Fact]
    public async Task Get_with_the_current_etag_in_if_none_match_should_answer_304_without_a_body()
    {
        var put = await Http.PutAsync("/kv/cached", "x");

        foreach (var tags in new[] { put.ETag, $"\"0123456789abcdef\", {put.ETag}", $"W/{put.ETag}", "*" })
        {
            var get = await Http.GetAsync("/kv/cached", ("If-None-Match", tags));
            Assert.Equal((HttpStatusCode.NotModified, put.ETag), (get.Status, get.ETag));
            Assert.Empty(get.Body);
        }

        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync("/kv/cached", ("If-None-Match", "\"0123456789abcdef\""))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync("/kv/not-cached", ("If-None-Match", "*"))).Status);
    }

    private async Task StillAsync(string target, string value, string version)
    {
        var get = await Http.GetAsync(target + "?r=all");
        Assert.Equal((HttpStatusCode.OK, version), (get.Status, get.Version));
        Assert.Equal(value, get.Json.GetProperty("value").GetString());
    }
}
