namespace AkkaKv.Storage;

/// <summary>
/// Reads a file of records from its beginning, and where a record is not intact says what that means.
/// </summary>
/// <remarks>
/// <para>A crash may leave any part of the last append behind: a prefix, or later sectors without earlier ones, so that whole records follow
/// a hole. None of it was acknowledged. So a record that is not intact is <b>cut</b> with all that follows if it may lie in that last append,
/// and <b>damaged</b> if it was durable once. It was durable if any intact record behind it belongs to a group that began behind it
/// (see <see cref="LogWriter"/>), or if a younger file exists, because a log is left only after it was sealed.</para>
/// <para>Behind the last append of a log lies what stood there before: zeros where space was only allocated, records of an earlier log where it
/// is used again. The latter do not parse here, and make the end of a log that nobody closed look like a torn append. What no file can tell
/// apart either is a torn last append from damage to one that was synced; a clean close therefore ends with a record of its own.</para>
/// <para>A file is read whole: the size of a memtable, and of what is allocated for its log, bound it.</para>
/// </remarks>
internal sealed class LogReader
{
    private const string NotIntact = "the record's checksum does not match";

    private readonly string _path;
    private readonly byte[] _bytes;
    private readonly FileKind _kind;
    private readonly ulong _number;
    private readonly bool _isNewest;

    private readonly uint _version;

    private long _position;
    private bool _isAtEnd;

    /// <param name="files">The disk.</param>
    /// <param name="directory">The store's directory.</param>
    /// <param name="kind">Log or manifest.</param>
    /// <param name="number">The number in the file's name.</param>
    /// <param name="isNewest">True for the file of its kind that was written last: only it may have an end that was not synced.</param>
    public LogReader(IFileSystem files, string directory, FileKind kind, ulong number, bool isNewest)
    {
        _path = Path.Combine(directory, FileNames.Of(kind, number));
        _bytes = files.ReadAll(_path);
        _kind = kind;
        _number = number;
        _isNewest = isNewest;

        if (LogFormat.TryReadFileHeader(_bytes, kind, number, _path, out _version, out var firstSequence))
        {
            FirstSequence = firstSequence;
            _position = LogFormat.FileHeaderBytes;
        }
        else
        {
            CutAt(0, "the file header is damaged");
        }
    }

    public string File => _path;

    /// <summary>The version of the format; 0 if the header was cut.</summary>
    public uint Version => _version;

    /// <summary>The sequence number that the first row of this log has or would have; null if the header was cut.</summary>
    public ulong? FirstSequence { get; }

    /// <summary>What had to be cut; null while the end is not reached or nothing had to.</summary>
    public CutTail? Cut { get; private set; }

    /// <summary>Bytes at the end of the file that belong to nothing: allocated, or left by an earlier log. Known at the end.</summary>
    public long UnusedBytes { get; private set; }

    /// <summary>Where the last record ends that was read.</summary>
    public long End => _position;

    /// <summary>Reads the next record; false at the end.</summary>
    /// <exception cref="CorruptionException">The next record was durable once and is damaged.</exception>
    public bool TryRead(out LogRecord record)
    {
        record = default;
        if (_isAtEnd)
            return false;

        if (_position == _bytes.Length || !LogRecord.TryParse(_bytes, _position, _number, _version, out record))
        {
            Finish();
            return false;
        }

        _position += record.TotalBytes;
        if (_version != LogFormat.FirstVersion && record.Kind is LogRecordKind.Closed or LogRecordKind.Sealed)
            FinishAt(record);
        return true;
    }

    /// <summary>At a record that says that it is the last one: what is behind it is not looked at.</summary>
    private void FinishAt(LogRecord last)
    {
        if (last.Kind == LogRecordKind.Closed && !_isNewest)
            throw new CorruptionException(_path, last.Offset, "the log was closed for good here, and there is a younger one");

        _isAtEnd = true;
        UnusedBytes = _bytes.Length - _position;
    }

    /// <summary>Without a record that says so.</summary>
    private void Finish()
    {
        _isAtEnd = true;
        var rest = _bytes.AsSpan((int)_position);
        if (_version == LogFormat.FirstVersion || _kind == FileKind.Manifest)
        {
            if (!rest.IsEmpty)
                CutAt(_position, NotIntact);
        }
        else if (rest.ContainsAnyExcept((byte)0))
        {
            CutAt(_position, NotIntact);
        }
        else if (!_isNewest)
        {
            throw new CorruptionException(_path, _position, "the log ends without a seal, although there is a younger one");
        }
        else
        {
            UnusedBytes = rest.Length;
        }
    }

    private void CutAt(long offset, string what)
    {
        if (!_isNewest || WasDurable(offset))
            throw new CorruptionException(_path, offset, what);
        _isAtEnd = true;
        Cut = new CutTail(_path, offset, _bytes.Length - offset);
    }

    private bool WasDurable(long offset)
    {
        if (_version != 0)
            return IsBeforeGroup(offset, _version);

        foreach (var version in LogFormat.VersionsBehindDamage(_bytes))
        {
            if (IsBeforeGroup(offset, version))
                return true;
        }

        return false;
    }

    private bool IsBeforeGroup(long offset, uint version)
    {
        for (var next = offset + 1; next < _bytes.Length; next++)
        {
            if (LogRecord.TryParse(_bytes, next, _number, version, out var later) && later.GroupStart > offset)
                return true;
        }

        return false;
    }
}
