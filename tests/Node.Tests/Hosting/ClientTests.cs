using System.Globalization;
using System.Text;
using AkkaKv.Protocol;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Node.Tests;

/// <summary>The client, and the cache on top of it, against nodes in this process.</summary>
[Collection(SharedCluster.Name)]
public sealed class ClientTests(SharedCluster shared) : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private AkkaKvClient? _client;

    private AkkaKvClient Client => _client!;

    public Task InitializeAsync()
    {
        // One contact: the others are learned from it.
        var contact = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{shared.Cluster[0].Port}");
        _client = AkkaKvClient.Connect([contact], new AkkaKvClientOptions { Timeout = Eventually.Limit });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await Client.DisposeAsync();

    [Fact]
    public async Task Several_keys_should_be_written_and_read_each_with_its_own_reply_in_order()
    {
        var values = Enumerable.Range(0, 300).ToDictionary(i => $"client-{i}", i => $"value-{i}");
        var written = await Client.MultiPutAsync(values, None);
        Assert.Equal((300, 0), (written.Replies.OfType<Written>().Count(), written.Failures));

        var found = await Client.MultiGetAsync(values.Keys.Append("client-none"), None);
        Assert.Equal(values.Values, found.Replies.OfType<Found>().Select(one => Encoding.UTF8.GetString(one.Value.Span)));
        Assert.IsType<NotFound>(found.Replies[^1]);

        var mixed = await Client.MultiPutAsync(new MultiPut(
        [
            new Delete("client-0"),
            new Put("client-1", "x") { Condition = new WriteCondition(WriteConditionKind.DoesNotExist) },
            new Put("client-2"u8.ToArray(), new byte[1024 * 1024 + 1]),
        ]));
        Assert.IsType<Deleted>(mixed.Replies[0]);
        Assert.IsType<PreconditionFailed>(mixed.Replies[1]);
        Assert.IsType<ValueTooLarge>(mixed.Replies[2]);
        var tooMany = await Assert.ThrowsAsync<AkkaKvException>(() => Client.MultiGetAsync(Enumerable.Repeat("client-0", 1001), None));
        Assert.IsType<TooManyEntries>(tooMany.Failure);
    }

    [Fact]
    public async Task Memory_that_was_passed_should_be_free_when_the_call_returns()
    {
        var (key, value) = ("client-memory"u8.ToArray(), "before"u8.ToArray());
        var put = Client.PutAsync(key, value, None);
        key.AsSpan().Clear();
        value.AsSpan().Clear();
        await put;
        Assert.Equal("before"u8.ToArray(), (await Client.GetAsync("client-memory"))!.Value.ToArray());
    }

    [Fact]
    public async Task Requests_beyond_every_bound_should_fail_as_overload_and_the_others_be_served()
    {
        await using var client = AkkaKvClient.Connect(
            [string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{shared.Cluster[1].Port}")],
            new AkkaKvClientOptions { RequestsInFlight = 2, RequestsWaiting = 3, Timeout = Eventually.Limit });
        var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => client.SendAsync(new Get("client-none"))));
        Assert.Equal((5, 1), (replies.OfType<NotFound>().Count(), replies.OfType<Overloaded>().Count()));
    }

    [Fact]
    public async Task Cache_should_set_get_refresh_and_remove()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var cache = new AkkaKvDistributedCache(Client, "cache-plain/", time);
        Assert.Null(await cache.GetAsync("k"));
        await cache.SetAsync("k", [1, 2], new DistributedCacheEntryOptions());
        Assert.Equal([1, 2], await cache.GetAsync("k"));
        await cache.RefreshAsync("k");
        cache.Set("k", [3], new DistributedCacheEntryOptions());
        time.Advance(TimeSpan.FromDays(1000));
        Assert.Equal([3], cache.Get("k"));
        await cache.RemoveAsync("k");
        Assert.Null(await cache.GetAsync("k"));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => cache.SetAsync(
            "k", [1], new DistributedCacheEntryOptions { AbsoluteExpiration = time.GetUtcNow() }));
        await Client.PutAsync("cache-plain/other", "not an entry");
        Assert.Null(await cache.GetAsync("other"));
    }

    [Fact]
    public async Task Cache_entry_should_expire_at_its_time_or_when_it_is_not_read()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var cache = new AkkaKvDistributedCache(Client, "cache-expiry/", time);
        await cache.SetAsync("absolute", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(10) });
        await cache.SetAsync("sliding", [2], new DistributedCacheEntryOptions
        {
            SlidingExpiration = TimeSpan.FromMinutes(4),
            AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(14),
        });
        for (var minute = 3; minute <= 9; minute += 3)
        {
            time.Advance(TimeSpan.FromMinutes(3));
            Assert.Equal([1], await cache.GetAsync("absolute"));
            Assert.Equal([2], await cache.GetAsync("sliding"));
        }

        time.Advance(TimeSpan.FromMinutes(3));
        Assert.Null(await cache.GetAsync("absolute"));
        Assert.Equal([2], await cache.GetAsync("sliding"));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(await cache.GetAsync("sliding"));

        await cache.SetAsync("idle", [3], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(4) });
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(await cache.GetAsync("idle"));
    }
}
