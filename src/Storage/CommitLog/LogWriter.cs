using System.Buffers;
using System.Buffers.Binary;

namespace AkkaKv.Storage;

/// <summary>
/// Writes a file of records in groups: records are gathered in memory, then go to disk with one append and one sync. Every record says
/// how far back its group begins. Since a group begins only after everything before it was synced, a record that is intact proves that
/// everything before its group was once durable; recovery needs that to tell a torn append from damage. Appends that are not synced one by
/// one are one group, up to the next sync.
/// </summary>
/// <remarks>One thread at a time. After any failure the file is not to be written again.</remarks>
internal sealed class LogWriter : IDisposable
{
    /// <summary>A buffer that one huge group has blown up beyond this is not kept.</summary>
    private const int KeptBufferBytes = 8 << 20;

    private readonly IWritableFile _file;
    private readonly ulong _number;
    private ArrayBufferWriter<byte> _pending = new(64 << 10);

    /// <summary>How much of the file is durable: here the group begins.</summary>
    private long _groupStart;

    private LogWriter(IWritableFile file, ulong number)
    {
        _file = file;
        _number = number;
    }

    /// <summary>Bytes written so far.</summary>
    public long Bytes => _file.Length;

    /// <summary>
    /// Creates the file; its header is durable after the first <see cref="Sync"/>, its name after a sync of the directory.
    /// </summary>
    public static LogWriter Create(
        IFileSystem files, string directory, FileKind kind, ulong number, ulong firstSequence, uint version = LogFormat.Version) =>
        Begin(files.Create(Path.Combine(directory, FileNames.Of(kind, number))), kind, number, firstSequence, version);

    /// <summary>Begins in a file that is new or written over; it is disposed with the writer.</summary>
    public static LogWriter Begin(
        IWritableFile file, FileKind kind, ulong number, ulong firstSequence, uint version = LogFormat.Version)
    {
        var writer = new LogWriter(file, number);
        LogFormat.WriteFileHeader(writer._pending.GetSpan(LogFormat.FileHeaderBytes), kind, version, number, firstSequence);
        writer._pending.Advance(LogFormat.FileHeaderBytes);
        return writer;
    }

    public void AddBatch(ulong firstSequence, WriteBatch batch)
    {
        Span<byte> head = stackalloc byte[LogFormat.BatchHeaderBytes + Varint.MaxBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(head, firstSequence);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], batch.Count);
        if (batch.Note.IsEmpty)
        {
            Add(LogRecordKind.Batch, head[..LogFormat.BatchHeaderBytes], [], batch.Rows);
            return;
        }

        var length = LogFormat.BatchHeaderBytes + Varint.Write(head[LogFormat.BatchHeaderBytes..], (ulong)batch.Note.Length);
        Add(LogRecordKind.NotedBatch, head[..length], batch.Note.Span, batch.Rows);
    }

    public void Add(LogRecordKind kind, ReadOnlySpan<byte> body) => Add(kind, body, [], []);

    /// <summary>Hands what was added to the system. The group goes on: it is durable, or not, with the next <see cref="Sync"/>.</summary>
    public void Append()
    {
        _file.Append(_pending.WrittenSpan);
        if (_pending.Capacity > KeptBufferBytes)
            _pending = new ArrayBufferWriter<byte>(64 << 10);
        else
            _pending.ResetWrittenCount();
    }

    /// <summary>Writes what was added and returns when the group survives a power loss.</summary>
    public void Sync()
    {
        if (_pending.WrittenCount > 0)
            Append();
        _file.Sync();
        _groupStart = _file.Length;
    }

    /// <summary>Takes room for a file of so many bytes, if there is as much; see <see cref="IWritableFile.Allocate"/>.</summary>
    public void Allocate(long bytes) => _file.Allocate(bytes);

    /// <summary>Gives back what lies behind the last record. REQUIRES: nothing is pending. Durable with the next <see cref="Sync"/>.</summary>
    public void Truncate() => _file.Truncate();

    public void Dispose() => _file.Dispose();

    private void Add(LogRecordKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> middle, ReadOnlySpan<byte> tail)
    {
        var offset = _file.Length + _pending.WrittenCount;
        var length = head.Length + middle.Length + tail.Length;
        var record = _pending.GetSpan(LogFormat.RecordHeaderBytes + length)[..(LogFormat.RecordHeaderBytes + length)];
        var body = record[LogFormat.RecordHeaderBytes..];
        head.CopyTo(body);
        middle.CopyTo(body[head.Length..]);
        tail.CopyTo(body[(head.Length + middle.Length)..]);
        LogRecord.WriteHeader(record, kind, checked((uint)(offset - _groupStart)), _number, offset);
        _pending.Advance(record.Length);
    }
}
