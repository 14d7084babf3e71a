using System.Text;

namespace AkkaKv.Storage;

/// <summary>
/// Takes a file of a store apart: a commit log, a table, a manifest or CURRENT, told apart by their names. Never writes, and takes no lock:
/// a file that is being written shows as much as was there when it was read.
/// </summary>
public sealed class FileInspector
{
    private readonly IFileSystem _files;
    private readonly string _path;
    private readonly string _directory;
    private readonly bool _withRows;
    private readonly Action<InspectedEntry> _show;

    private FileInspector(IFileSystem files, string path, bool withRows, Action<InspectedEntry> show)
    {
        _files = files;
        _path = path;
        _directory = Path.GetDirectoryName(path) ?? "";
        _withRows = withRows;
        _show = show;
    }

    /// <summary>Shows a file from its beginning to its end, or to the first damage.</summary>
    /// <param name="path">The file; its name says what it is.</param>
    /// <param name="files">The disk.</param>
    /// <param name="withRows">Every row too, not only the batches and blocks that hold them.</param>
    /// <param name="show">Called for every entry, in the order of the file (of a table: footer and properties first).</param>
    /// <exception cref="ArgumentException">The name is not one of a store's files.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CorruptionException">The file is damaged; what is before the damage was shown.</exception>
    public static void Inspect(string path, IFileSystem files, bool withRows, Action<InspectedEntry> show)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(show);
        var name = Path.GetFileName(path);
        var inspector = new FileInspector(files, path, withRows, show);
        if (name == FileNames.Current)
            inspector.InspectCurrent();
        else if (!FileNames.TryParse(name, out var kind, out var number))
            throw new ArgumentException($"{path} is not a file of a store: it is neither CURRENT nor a number with .log, .sst or .manifest.");
        else if (kind == FileKind.Table)
            inspector.InspectTable();
        else
            inspector.InspectRecords(kind, number);
    }

    private void InspectCurrent()
    {
        if (CurrentFile.Read(_files, _directory) is not { } manifest)
            throw new FileNotFoundException($"There is no file {_path}.", _path);
        Show(0, "current", ("manifest", FileNames.Of(FileKind.Manifest, manifest)));
    }

    private void InspectRecords(FileKind kind, ulong number)
    {
        var reader = new LogReader(_files, _directory, kind, number, isNewest: true);
        if (reader.FirstSequence is { } first)
            Show(0, "header", ("version", (long)reader.Version), ("number", number), ("first-sequence", first));
        while (reader.TryRead(out var record))
        {
            try
            {
                ShowRecord(record);
            }
            catch (InvalidDataException how)
            {
                throw new CorruptionException(_path, record.Offset, how.Message);
            }
        }

        if (reader.Cut is { } cut)
            Show(cut.Offset, "cut", ("bytes", cut.Bytes));
        if (reader.UnusedBytes > 0)
            Show(reader.End, "unused", ("bytes", reader.UnusedBytes));
    }

    private void ShowRecord(LogRecord record)
    {
        switch (record.Kind)
        {
            case LogRecordKind.Batch:
            case LogRecordKind.NotedBatch:
                ShowBatch(record);
                break;
            case LogRecordKind.Edit:
                ShowEdit(record.Offset, VersionEdit.Decode(record.Body));
                break;
            default:
                Show(record.Offset, record.Kind == LogRecordKind.Closed ? "closed" : "sealed");
                break;
        }
    }

    private void ShowBatch(LogRecord record)
    {
        var rows = new BatchRows(BatchRows.FromRecord(record, out var sequence, out var count, out var note));
        List<(string, object)> fields =
        [
            ("bytes", (long)record.TotalBytes),
            ("group", record.GroupStart),
            ("sequence", sequence),
            ("rows", (long)count),
        ];
        if (!note.IsEmpty) fields.Add(("note", (long)note.Length));
        Show(record.Offset, "batch", [.. fields]);
        for (; _withRows && rows.MoveNext(); sequence++)
            ShowRow(record.Offset, sequence, rows.Kind, rows.Key, rows.Value);
    }

    private void ShowEdit(long offset, VersionEdit edit)
    {
        var fields = new List<(string, object)>();
        AddIfThere("next-file", edit.NextFileNumber);
        AddIfThere("oldest-log", edit.OldestLog);
        AddIfThere("last-sequence", edit.LastSequence);
        Show(offset, "edit", [.. fields]);
        foreach (var (level, table) in edit.Added)
        {
            Show(
                offset,
                "add-table",
                ("level", (long)level),
                ("number", table.Number),
                ("bytes", table.FileBytes),
                ("smallest-sequence", table.SmallestSequence),
                ("largest-sequence", table.LargestSequence),
                ("smallest-key", table.SmallestKey),
                ("largest-key", table.LargestKey));
        }

        foreach (var number in edit.Removed)
            Show(offset, "remove-table", ("number", number));

        void AddIfThere(string name, ulong? number)
        {
            if (number is { } given)
                fields.Add((name, given));
        }
    }

    private void InspectTable()
    {
        using var file = _files.OpenRead(_path);
        var footer = TableFooter.Read(file, _path);
        Show(
            file.Length - TableFooter.Bytes,
            "footer",
            ("index", footer.Index.Offset),
            ("index-bytes", (long)footer.Index.Length),
            ("filter", footer.Filter.Offset),
            ("filter-bytes", (long)footer.Filter.Length),
            ("properties", footer.Properties.Offset),
            ("properties-bytes", (long)footer.Properties.Length));

        var smallestSequence = ShowProperties(file, footer.Properties);
        var index = new BlockCursor();
        for (index.Load(BlockIO.Read(file, _path, footer.Index)); index.IsValid; index.MoveNext())
        {
            var position = 0;
            var handle = new BlockHandle((long)Number(index, ref position), (int)Number(index, ref position));
            ShowBlock(file, handle, index.Key, smallestSequence);
        }
    }

    /// <summary>The table's smallest sequence is among them.</summary>
    private ulong ShowProperties(IReadableFile file, BlockHandle handle)
    {
        var smallestSequence = 0UL;
        var cursor = new BlockCursor();
        for (cursor.Load(BlockIO.Read(file, _path, handle)); cursor.IsValid; cursor.MoveNext())
        {
            var position = 0;
            var (name, number) = (Encoding.ASCII.GetString(cursor.Key), Number(cursor, ref position));
            if (name == "smallest-sequence")
                smallestSequence = number;
            Show(handle.Offset, "property", ("name", name), ("value", number));
        }

        return smallestSequence;
    }

    private void ShowBlock(IReadableFile file, BlockHandle handle, ReadOnlySpan<byte> separator, ulong smallestSequence)
    {
        var rows = new BlockCursor();
        var count = 0L;
        for (rows.Load(BlockIO.Read(file, _path, handle)); rows.IsValid; rows.MoveNext())
            count++;
        Show(
            handle.Offset,
            "block",
            ("bytes", (long)handle.Length),
            ("compression", BlockIO.CompressionOf(file, handle).ToString().ToLowerInvariant()),
            ("rows", count),
            ("separator", Copy(separator)));

        if (!_withRows)
            return;
        for (rows.Load(BlockIO.Read(file, _path, handle)); rows.IsValid; rows.MoveNext())
        {
            var valueStart = 0;
            var tag = Number(rows, ref valueStart);
            var kind = (tag & 1) == 0 ? RowKind.Put : RowKind.Delete;
            ShowRow(handle.Offset, smallestSequence + (tag >> 1), kind, rows.Key, rows.Payload[valueStart..]);
        }
    }

    private void ShowRow(long offset, ulong sequence, RowKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (kind == RowKind.Put)
            Show(offset, "put", ("sequence", sequence), ("key", Copy(key)), ("value", Copy(value)));
        else
            Show(offset, "delete", ("sequence", sequence), ("key", Copy(key)));
    }

    private static ulong Number(BlockCursor entry, ref int position)
    {
        try
        {
            return Varint.Read(entry.Payload, ref position);
        }
        catch (InvalidDataException how)
        {
            throw entry.Block.Malformed(how.Message);
        }
    }

    private void Show(long offset, string kind, params (string Name, object Value)[] fields) => _show(new InspectedEntry(offset, kind, fields));

    private static ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> bytes) => bytes.ToArray();
}
