using System.Net;

namespace AkkaKv.Node.Tests;

[Collection(SharedCluster.Name)]
public sealed class HttpMalformedTests(SharedCluster shared)
{
    private KvHttp Http => shared.Http;

    [Theory]
    [InlineData("PUT", "/kv/bad?w=0", "w is '0'")]
    [InlineData("PUT", "/kv/bad?w=-1", "w is '-1'")]
    [InlineData("PUT", "/kv/bad?w=", "w is ''")]
    [InlineData("PUT", "/kv/bad?w=most", "w is 'most'")]
    [InlineData("PUT", "/kv/bad?w=4", "3 replicas")]
    [InlineData("DELETE", "/kv/bad?w=99999999999", "w is '99999999999'")]
    [InlineData("GET", "/kv/bad?r=abc", "r is 'abc'")]
    [InlineData("GET", "/kv/bad?r=0", "r is '0'")]
    [InlineData("GET", "/kv/bad?r=4", "3 replicas")]
    [InlineData("GET", "/kv/bad?strict=maybe", "strict is 'maybe'")]
    [InlineData("PUT", "/kv/bad?timeout=0", "timeout")]
    [InlineData("PUT", "/kv/bad?timeout=60001", "timeout")]
    [InlineData("GET", "/kv/bad?timeout=soon", "timeout is 'soon'")]
    [InlineData("GET", "/kv/bad?timeout=-5", "timeout is '-5'")]
    [InlineData("GET", "/kv/bad?timeout=0", "timeout")]
    [InlineData("GET", "/kv?timeout=0", "timeout")]
    [InlineData("PUT", "/kv/bad?lifetime=5", "'lifetime'")]
    [InlineData("GET", "/kv/bad?W=1", "'W'")]
    [InlineData("PUT", "/kv/bad?r=2", "'r'")]
    [InlineData("GET", "/kv/bad?w=2", "'w'")]
    [InlineData("GET", "/kv/bad?limit=2", "'limit'")]
    [InlineData("DELETE", "/kv/bad?value=x", "'value'")]
    [InlineData("PUT", "/kv/bad?w=1&w=2", "'w' is given twice")]
    [InlineData("PUT", "/kv/bad?value=%4", "'value' holds a '%'")]
    [InlineData("PUT", "/kv/bad?value=%zz", "'value' holds a '%'")]
    [InlineData("GET", "/kv?key=%", "'key' holds a '%'")]
    [InlineData("GET", "/kv/bad?key=other", "both in the path and in the query")]
    [InlineData("PUT", "/kv", "no key")]
    [InlineData("PUT", "/kv/", "no key")]
    [InlineData("PUT", "/kv?key=&value=x", "no key")]
    [InlineData("DELETE", "/kv", "no key")]
    [InlineData("GET", "/kv?key=", "no key")]
    [InlineData("GET", "/kv?limit=0", "limit is '0'")]
    [InlineData("GET", "/kv?limit=1001", "limit is '1001'")]
    [InlineData("GET", "/kv?limit=few", "limit is 'few'")]
    [InlineData("GET", "/kv?cursor=***", "cursor")]
    [InlineData("GET", "/kv?cursor=AAAA", "cursor")]
    public async Task Malformed_target_should_be_answered_by_400_that_names_the_fault(string method, string target, string fault)
    {
        var answer = method switch
        {
            "PUT" => await Http.PutAsync(target),
            "DELETE" => await Http.DeleteAsync(target),
            _ => await Http.GetAsync(target),
        };

        AssertNamed(answer, "BadRequest", fault);
    }

    [Theory]
    [InlineData("/kv/%", "'%'")]
    [InlineData("/kv/a%4", "'%'")]
    [InlineData("/kv/a%zzb", "'%'")]
    public async Task Path_with_a_broken_percent_encoding_should_be_answered_by_400_that_names_the_fault(string target, string fault)
    {
        var (status, text) = await RawHttp.SendAsync(Http.Address, "GET", target);

        Assert.Equal(400, status);
        Assert.Contains(fault, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/kv/%00")]
    [InlineData("/kv/\u00e9")]
    [InlineData("/kv/a b")]
    public async Task Path_that_http_does_not_allow_should_be_answered_by_400(string target) =>
        Assert.Equal(400, (await RawHttp.SendAsync(Http.Address, "GET", target)).Status);

    [Theory]
    [InlineData("X-AkkaKv-Write-Id", "me-1", "X-AkkaKv-Write-Id is 'me-1'")]
    [InlineData("X-AkkaKv-Write-Id", "0123456789abcdef0123456789abcdef", "X-AkkaKv-Write-Id")]
    [InlineData("X-AkkaKv-Write-Id", "0123456789abcdef0123456789abcdef-x", "X-AkkaKv-Write-Id")]
    [InlineData("X-AkkaKv-Write-Id", "0123456789abcdef0123456789abcdef-1;again", "X-AkkaKv-Write-Id")]
    [InlineData("If-Match", "unquoted", "If-Match is unquoted")]
    [InlineData("If-Match", "\"\"", "If-Match")]
    [InlineData("If-Match", "\"a\", \"b\"", "If-Match")]
    [InlineData("If-Match", "W/\"0123456789abcdef\"", "If-Match")]
    [InlineData("If-None-Match", "\"0123456789abcdef\"", "If-None-Match")]
    public async Task Malformed_header_of_a_write_should_be_answered_by_400_that_names_the_fault(string name, string value, string fault)
    {
        AssertNamed(await Http.PutAsync("/kv/bad-header", "x", (name, value)), "BadRequest", fault);
        AssertNamed(await Http.DeleteAsync("/kv/bad-header", (name, value)), "BadRequest", fault);
        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync("/kv/bad-header")).Status);
    }

