namespace AkkaKv.Cli;

/// <summary>One import from its file to its last word: opens, resumes, keeps the position while it runs, and reports.</summary>
internal sealed class ImportRun : IAsyncDisposable
{
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);

    private readonly Terminal _terminal;
    private readonly string _name;
    private readonly Stream _stream;
    private readonly ImportPosition _start;
    private ImportState? _state;

    private ImportRun(Terminal terminal, string name, Stream stream, ImportState? state, ImportPosition start)
    {
        _terminal = terminal;
        _name = name;
        _stream = stream;
        _state = state;
        _start = start;
    }

    /// <exception cref="CliException">There is no such file, or it cannot be resumed.</exception>
    public static ImportRun Open(string path, string? statePath, bool resume, Terminal terminal)
    {
        if (path == "-")
        {
            if (resume || statePath is not null)
                throw CliException.Usage("Standard input cannot be resumed.", "Import a file.");
            return new ImportRun(terminal, "standard input", terminal.Input, null, default);
        }

        if (!File.Exists(path))
            throw new CliException(ExitCode.Usage, $"There is no file {path}.", error: "NoFile");
        var state = new ImportState(statePath ?? path + ImportState.Extension);
        var earlier = state.Load();
        if (earlier is { } position && !resume)
        {
            terminal.Error.WriteLine(
                $"An earlier import of {path} has done {position.Lines:N0} lines. This one begins at the start; --resume goes on there.");
        }

        var start = resume ? earlier ?? default : default;
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        ImportState.Seek(stream, start, path);
        return new ImportRun(terminal, path, stream, state, start);
    }

    public async Task<ExitCode> ExecuteAsync(
        KvClient client, int writers, TimeSpan patience, RecordFormat? format, bool isJson, CancellationToken cancellationToken)
    {
        var started = _terminal.Time.GetTimestamp();
        if (_start.Bytes > 0)
            format ??= await DetectFormatAsync(cancellationToken);
        using var importer = new Importer(client, writers, patience, _start);
        var isComplete = false;
        try
        {
            var import = importer.RunAsync(_stream, format, cancellationToken);
            var display = new ImportDisplay(_terminal, importer, _stream.CanSeek ? _stream.Length : null);
            await Task.WhenAll(display.FollowAsync(import), KeepPositionAsync(importer, import));
            await import;
            isComplete = importer.Failures.Count == 0;
        }
        finally
        {
            if (isComplete)
                _state?.Delete();
            else
                Save(importer.Position);
            var report = new ImportReport(_name, importer, _terminal.Time.GetElapsedTime(started));
            report.Print(_terminal, isJson, isComplete ? null : _state);
        }

        return isComplete ? ExitCode.Success : ExitCode.Failed;
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>It is the file's first line that tells the format, also where the import goes on behind it.</summary>
    private async Task<RecordFormat?> DetectFormatAsync(CancellationToken cancellationToken)
    {
        _stream.Position = 0;
        var lines = new LineReader(_stream);
        RecordFormat? format = null;
        while (format is null && await lines.ReadAsync(cancellationToken) is { } line)
            format = RecordParser.IsBlank(line.Bytes.Span) ? null : RecordFormat.Detect(line.Bytes.Span);
        _stream.Position = _start.Bytes;
        return format;
    }

    private async Task KeepPositionAsync(Importer importer, Task import)
    {
        await foreach (var _ in Ticks.UntilAsync(import, SaveInterval, _terminal.Time))
            Save(importer.Position);
    }

    /// <summary>Where progress cannot be kept, as beside a file of a read-only folder, the import goes on without.</summary>
    private void Save(ImportPosition position)
    {
        try
        {
            _state?.Save(position);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _terminal.Error.WriteLine($"Progress is not kept: {_state!.Path} cannot be written. --state FILE keeps it elsewhere.");
            _state = null;
        }
    }
}
