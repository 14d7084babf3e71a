using System.Runtime.CompilerServices;

namespace AkkaKv.Cli;

/// <summary>
/// Reads every key of the cluster, page by page. A page is taken whole or asked for again at the next server: rows are only
/// given out when all of their page is there.
/// </summary>
internal sealed class Exporter
{
    private readonly KvClient _client;
    private readonly int _pageRows;
    private readonly TimeSpan _patience;

    public Exporter(KvClient client, int pageRows, TimeSpan patience)
    {
        _client = client;
        _pageRows = pageRows;
        _patience = patience;
    }

    /// <exception cref="CliException">A page could not be had.</exception>
    public async IAsyncEnumerable<KvRow> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var answer = await _client.SendAsync(KvRequest.Page(_pageRows, cursor), _patience, cancellationToken);
            if (!answer.IsSuccess)
                throw answer.ToException();
            foreach (var line in SplitLines(answer.Body))
                yield return Parse(line, answer);
            cursor = answer.Cursor;
        }
        while (cursor is not null);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> SplitLines(ReadOnlyMemory<byte> body)
    {
        while (!body.IsEmpty)
        {
            var feed = body.Span.IndexOf((byte)'\n');
            var line = feed < 0 ? body : body[..feed];
            if (!RecordParser.IsBlank(line.Span))
                yield return line;
            body = feed < 0 ? default : body[(feed + 1)..];
        }
    }

    private static KvRow Parse(ReadOnlyMemory<byte> line, KvAnswer answer)
    {
        try
        {
            return KvRow.Parse(line);
        }
        catch (FormatException fault)
        {
            throw CliException.BadAnswer(answer.Server, fault);
        }
    }
}
