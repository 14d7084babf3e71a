using System.Net;
using System.Text.Json;

namespace AkkaKv.Node.Tests;

[Collection(SharedCluster.Name)]
public sealed class HttpMultiTests(SharedCluster shared)
{
    private KvHttp Http => shared.Http;

    [Fact]
    public async Task Puts_deletes_and_gets_of_several_keys_should_be_one_call_each_answered_in_order()
    {
        await Http.PutAsync("/kv/multi-gone", "x");
        var put = await Http.PostAsync("/kv:put?w=all", """
            {"writes":[{"key":"multi-a","value":"1","contentType":"text/plain"},{"key64":"/w==","value64":"/w=="},{"key":"multi-gone","delete":true}]}
            """);
        Assert.Equal((HttpStatusCode.OK, 0), (put.Status, put.Json.GetProperty("failures").GetInt32()));
        Assert.Equal([204, 204, 204], Statuses(put));

        var get = await Http.PostAsync("/kv:get?r=quorum", """{"keys":["multi-gone",{"key64":"/w=="},"multi-a"]}""");
        Assert.Equal([404, 200, 200], Statuses(get));
        var replies = Replies(get);
        Assert.Equal("/w==", replies[1].GetProperty("key64").GetString());
        Assert.Equal("/w==", replies[1].GetProperty("value64").GetString());
        Assert.Equal("1", replies[2].GetProperty("value").GetString());
        Assert.Equal("text/plain", replies[2].GetProperty("contentType").GetString());
        Assert.Equal(Replies(put)[0].GetProperty("version").GetString(), replies[2].GetProperty("version").GetString());
        Assert.Equal((await Http.GetAsync("/kv/multi-a")).ETag, $"\"{replies[2].GetProperty("etag").GetString()}\"");
    }

    [Fact]
    public async Task Each_write_should_have_its_own_condition_and_context()
    {
        var old = await Http.PutAsync("/kv/multi-if-a", "1");
        await Http.PutAsync("/kv/multi-if-a", "2");
        var current = await Http.PutAsync("/kv/multi-if-b", "1");
        var siblings = await Http.PutAsync("/kv/multi-if-c", "1");
        await Http.PutAsync("/kv/multi-if-c", "2", ("X-AkkaKv-Context", siblings.Context));

        var put = await Http.PostAsync("/kv:put", $$"""
            {"writes":[
              {"key":"multi-if-a","value":"3","ifMatch":{{JsonSerializer.Serialize(old.ETag.Trim('"'))}}},
              {"key":"multi-if-b","value":"2","version":"{{current.Version}}"},
              {"key":"multi-if-c","value":"3","context":"{{siblings.Context}}"},
              {"key":"multi-if-d","value":"1","ifNoneMatch":"*"},
              {"key":"multi-if-b2","delete":true,"version":"[n1,1]"}]}
            """);

        Assert.Equal([412, 204, 204, 204, 409], Statuses(put));
        Assert.Equal(2, put.Json.GetProperty("failures").GetInt32());
        Assert.Equal("PreconditionFailed", Replies(put)[0].GetProperty("error").GetString());
        Assert.Equal("2", (await Http.GetAsync("/kv/multi-if-a")).Json.GetProperty("value").GetString());
        Assert.Equal(HttpStatusCode.MultipleChoices, (await Http.GetAsync("/kv/multi-if-c")).Status);
        var get = await Http.PostAsync("/kv:get", """{"keys":["multi-if-c"]}""");
        Assert.Equal([300], Statuses(get));
        Assert.Equal(2, Replies(get)[0].GetProperty("siblings").GetArrayLength());
    }

    [Fact]
    public async Task Requests_beyond_the_bounds_should_answer_413()
    {
        var keys = string.Join(',', Enumerable.Range(0, 1001).Select(i => $"\"{i}\""));
        var many = await Http.PostAsync("/kv:get", $$"""{"keys":[{{keys}}]}""");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "TooManyEntries"), (many.Status, many.Error));

        var value = new string('x', 1024 * 1024);
        var writes = string.Join(',', Enumerable.Range(0, 4).Select(i => $$"""{"key":"large-{{i}}","value":"{{value}}"}"""));
        var large = await Http.PostAsync("/kv:put", $$"""{"writes":[{{writes}}]}""");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "RequestTooLarge"), (large.Status, large.Error));
        var body = await Http.PostAsync("/kv:put", new string(' ', 9 * 1024 * 1024));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "RequestTooLarge"), (body.Status, body.Error));
        Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync("/kv/large-0")).Status);
    }

    [Theory]
    [InlineData("get", "", "")]
    [InlineData("get", "", "[]")]
    [InlineData("get", "", """{"keys":"a"}""")]
    [InlineData("get", "", """{"keys":["a"],"more":1}""")]
    [InlineData("get", "", """{"keys":["a"],"keys":["b"]}""")]
    [InlineData("get", "", """{"keys":[1]}""")]
    [InlineData("get", "", """{"keys":[{"key":"a","key64":"AA=="}]}""")]
    [InlineData("get", "", """{"keys":[{"key64":"?"}]}""")]
    [InlineData("get", "", """{"keys":[{"key":"a","context":"?"}]}""")]
    [InlineData("get", "", """{"keys":[{"key":"\ud800"}]}""")]
    [InlineData("get", "", """{"keys":["\ud800"]}""")]
    [InlineData("get", "?w=1", """{"keys":["a"]}""")]
    [InlineData("get", "?r=many", """{"keys":["a"]}""")]
    [InlineData("get", "?timeout=soon", """{"keys":["a"]}""")]
    [InlineData("put", "", """{"keys":["a"]}""")]
    [InlineData("put", "", """{"writes":[{"key":"a"}]}""")]
    [InlineData("put", "", """{"writes":[{"key":"a","value":1}]}""")]
    [InlineData("put", "", """{"writes":[{"key":"a","value":"x","delete":true}]}""")]
    [InlineData("put", "", """{"writes":[{"key":"a","value":"x","ifMatch":"*","version":"v"}]}""")]
    [InlineData("put", "", """{"writes":[{"key":"a","value":"x","writeId":"1"}]}""")]
    [InlineData("put", "", """{"writes":[{"key":"a","value":"x"},{"key":"a","delete":true}]}""")]
    public async Task Request_that_cannot_be_understood_should_answer_400_and_do_nothing(string verb, string query, string body)
    {
        var answer = await Http.PostAsync($"/kv:{verb}{query}", body);
        Assert.Equal((HttpStatusCode.BadRequest, "BadRequest"), (answer.Status, answer.Error));
    }

    private static List<JsonElement> Replies(KvResponse response) => [.. response.Json.GetProperty("replies").EnumerateArray()];

    private static IEnumerable<int> Statuses(KvResponse response) => Replies(response).Select(reply => reply.GetProperty("status").GetInt32());
}
