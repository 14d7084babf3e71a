using System.Collections.Immutable;

namespace AkkaKv.Protocol;

/// <summary>
/// Several requests in one message, to any node's <c>/user/kv</c>. Answered by a <see cref="MultiReply"/> with a reply for each in their
/// order, or by one <see cref="RequestFailure"/> if the message as a whole is refused.
/// </summary>
/// <remarks>
/// Each key is coordinated by itself, as if it had come alone: some may succeed and others fail, each at its own time, and nobody is kept
/// from seeing some of the writes before the others. Bounds: <see cref="MaximumEntries"/> and <see cref="MaximumBytes"/>.
/// </remarks>
public abstract record MultiRequest : IProtocolMessage
{
    /// <summary>Limit of requests in one message.</summary>
    public const int MaximumEntries = 1000;

    /// <summary>Limit of a message's keys, values, contexts and texts together, in bytes, with <see cref="EntryBytes"/> for each request.</summary>
    public const int MaximumBytes = 4 * 1024 * 1024;

    /// <summary>What a request counts beside its content, in bytes.</summary>
    public const int EntryBytes = 64;

    /// <summary>
    /// How long until a request that does not say so itself is answered by <see cref="RequestTimeout"/>; null for the node's default, at
    /// most 60 s.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The requests.</summary>
    public abstract IReadOnlyList<ClientRequest> Requests { get; }

    /// <summary>What to answer if the message as a whole is refused, else null.</summary>
    public RequestFailure? Fault()
    {
        if (Requests.Count > MaximumEntries) return new TooManyEntries(Requests.Count, MaximumEntries);
        var bytes = Requests.Sum(BytesOf);
        if (bytes > MaximumBytes) return new RequestTooLarge(bytes, MaximumBytes);
        var written = new HashSet<string>(StringComparer.Ordinal);
        return Requests.Any(request => request is WriteRequest && !written.Add(Convert.ToBase64String(request.Key.Span)))
            ? new BadRequest("A key stands twice among the writes, which have no order: send them one after the other.")
            : null;
    }

    private static long BytesOf(ClientRequest request) => EntryBytes + request.Key.Length + request.Context.Length + request switch
    {
        Put put => (long)put.Value.Length + 4 * put.ContentType.Length + 4 * put.Condition.Text.Length,
        WriteRequest write => 4 * write.Condition.Text.Length,
        _ => 0,
    };
}

/// <summary>Reads several keys.</summary>
/// <param name="Gets">At most <see cref="MultiRequest.MaximumEntries"/>; a key may stand twice.</param>
public sealed record MultiGet(ImmutableArray<Get> Gets) : MultiRequest
{
    /// <inheritdoc/>
    public override IReadOnlyList<ClientRequest> Requests => Gets;
}

/// <summary>Puts and deletes several keys. Not a transaction: see <see cref="MultiRequest"/>.</summary>
/// <param name="Writes">At most <see cref="MultiRequest.MaximumEntries"/> of <see cref="Put"/> and <see cref="Delete"/>, each of another key.</param>
public sealed record MultiPut(ImmutableArray<WriteRequest> Writes) : MultiRequest
{
    /// <inheritdoc/>
    public override IReadOnlyList<ClientRequest> Requests => Writes;
}

/// <summary>The answers to a <see cref="MultiRequest"/>.</summary>
/// <param name="Replies">
/// In the order of the requests: what each would have been answered alone, failures included; <see cref="AnswerTooLarge"/> where there was
/// no more room (<see cref="MultiRequest.MaximumBytes"/> of keys and values together).
/// </param>
public sealed record MultiReply(ImmutableArray<ClientReply> Replies) : ClientReply
{
    /// <summary>Requests that failed.</summary>
    public int Failures => Replies.Count(reply => reply is RequestFailure);

    /// <summary>In print, for logs: without values.</summary>
    public override string ToString() => $"{nameof(MultiReply)} {{ {Replies.Length} replies, {Failures} failures }}";
}
