namespace AkkaKv.Storage;

/// <summary>
/// Reads a file of records from its beginning, and where a record is not intact says what that means.
/// </summary>
/// <remarks>
/// A crash may leave any part of the last append behind: a prefix, or later sectors without earlier ones, so that whole records follow a
/// hole. None of it was acknowledged. So a record that is not intact is <b>torn</b> if it may lie in that last append, and <b>damaged</b>
/// if it was durable once. It was durable if any intact record behind it belongs to a group that began behind it (see
/// <see cref="LogWriter"/>), or if a younger file exists, because a file is left only after its last group was synced. What no file can
/// tell apart is a torn last append from damage to a last append that was synced; a clean close therefore ends with a record of its own.
/// A file is read whole: the size of a memtable bounds it.
/// </remarks>
internal sealed class LogReader
{
    private readonly string _path;
    private readonly byte[] _bytes;
    private readonly ulong _number;
    private readonly bool _mayBeTorn;
    private long _position;

    /// <param name="files">The disk.</param>
    /// <param name="directory">The store's directory.</param>
    /// <param name="kind">Log or manifest.</param>
    /// <param name="number">The number in the file's name.</param>
    /// <param name="mayBeTorn">True for the file that was written last.</param>
    public LogReader(IFileSystem files, string directory, FileKind kind, ulong number, bool mayBeTorn)
    {
        _path = Path.Combine(directory, FileNames.Of(kind, number));
        _bytes = files.ReadAll(_path);
        _number = number;
        _mayBeTorn = mayBeTorn;

        if (LogFormat.TryReadFileHeader(_bytes, kind, number, _path, out var firstSequence))
        {
            FirstSequence = firstSequence;
            _position = LogFormat.FileHeaderBytes;
        }
        else
        {
            StopAt(0, "the file header is damaged");
        }
    }

    public string File => _path;

    /// <summary>The sequence number that the first row of this log has or would have; null if the header is torn.</summary>
    public ulong? FirstSequence { get; }

    /// <summary>What had to be cut; null while the end is not reached or nothing had to.</summary>
    public TornTail? Torn { get; private set; }

    /// <summary>Reads the next record; false at the end.</summary>
    /// <exception cref="CorruptionException">The next record was durable once and is damaged.</exception>
    public bool TryRead(out LogRecord record)
    {
        record = default;
        if (Torn is not null || _position == _bytes.Length)
            return false;

        if (!LogRecord.TryParse(_bytes, _position, _number, out record))
        {
            StopAt(_position, "the record's checksum does not match");
            return false;
        }

        _position += record.TotalBytes;
        return true;
    }

    private void StopAt(long offset, string what)
    {
        if (!_mayBeTorn || WasDurable(offset))
            throw new CorruptionException(_path, offset, what);
        Torn = new TornTail(_path, offset, _bytes.Length - offset);
    }

    private bool WasDurable(long offset)
    {
        for (var next = offset + 1; next < _bytes.Length; next++)
        {
            if (LogRecord.TryParse(_bytes, next, _number, out var later) && later.GroupStart > offset)
                return true;
        }

        return false;
    }
}
