namespace AkkaKv.Cli;

/// <summary>A line of a file, without its line feed. The bytes are good until the next line is read.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Bytes">Exactly as they stand in the file, a carriage return included; empty if <paramref name="IsTooLong"/>.</param>
/// <param name="EndOffset">The offset in the file behind the line and its line feed.</param>
/// <param name="IsTooLong">Longer than <see cref="LineReader.LimitBytes"/>, and therefore not kept.</param>
internal readonly record struct Line(long Number, ReadOnlyMemory<byte> Bytes, long EndOffset, bool IsTooLong = false);

/// <summary>
/// Reads lines of bytes from a stream of any length in bounded memory. Nothing is decoded: what is no UTF-8 passes unchanged. A last
/// line without a line feed is a line; an empty rest is none.
/// </summary>
internal sealed class LineReader
{
    /// <summary>Room for a value of 1 MiB of which every byte is escaped in JSON, and its key.</summary>
    public const int LimitBytes = 8 * 1024 * 1024;

    private readonly Stream _stream;
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private long _offset;
    private long _number;

    /// <param name="stream">Stands at <paramref name="offset"/>, the end of line <paramref name="number"/>.</param>
    /// <param name="number">Lines before.</param>
    /// <param name="offset">Bytes before.</param>
    public LineReader(Stream stream, long number = 0, long offset = 0)
    {
        _stream = stream;
        _number = number;
        _offset = offset;
    }

    public async ValueTask<Line?> ReadAsync(CancellationToken cancellationToken)
    {
        var isTooLong = false;
        var searched = 0;
        while (true)
        {
            var feed = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (feed >= 0)
                return Take(searched + feed, feedBytes: 1, isTooLong);
            searched = _end - _start;
            if (searched > LimitBytes)
            {
                // Goes on to the line's end without keeping what it is made of.
                isTooLong = true;
                _offset += searched;
                _start = _end = searched = 0;
            }

            MakeRoom();
            var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
                return searched > 0 || isTooLong ? Take(searched, feedBytes: 0, isTooLong) : null;
            _end += read;
        }
    }

    private Line Take(int length, int feedBytes, bool isTooLong)
    {
        // A line that is just over the limit may have arrived together with its line feed.
        isTooLong |= length > LimitBytes;
        var bytes = isTooLong ? default : _buffer.AsMemory(_start, length);
        _start += length + feedBytes;
        _offset += length + feedBytes;
        return new Line(++_number, bytes, _offset, isTooLong);
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
            return;
        var kept = _end - _start;
        var target = kept > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        Buffer.BlockCopy(_buffer, _start, target, 0, kept);
        (_buffer, _start, _end) = (target, 0, kept);
    }
}
