using System.Text;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaKv.Protocol;

/// <summary>ASP.NET Core's distributed cache, kept in AkkaKv: sessions, output caching and whatever else takes an <see cref="IDistributedCache"/>.</summary>
/// <remarks>
/// <para>The times of an entry are stored with its value and judged by this process's clock. The value has a time to live as well, a little
/// longer than that, by which the cluster drops what nobody asks for. An entry with a sliding expiration is written
/// again when it is read, but for reads in the first eighth of its window, and goes between one and one and an eighth windows after its last
/// read. Such a write is made on condition that the entry has not changed; where it meets a new value at the same moment, the new value
/// wins, and where it meets a removal, the entry is gone.</para>
/// <para>The methods that are not asynchronous block their thread until the answer is there; prefer the others.</para>
/// </remarks>
/// <example>
/// <code>
/// builder.Services.AddSingleton(AkkaKvClient.Connect("10.0.0.1:4053", "10.0.0.2:4053"));
/// builder.Services.AddSingleton&lt;IDistributedCache&gt;(
///     services => new AkkaKvDistributedCache(services.GetRequiredService&lt;AkkaKvClient&gt;(), "web/"));
/// </code>
/// </example>
public sealed class AkkaKvDistributedCache : IDistributedCache
{
    /// <summary>What the value lives longer than its entry: a node's clock never ends what is there by this process's.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>The longest time to live that nodes take; an entry beyond has none.</summary>
    private static readonly TimeSpan LongestTimeToLive = TimeSpan.FromDays(36_500);

    private readonly AkkaKvClient _client;
    private readonly string _prefix;
    private readonly TimeProvider _time;

    /// <summary>A cache in a cluster.</summary>
    /// <param name="client">The way there; not disposed with the cache.</param>
    /// <param name="prefix">Put in front of every key, which with it has at most 1,024 bytes of UTF-8.</param>
    /// <param name="time">What expiry is judged by; null for the system's clock.</param>
    public AkkaKvDistributedCache(AkkaKvClient client, string prefix = "", TimeProvider? time = null)
    {
        _client = client;
        _prefix = prefix;
        _time = time ?? TimeProvider.System;
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public byte[]? Get(string key) => GetAsync(key).GetAwaiter().GetResult();

    /// <inheritdoc/>
    /// <exception cref="AkkaKvException">The entry could not be read.</exception>
    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var id = Id(key);
        if (await _client.GetAsync(id, token).ConfigureAwait(false) is not { } found) return null;
        var now = Now;
        if (Present(found) is not { } entry || !entry.IsThere(now)) return null;
        if (entry.NeedsTouch(now)) await TouchAsync(id, found, entry.Touched(now), now, token).ConfigureAwait(false);
        return entry.Value.ToArray();
    }

    /// <inheritdoc/>
    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => SetAsync(key, value, options).GetAwaiter().GetResult();

    /// <inheritdoc/>
    /// <exception cref="AkkaKvException">The entry was not stored, or it is not known whether it was.</exception>
    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(options);
        var now = Now;
        var latest = options.AbsoluteExpirationRelativeToNow is { } span ? After(now, span)
            : options.AbsoluteExpiration?.ToUnixTimeMilliseconds() ?? CacheEntry.Never;
        if (latest <= now) throw new ArgumentOutOfRangeException(nameof(options), "The absolute expiration must lie in the future.");
        var window = options.SlidingExpiration is { } sliding ? Math.Max(1, (long)sliding.TotalMilliseconds) : 0;
        return _client.PutAsync(PutOf(Id(key), CacheEntry.Set(now, latest, window, value), now), token);
    }

    /// <inheritdoc/>
    public void Refresh(string key) => RefreshAsync(key).GetAwaiter().GetResult();

    /// <inheritdoc/>
    /// <exception cref="AkkaKvException">The entry could not be read.</exception>
    public Task RefreshAsync(string key, CancellationToken token = default) => GetAsync(key, token);

    /// <inheritdoc/>
    public void Remove(string key) => RemoveAsync(key).GetAwaiter().GetResult();

    /// <inheritdoc/>
    /// <exception cref="AkkaKvException">The entry was not removed, or it is not known whether it was.</exception>
    public Task RemoveAsync(string key, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _client.DeleteAsync(Id(key), token);
    }

    /// <summary>Of concurrent entries the last one set, and of one that was put off at different times the longest; none beside a removal.</summary>
    internal static CacheEntry? Present(Found found)
    {
        CacheEntry? present = null;
        foreach (var version in found.Versions)
        {
            if (version.IsDeleted) return null;
            if (CacheEntry.Decode(version.Value) is not { } entry) continue;
            if (present is not { } best || (entry.SetAt, entry.Until).CompareTo((best.SetAt, best.Until)) > 0) present = entry;
        }

        return present;
    }

    private async Task TouchAsync(ReadOnlyMemory<byte> key, Found found, CacheEntry entry, long now, CancellationToken token)
    {
        var put = PutOf(key, entry, now) with
        {
            Context = found.Context,
            Condition = new WriteCondition(WriteConditionKind.ETagIs, found.ETag),
        };
        // A read has its value already. If it could not be put off this time, the next read will.
        await _client.SendAsync(put, token).ConfigureAwait(false);
    }

    /// <summary>The put of an entry, with the time to live that goes with it.</summary>
    internal static Put PutOf(ReadOnlyMemory<byte> key, CacheEntry entry, long now) => new(key, entry.Encode())
    {
        TimeToLive = entry.Until - now < (long)(LongestTimeToLive - Grace).TotalMilliseconds
            ? TimeSpan.FromMilliseconds(entry.Until - now) + Grace
            : null,
    };

    private ReadOnlyMemory<byte> Id(string key) => Encoding.UTF8.GetBytes(_prefix + key);

    private static long After(long now, TimeSpan span) => now + (long)span.TotalMilliseconds;
}
