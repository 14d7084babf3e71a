using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>The answers to the keys of one <see cref="MultiRequest"/> as they come in. Pure.</summary>
internal sealed class MultiGathering
{
    private readonly IReadOnlyList<ClientRequest> _requests;
    private readonly ClientReply?[] _replies;

    /// <summary>Nothing is answered.</summary>
    public MultiGathering(MultiRequest request)
    {
        _requests = request.Requests;
        _replies = new ClientReply?[_requests.Count];
        Missing = _replies.Length;
    }

    /// <summary>Keys without an answer.</summary>
    public int Missing { get; private set; }

    /// <summary>A key is answered; the first answer of a key counts.</summary>
    public void Answered(int place, ClientReply reply)
    {
        if (_replies[place] is not null) return;
        _replies[place] = reply;
        Missing--;
    }

    /// <summary>
    /// All answers in the order of the requests. Values go in as long as there is room; one that finds none is named, with its size, and
    /// those behind it may still fit.
    /// </summary>
    public MultiReply Reply()
    {
        var room = (long)MultiRequest.MaximumBytes;
        var replies = ImmutableArray.CreateBuilder<ClientReply>(_replies.Length);
        for (var place = 0; place < _replies.Length; place++)
        {
            var reply = _replies[place]!;
            var bytes = BytesOf(_requests[place], reply);
            if (bytes > room) reply = new AnswerTooLarge(bytes, MultiRequest.MaximumBytes);
            else room -= bytes;
            replies.Add(reply);
        }

        return new MultiReply(replies.MoveToImmutable());
    }

    /// <summary>
    /// Only values grow without a bound of their own. What comes with them (contexts, versions in print) counts, too, so that the answer fits
    /// on a client's lane.
    /// </summary>
    private static long BytesOf(ClientRequest request, ClientReply reply) => reply is Found found
        ? MultiRequest.EntryBytes + request.Key.Length + found.Context.Length + 2 * found.Version.Length
            + found.Versions.Sum(version => (long)MultiRequest.EntryBytes + version.Value.Length + 2 * version.Version.Length + 4 * version.ContentType.Length)
        : 0;
}
