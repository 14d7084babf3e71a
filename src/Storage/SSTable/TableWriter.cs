using System.Buffers;
using System.Text;

namespace AkkaKv.Storage;

/// <summary>
/// Writes a table: data blocks, then filter, index, properties and footer. A table holds a key at most once, so a search in it needs no
/// sequence; the sequences are kept for those who merge tables.
/// </summary>
internal sealed class TableWriter : IDisposable
{
    /// <summary>Blocks are gathered to this size before they go to the system.</summary>
    private const int BufferBytes = 256 << 10;

    private readonly IWritableFile _file;
    private readonly StorageOptions _options;
    private readonly ulong _number;
    private readonly ulong _smallestSequence;
    private readonly ArrayBufferWriter<byte> _buffer = new(BufferBytes);
    private readonly BlockBuilder _block;
    private readonly BlockBuilder _index = new(restartInterval: 1);
    private readonly List<ulong> _hashes = [];
    private byte[] _smallestKey = [];
    private byte[] _separator = [];
    private ulong _largestSequence;
    private ulong _deletes;

    /// <param name="files">The disk.</param>
    /// <param name="directory">The store's directory.</param>
    /// <param name="number">The number of the file to create.</param>
    /// <param name="smallestSequence">No row to come has a smaller one.</param>
    /// <param name="options">Sizes of blocks and filter.</param>
    public TableWriter(IFileSystem files, string directory, ulong number, ulong smallestSequence, StorageOptions options)
    {
        _file = files.Create(Path.Combine(directory, FileNames.Of(FileKind.Table, number)));
        _number = number;
        _smallestSequence = smallestSequence;
        _options = options;
        _block = new BlockBuilder(options.RestartInterval);
    }

    /// <summary>The key that was added last; empty before the first.</summary>
    public ReadOnlySpan<byte> LastKey => _block.LastKey;

    /// <summary>Bytes of the blocks so far.</summary>
    public long Bytes => Offset;

    private long Offset => _file.Length + _buffer.WrittenCount;

    /// <summary>Adds a row. REQUIRES: the key is greater than the last one.</summary>
    public void Add(ReadOnlySpan<byte> key, ulong sequence, RowKind kind, ReadOnlySpan<byte> value)
    {
        if (_hashes.Count == 0)
            _smallestKey = key.ToArray();
        else if (_block.Count == 0)
            _separator = key[..(LastKey.CommonPrefixLength(key) + 1)].ToArray();

        Span<byte> tag = stackalloc byte[Varint.MaxBytes];
        _block.Add(key, tag[..TableRow.WriteTag(tag, sequence - _smallestSequence, kind)], value);
        _hashes.Add(BloomFilter.Hash(key));
        _largestSequence = Math.Max(_largestSequence, sequence);
        if (kind == RowKind.Delete)
            _deletes++;

        if (_block.Bytes >= _options.BlockBytes)
            FinishDataBlock();
    }

    /// <summary>Completes and syncs the file; its name is durable after a sync of the directory. REQUIRES: a row was added.</summary>
    public TableInfo Finish()
    {
        var largestKey = LastKey.ToArray();
        if (_block.Count > 0)
            FinishDataBlock();

        var footer = new TableFooter
        {
            Filter = _options.BloomBitsPerKey == 0 ? default : WriteBlock(BloomFilter.Build(_hashes, _options.BloomBitsPerKey), BlockCompression.None),
            Index = WriteBlock(_index.Finish(), _options.Compression),
            Properties = WriteBlock(Properties(), BlockCompression.None),
        };
        footer.Write(_buffer.GetSpan(TableFooter.Bytes), Offset);
        _buffer.Advance(TableFooter.Bytes);
        FlushBuffer();
        _file.Sync();

        return new TableInfo
        {
            Number = _number,
            FileBytes = _file.Length,
            SmallestSequence = _smallestSequence,
            LargestSequence = _largestSequence,
            SmallestKey = _smallestKey,
            LargestKey = largestKey,
        };
    }

    public void Dispose() => _file.Dispose();

    private void FinishDataBlock()
    {
        TableIndex.Add(_index, _separator, WriteBlock(_block.Finish(), _options.Compression));
        _block.Clear();
        if (_buffer.WrittenCount >= BufferBytes)
            FlushBuffer();
    }

    private BlockHandle WriteBlock(ReadOnlySpan<byte> content, BlockCompression compression)
    {
        var target = _buffer.GetSpan(content.Length + BlockIO.TrailerBytes);
        var handle = new BlockHandle(Offset, BlockIO.Write(target, content, Offset, compression, _options.ZstdLevel));
        _buffer.Advance(handle.TotalBytes);
        return handle;
    }

    private void FlushBuffer()
    {
        _file.Append(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    private ReadOnlySpan<byte> Properties()
    {
        var block = new BlockBuilder(restartInterval: 1);
        Add("deletes", _deletes);
        Add("largest-sequence", _largestSequence);
        Add("rows", (ulong)_hashes.Count);
        Add("smallest-sequence", _smallestSequence);
        return block.Finish();

        void Add(string name, ulong number)
        {
            Span<byte> payload = stackalloc byte[Varint.MaxBytes];
            block.Add(Encoding.ASCII.GetBytes(name), payload[..Varint.Write(payload, number)]);
        }
    }
}
