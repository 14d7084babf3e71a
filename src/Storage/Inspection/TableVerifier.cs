using System.Text;

namespace AkkaKv.Storage;

/// <summary>
/// Reads a table from its first byte to its last: every block's checksum; that the blocks lie one behind the other and nothing between
/// them; that keys ascend, through all blocks; that each block's separator separates; that the filter admits every key; that the properties
/// and what the manifest knows are what the rows say.
/// </summary>
internal sealed class TableVerifier
{
    private readonly IReadableFile _file;
    private readonly string _path;
    private readonly VerificationReport _report;
    private readonly Dictionary<string, ulong> _properties = [];
    private ReadOnlyMemory<byte> _filter;
    private ulong _smallestSequence;
    private ulong _largestSequence;
    private byte[]? _firstKey;
    private byte[] _lastKey = [];
    private long _rows;
    private ulong _deletes;

    private TableVerifier(IReadableFile file, string path, VerificationReport report)
    {
        _file = file;
        _path = path;
        _report = report;
    }

    /// <summary>Rows of the table. Faults go to the report; one that makes going on pointless is thrown.</summary>
    public static long Verify(IReadableFile file, string path, TableInfo? info, VerificationReport report, CancellationToken stop)
    {
        var verifier = new TableVerifier(file, path, report);
        verifier.Run(info, stop);
        return verifier._rows;
    }

    private void Run(TableInfo? info, CancellationToken stop)
    {
        if (info is not null && info.FileBytes != _file.Length)
            Fault(0, $"the file has {_file.Length} bytes instead of {info.FileBytes}");

        var footer = TableFooter.Read(_file, _path);
        ReadProperties(footer.Properties);
        _smallestSequence = info?.SmallestSequence ?? _properties.GetValueOrDefault("smallest-sequence");
        if (footer.Filter.Length > 0)
            _filter = BlockIO.Read(_file, _path, footer.Filter).Content;

        var end = VerifyBlocks(footer.Index, stop);
        VerifyPlaces(footer, end);
        VerifyProperties();
        if (info is not null)
            VerifyInfo(info);
    }

    private void ReadProperties(BlockHandle handle)
    {
        var cursor = new BlockCursor();
        for (cursor.Load(BlockIO.Read(_file, _path, handle)); cursor.IsValid; cursor.MoveNext())
        {
            var position = 0;
            try
            {
                _properties[Encoding.ASCII.GetString(cursor.Key)] = Varint.Read(cursor.Payload, ref position);
            }
            catch (InvalidDataException how)
            {
                throw cursor.Block.Malformed(how.Message);
            }
        }
    }

    /// <summary>Walks the index and every block it names; returns where the last of them ends.</summary>
    private long VerifyBlocks(BlockHandle index, CancellationToken stop)
    {
        var end = 0L;
        var cursor = new BlockCursor();
        for (cursor.Load(BlockIO.Read(_file, _path, index)); cursor.IsValid; cursor.MoveNext())
        {
            stop.ThrowIfCancellationRequested();
            var block = ReadHandle(cursor);
            if (block.Offset != end)
                Fault(block.Offset, $"the block before ends at {end}");
            end = block.Offset + block.TotalBytes;

            try
            {
                VerifyBlock(block, cursor.Key);
            }
            catch (CorruptionException damage)
            {
                _report.Fault(damage);
            }
        }

        return end;
    }

    private static BlockHandle ReadHandle(BlockCursor entry)
    {
        try
        {
            var position = 0;
            return new BlockHandle((long)Varint.Read(entry.Payload, ref position), (int)Varint.Read(entry.Payload, ref position));
        }
        catch (InvalidDataException how)
        {
            throw entry.Block.Malformed(how.Message);
        }
    }

    private void VerifyBlock(BlockHandle handle, ReadOnlySpan<byte> separator)
    {
        var rows = new BlockCursor();
        rows.Load(BlockIO.Read(_file, _path, handle));
        if (!rows.IsValid)
            Fault(handle.Offset, "the block is empty");
        else if (rows.Key.SequenceCompareTo(separator) < 0)
            Fault(handle.Offset, "the block begins before its separator in the index");
        if (_rows > 0 && separator.SequenceCompareTo(_lastKey) <= 0)
            Fault(handle.Offset, "the block's separator in the index is not greater than the last key of the block before");

        for (; rows.IsValid; rows.MoveNext())
            VerifyRow(rows, handle.Offset);
    }

    private void VerifyRow(BlockCursor row, long block)
    {
        if (_firstKey is null)
            _firstKey = row.Key.ToArray();
        else if (row.Key.SequenceCompareTo(_lastKey) <= 0)
            Fault(block, $"row {_rows} of the table is not greater than the one before");
        _lastKey = row.Key.ToArray();

        if (!_filter.IsEmpty && !BloomFilter.MayContain(_filter.Span, BloomFilter.Hash(row.Key)))
            Fault(block, $"the filter denies row {_rows} of the table");

        try
        {
            var (sequence, kind) = TableRow.ReadTag(row.Payload, _smallestSequence, out _);
            _largestSequence = Math.Max(_largestSequence, sequence);
            if (kind == RowKind.Delete)
                _deletes++;
        }
        catch (InvalidDataException how)
        {
            throw row.Block.Malformed(how.Message);
        }

        _rows++;
    }

    /// <summary>Data, filter, index, properties, footer: all of the file belongs to one of them.</summary>
    private void VerifyPlaces(TableFooter footer, long end)
    {
        foreach (var (part, name) in new[] { (footer.Filter, "filter"), (footer.Index, "index"), (footer.Properties, "properties") })
        {
            if (part.Length == 0 && name == "filter")
                continue;
            if (part.Offset != end)
                Fault(part.Offset, $"the {name} block begins here, but what is before it ends at {end}");
            end = part.Offset + part.TotalBytes;
        }

        if (end + TableFooter.Bytes != _file.Length)
            Fault(end, "bytes that belong to no block lie before the footer");
    }

    private void VerifyProperties()
    {
        Expect("rows", (ulong)_rows);
        Expect("deletes", _deletes);
        Expect("largest-sequence", _largestSequence);
        Expect("smallest-sequence", _smallestSequence);

        void Expect(string name, ulong counted)
        {
            if (_properties.TryGetValue(name, out var said) && said != counted)
                Fault(0, $"the property {name} is {said}, the rows say {counted}");
        }
    }

    private void VerifyInfo(TableInfo info)
    {
        if (_firstKey is null)
            Fault(0, "the table has no rows");
        else if (!info.SmallestKey.Span.SequenceEqual(_firstKey) || !info.LargestKey.Span.SequenceEqual(_lastKey))
            Fault(0, "the table's first and last key are not those that the manifest names");
        if (info.LargestSequence != _largestSequence)
            Fault(0, $"the table's largest sequence is {_largestSequence}, the manifest names {info.LargestSequence}");
    }

    private void Fault(long offset, string what) => _report.Fault(_path, offset, what);
}