    [Theory]
    [InlineData("X-AkkaKv-Context", "abc")]
    [InlineData("X-AkkaKv-Write-Id", "0123456789abcdef0123456789abcdef-1")]
    [InlineData("If-Match", "*")]
    [InlineData("If-None-Match", "*")]
    public async Task Header_that_is_given_twice_should_not_be_left_out_in_silence(string name, string value)
    {
        var header = $"{name}: {value}";
        var (status, text) = await RawHttp.SendAsync(Http.Address, "PUT", "/kv/twice?value=x", header, header);

        Assert.Equal(400, status);
        Assert.Contains(name is "If-Match" or "If-None-Match" ? "condition" : name, text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync("/kv/twice")).Status);
    }

    [Theory]
    [InlineData("not base64!", "base64url")]
    [InlineData("AQ", "damaged")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw", "damaged")]
    public async Task Context_that_no_answer_gave_should_be_answered_by_400_bad_context(string context, string fault)
    {
        AssertNamed(await Http.PutAsync("/kv/bad-context", "x", ("X-AkkaKv-Context", context)), "BadContext", fault);
        AssertNamed(await Http.GetAsync("/kv/bad-context", ("X-AkkaKv-Context", context)), "BadContext", fault);
        AssertNamed(await Http.DeleteAsync("/kv/bad-context", ("X-AkkaKv-Context", context)), "BadContext", fault);
    }

    [Fact]
    public async Task Context_with_one_bit_changed_should_be_answered_by_400_bad_context()
    {
        var put = await Http.PutAsync("/kv/flipped", "x");
        var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(put.Context);
        for (var bit = 0; bit < bytes.Length * 8; bit += 7)
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            var refused = await Http.GetAsync("/kv/flipped", ("X-AkkaKv-Context", System.Buffers.Text.Base64Url.EncodeToString(damaged)));
            Assert.Equal((HttpStatusCode.BadRequest, "BadContext"), (refused.Status, refused.Error));
        }
    }

    [Fact]
    public async Task Value_in_body_and_query_at_once_should_be_answered_by_400() =>
        AssertNamed(await Http.PutAsync("/kv/two-values?value=a", "b"), "BadRequest", "both in the body and in the query");

    [Fact]
    public async Task Two_conditions_at_once_should_be_answered_by_400()
    {
        var put = await Http.PutAsync("/kv/two-conditions", "x");
        (string, string) match = ("If-Match", put.ETag);

        AssertNamed(await Http.PutAsync($"/kv/two-conditions?version={put.Version}", "y", match), "BadRequest", "one condition");
        AssertNamed(await Http.PutAsync("/kv/two-conditions", "y", match, ("If-None-Match", "*")), "BadRequest", "one condition");
        var delete = await Http.DeleteAsync($"/kv/two-conditions?version={put.Version}", ("If-None-Match", "*"));
        AssertNamed(delete, "BadRequest", "one condition");
        Assert.Equal("x", (await Http.GetAsync("/kv/two-conditions")).Json.GetProperty("value").GetString());
    }

    [Fact]
    public async Task Content_type_longer_than_256_characters_should_be_answered_by_400()
    {
        var put = await Http.PutAsync("/kv/long-type", "x", ("Content-Type", "text/plain; x=" + new string('x', 256)));
        AssertNamed(put, "BadRequest", "content type");
    }

    [Theory]
    [InlineData("POST", "/kv/x", 405)]
    [InlineData("PATCH", "/kv", 405)]
    [InlineData("GET", "/elsewhere", 404)]
    [InlineData("GET", "/kvx", 404)]
    public async Task Unknown_methods_and_paths_should_be_answered_by_4xx(string method, string target, int status) =>
        Assert.Equal(status, (await RawHttp.SendAsync(Http.Address, method, target, "Content-Length: 0")).Status);

    private static void AssertNamed(KvResponse answer, string error, string fault)
    {
        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer.Error));
        Assert.Contains(fault, answer.Message, StringComparison.Ordinal);
        Assert.Equal("application/json; charset=utf-8", answer.Header("Content-Type"));
    }
}
