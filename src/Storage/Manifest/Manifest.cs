namespace AkkaKv.Storage;

/// <summary>
/// The log of version edits that says which tables are live. Its first record is a whole state; each later one is a step. An edit is
/// durable before anything is done that relies on it, so a torn last edit was never relied on.
/// </summary>
/// <remarks>
/// Damage to a last edit that <i>was</i> durable looks like a torn one. It does no harm unnoticed: what the edit made superfluous is
/// deleted after it, so without the edit either everything is still there, or the gap shows (a missing table; a first log that begins
/// after the sequence at which the tables end).
/// </remarks>
internal sealed class Manifest : IDisposable
{
    private readonly IFileSystem _files;
    private readonly string _directory;
    private LogWriter _writer;
    private ulong _number;

    /// <summary>Size of the file when it held only the state it begins with.</summary>
    private long _stateBytes;

    private Manifest(IFileSystem files, string directory, ulong number, ManifestState state)
    {
        _files = files;
        _directory = directory;
        _number = number;
        State = state;
        _writer = Begin(files, directory, number, state);
        _stateBytes = _writer.Bytes;
    }

    /// <summary>What the manifest says with all its edits.</summary>
    public ManifestState State { get; }

    /// <summary>Bytes that edits have added to the state the file begins with, and that a rotation would save.</summary>
    public long EditBytes => _writer.Bytes - _stateBytes;

    /// <summary>Reads the manifest that CURRENT names.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="directory">The store's directory.</param>
    /// <param name="number">The manifest's number, from CURRENT.</param>
    /// <param name="edits">Edits found, the first state included.</param>
    /// <param name="cut">The end that was cut, if one was.</param>
    public static ManifestState Load(IFileSystem files, string directory, ulong number, out int edits, out CutTail? cut)
    {
        var reader = new LogReader(files, directory, FileKind.Manifest, number, isNewest: true);
        var state = new ManifestState();
        edits = 0;
        while (reader.TryRead(out var record))
        {
            try
            {
                state.Apply(VersionEdit.Decode(record.Body));
            }
            catch (InvalidDataException how)
            {
                throw new CorruptionException(reader.File, record.Offset, how.Message);
            }

            edits++;
        }

        cut = reader.Cut;
        if (edits == 0)
            throw new CorruptionException(reader.File, cut?.Offset ?? 0, "the manifest holds no state, although CURRENT names it");
        return state;
    }

    /// <summary>
    /// Writes a new manifest that begins with a state, and makes it the current one. Everything in the directory that the state relies on
    /// is durable with it, names included.
    /// </summary>
    public static Manifest Create(IFileSystem files, string directory, ulong number, ManifestState state) =>
        new(files, directory, number, state);

    /// <summary>
    /// Adds an edit and returns when it is durable. Drops that the edit has finished go with it. After a failure the manifest is not to be
    /// written again.
    /// </summary>
    /// <returns>Numbers of the drops that have gone.</returns>
    public IReadOnlyList<ulong> Append(VersionEdit edit)
    {
        State.Apply(edit);
        var finished = State.FinishedDrops();
        if (finished.Count > 0)
        {
            State.Apply(new VersionEdit { RemovedDrops = finished });
            edit = edit with { RemovedDrops = finished };
        }

        _writer.Add(LogRecordKind.Edit, edit.Encode());
        _writer.Sync();
        return finished;
    }

    /// <summary>
    /// Goes on in a new manifest that begins with the present state, and deletes this one. A crash leaves either.
    /// </summary>
    public void Rotate(ulong number)
    {
        State.Apply(new VersionEdit { NextFileNumber = number + 1 });
        var writer = Begin(_files, _directory, number, State);
        _writer.Dispose();
        _writer = writer;
        _files.DeleteUnneeded(_directory, [FileNames.Of(FileKind.Manifest, _number)]);
        (_number, _stateBytes) = (number, writer.Bytes);
    }

    public void Dispose() => _writer.Dispose();

    private static LogWriter Begin(IFileSystem files, string directory, ulong number, ManifestState state)
    {
        var writer = LogWriter.Create(files, directory, FileKind.Manifest, number, firstSequence: 0);
        try
        {
            writer.Add(LogRecordKind.Edit, state.ToEdit().Encode());
            writer.Sync();
            CurrentFile.Write(files, directory, number);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }
}
