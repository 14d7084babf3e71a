using System.Collections.Immutable;
using System.Text;

namespace AkkaKv.Protocol;

/// <summary>Several keys at once.</summary>
/// <remarks>
/// Here the request is taken apart at once, and each key goes to its own owner: the lanes pack what goes to the same node into one frame,
/// nothing is forwarded, and each key has its own retries. The bounds are those of the messages (<see cref="MultiRequest"/>), which other
/// doors take; the answers have none here.
/// </remarks>
public sealed partial class AkkaKvClient
{
    /// <summary>Reads several keys. The replies are in the order of the keys: <see cref="Found"/>, <see cref="NotFound"/> or a failure.</summary>
    /// <exception cref="AkkaKvException">The request as a whole breaks a bound; a single key's failure is its reply.</exception>
    public Task<MultiReply> MultiGetAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default) =>
        MultiGetAsync(new MultiGet([.. keys.Select(key => new Get(key))]), cancellationToken);

    /// <inheritdoc cref="MultiGetAsync(IEnumerable{string},CancellationToken)"/>
    public Task<MultiReply> MultiGetAsync(IEnumerable<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken = default) =>
        MultiGetAsync(new MultiGet([.. keys.Select(key => new Get(key))]), cancellationToken);

    /// <inheritdoc cref="MultiGetAsync(IEnumerable{string},CancellationToken)"/>
    public Task<MultiReply> MultiGetAsync(MultiGet gets, CancellationToken cancellationToken = default) => SendAllAsync(gets, cancellationToken);

    /// <summary>
    /// Stores several values, each by itself: some may be stored and others not. The replies are in the order of the values:
    /// <see cref="Written"/> or a failure.
    /// </summary>
    /// <exception cref="AkkaKvException">The request as a whole breaks a bound; a single key's failure is its reply.</exception>
    public Task<MultiReply> MultiPutAsync(IEnumerable<KeyValuePair<string, string>> values, CancellationToken cancellationToken = default) =>
        MultiPutAsync(
            values.Select(pair => KeyValuePair.Create(Utf8(pair.Key), Utf8(pair.Value))), cancellationToken);

    /// <inheritdoc cref="MultiPutAsync(IEnumerable{KeyValuePair{string, string}},CancellationToken)"/>
    public Task<MultiReply> MultiPutAsync(
        IEnumerable<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> values, CancellationToken cancellationToken = default) =>
        MultiPutAsync(new MultiPut([.. values.Select(pair => new Put(pair.Key, pair.Value))]), cancellationToken);

    /// <summary>Puts and deletes several keys as the requests say, each by itself; the replies are in their order.</summary>
    /// <exception cref="AkkaKvException">The request as a whole breaks a bound; a single key's failure is its reply.</exception>
    public Task<MultiReply> MultiPutAsync(MultiPut writes, CancellationToken cancellationToken = default) => SendAllAsync(writes, cancellationToken);

    private async Task<MultiReply> SendAllAsync(MultiRequest multi, CancellationToken cancellationToken)
    {
        if (multi.Fault() is { } fault) throw new AkkaKvException(fault);
        var replies = multi.Requests.Select(request => SendAsync(
            request.Timeout is null && multi.Timeout is not null ? request with { Timeout = multi.Timeout } : request, cancellationToken));
        return new MultiReply(ImmutableArray.Create(await Task.WhenAll(replies).ConfigureAwait(false)));
    }

    private static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
