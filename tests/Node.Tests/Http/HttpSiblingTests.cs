using System.Net;

namespace AkkaKv.Node.Tests;

[Collection(SharedCluster.Name)]
public sealed class HttpSiblingTests(SharedCluster shared)
{
    private KvHttp Http => shared.Http;

    [Fact]
    public async Task Concurrent_writes_should_be_answered_by_300_with_all_siblings_and_their_versions()
    {
        var (_, _) = await DivergeAsync("/kv/cart", "a", "b");
        var get = await Http.GetAsync("/kv/cart");

        Assert.Equal(HttpStatusCode.MultipleChoices, get.Status);
        Assert.Equal("cart", get.Json.GetProperty("key").GetString());
        Assert.False(get.Json.TryGetProperty("value", out _));
        var siblings = get.Json.GetProperty("siblings").EnumerateArray()
            .ToDictionary(sibling => sibling.GetProperty("version").GetString()!, sibling => sibling.GetProperty("value").GetString());
        Assert.Equal(["a", "b"], siblings.Values.Order());
        Assert.NotEmpty(get.ETag);
    }

    [Fact]
    public async Task Put_with_the_context_of_the_siblings_should_merge_them()
    {
        await DivergeAsync("/kv/merged", "a", "b");
        var siblings = await Http.GetAsync("/kv/merged");

        var merge = await shared.Cluster[1].Http.PutAsync("/kv/merged", "a and b", ("X-AkkaKv-Context", siblings.Context));

        Assert.Equal(HttpStatusCode.NoContent, merge.Status);
        var get = await Http.GetAsync("/kv/merged");
        Assert.Equal((HttpStatusCode.OK, merge.Version), (get.Status, get.Version));
        Assert.Equal("a and b", get.Json.GetProperty("value").GetString());
    }

    [Fact]
    public async Task Delete_with_the_context_of_one_sibling_should_leave_the_other()
    {
        var (left, _) = await DivergeAsync("/kv/half-deleted", "a", "b");

        var delete = await Http.DeleteAsync("/kv/half-deleted", ("X-AkkaKv-Context", left.Context));

        Assert.Equal(HttpStatusCode.NoContent, delete.Status);
        var get = await Http.GetAsync("/kv/half-deleted");
        Assert.Equal(HttpStatusCode.MultipleChoices, get.Status);
        var siblings = get.Json.GetProperty("siblings").EnumerateArray().ToList();
        Assert.Single(siblings, sibling => sibling.TryGetProperty("deleted", out var deleted) && deleted.GetBoolean());
        Assert.Single(siblings, sibling => sibling.TryGetProperty("value", out var value) && value.GetString() == "b");
        Assert.All(siblings, sibling => Assert.NotEmpty(sibling.GetProperty("version").GetString()!));
    }

    [Fact]
    public async Task Siblings_should_be_answered_as_json_also_where_raw_bytes_are_asked_for()
    {
        await DivergeAsync("/kv/raw-siblings", "a", "b");
        var get = await Http.GetAsync("/kv/raw-siblings", ("Accept", "application/octet-stream"));

        Assert.Equal(HttpStatusCode.MultipleChoices, get.Status);
        Assert.Equal(2, get.Json.GetProperty("siblings").GetArrayLength());
    }

    [Fact]
    public async Task Context_of_another_key_should_be_refused_as_a_bad_context()
    {
        var other = await Http.PutAsync("/kv/one-key", "x");
        (string, string) context = ("X-AkkaKv-Context", other.Context);

        foreach (var refused in new[]
        {
            await Http.PutAsync("/kv/another-key", "y", context),
            await Http.DeleteAsync("/kv/another-key", context),
            await Http.GetAsync("/kv/another-key", context),
        })
        {
            Assert.Equal((HttpStatusCode.BadRequest, "BadContext"), (refused.Status, refused.Error));
            Assert.Contains("another key", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync("/kv/another-key")).Status);
    }

    [Fact]
    public async Task Version_of_a_key_with_siblings_should_serve_as_a_condition()
    {
        await DivergeAsync("/kv/sibling-condition", "a", "b");
        var siblings = await Http.GetAsync("/kv/sibling-condition");

        Assert.Equal(
            HttpStatusCode.NoContent,
            (await Http.PutAsync($"/kv/sibling-condition?version={Uri.EscapeDataString(siblings.Version)}", "c")).Status);
        Assert.Equal("c", (await Http.GetAsync("/kv/sibling-condition")).Json.GetProperty("value").GetString());
    }

    /// <summary>Two writers who have both seen the same version.</summary>
    private async Task<(KvResponse Left, KvResponse Right)> DivergeAsync(string target, string left, string right)
    {
        var seen = await Http.PutAsync(target, "seen by both");
        return (
            await Http.PutAsync(target, left, ("X-AkkaKv-Context", seen.Context)),
            await Http.PutAsync(target, right, ("X-AkkaKv-Context", seen.Context)));
    }
}
