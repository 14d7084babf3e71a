using System.Threading.Channels;

namespace AkkaKv.Cli;

/// <summary>
/// Reads a file once and writes its records with many writers at a time, in bounded memory. Lines of one key go to one writer, so
/// they take effect in the order of the file; between keys there is no order. Each record is sent until a server acknowledges it or
/// its own patience ends.
/// </summary>
internal sealed class Importer : IDisposable
{
    /// <summary>Records that wait for each writer. With values of 1 MiB and 32 writers this is 160 MiB, the most an import holds.</summary>
    private const int QueueLength = 4;

    private readonly KvClient _client;
    private readonly TimeSpan _patience;
    private readonly ImportProgress _progress;
    private readonly Channel<ImportRecord>[] _queues;
    private readonly CancellationTokenSource _giveUp = new();
    private CliException? _outage;
    private long _acknowledged;
    private long _bytesRead;
    private long _linesRead;

    public Importer(KvClient client, int writers, TimeSpan patience, ImportPosition start)
    {
        _client = client;
        _patience = patience;
        _progress = new ImportProgress(start);
        _bytesRead = start.Bytes;
        _linesRead = start.Lines;
        _queues = [.. Enumerable.Range(0, writers).Select(_ => Channel.CreateBounded<ImportRecord>(
            new BoundedChannelOptions(QueueLength) { SingleReader = true, SingleWriter = true }))];
    }

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    public long LinesRead => Interlocked.Read(ref _linesRead);

    public FailedRecords Failures { get; } = new();

    public ImportPosition Position => _progress.Position;

    /// <param name="stream">Stands at the start position.</param>
    /// <param name="format">Null: by the first line that is not blank.</param>
    /// <param name="cancellationToken">Stops between records.</param>
    /// <exception cref="CliException">No server has taken any record for as long as one record may take.</exception>
    public async Task RunAsync(Stream stream, RecordFormat? format, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _giveUp.Token);
        var writers = Task.WhenAll(_queues.Select(queue => WriteAllAsync(queue.Reader, either.Token)));
        try
        {
            await ReadAllAsync(stream, format, either.Token);
        }
        catch (OperationCanceledException) when (_outage is not null)
        {
            throw _outage;
        }
        finally
        {
            foreach (var queue in _queues)
                queue.Writer.Complete();
            await writers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_outage is not null)
            throw _outage;
        await writers;
    }

    public void Dispose() => _giveUp.Dispose();

    private async Task ReadAllAsync(Stream stream, RecordFormat? format, CancellationToken cancellationToken)
    {
        var lines = new LineReader(stream, _linesRead, _bytesRead);
        while (await lines.ReadAsync(cancellationToken) is { } line)
        {
            Interlocked.Exchange(ref _bytesRead, line.EndOffset);
            Interlocked.Exchange(ref _linesRead, line.Number);
            if (!line.IsTooLong && RecordParser.IsBlank(line.Bytes.Span))
            {
                _progress.Done(line.Number, line.EndOffset);
                continue;
            }

            format ??= RecordFormat.Detect(line.Bytes.Span);
            if (TryParse(line, format) is { } record)
                await QueueOf(record.Key).WriteAsync(record, cancellationToken);
        }
    }

    private ImportRecord? TryParse(Line line, RecordFormat format)
    {
        try
        {
            return RecordParser.Parse(line, format);
        }
        catch (FormatException fault)
        {
            Fail(line.Number, fault.Message);
            return null;
        }
    }

    private ChannelWriter<ImportRecord> QueueOf(byte[] key)
    {
        var hash = default(HashCode);
        hash.AddBytes(key);
        return _queues[(uint)hash.ToHashCode() % _queues.Length].Writer;
    }

    private async Task WriteAllAsync(ChannelReader<ImportRecord> queue, CancellationToken cancellationToken)
    {
        await foreach (var record in queue.ReadAllAsync(cancellationToken))
            await WriteAsync(record, cancellationToken);
    }

    private async Task WriteAsync(ImportRecord record, CancellationToken cancellationToken)
    {
        var acknowledgedBefore = Acknowledged;
        try
        {
            var timeToLive = record.ExpiresAt - TimeProvider.System.GetUtcNow();
            if (timeToLive <= TimeSpan.Zero)
            {
                // It has expired between export and import: to write it would bring it back.
                _progress.Done(record.LineNumber, record.LineEnd);
                return;
            }

            var request = KvRequest.Put(record.Key, record.Value, record.ContentType, timeToLive: timeToLive);
            var answer = await _client.SendAsync(request, _patience, cancellationToken);
            if (!answer.IsSuccess)
            {
                Fail(record.LineNumber, answer.Error.Message);
                return;
            }

            Interlocked.Increment(ref _acknowledged);
            _progress.Done(record.LineNumber, record.LineEnd);
        }
        catch (CliException fault)
        {
            Fail(record.LineNumber, fault.Message);

            // A whole record's patience without one acknowledgement by any writer: the cluster is gone, not one key's owners.
            if (acknowledgedBefore == Acknowledged)
            {
                Interlocked.CompareExchange(ref _outage, fault, null);
                await _giveUp.CancelAsync();
            }
        }
    }

    private void Fail(long line, string reason)
    {
        _progress.Failed(line);
        Failures.Add(line, reason);
    }
}
