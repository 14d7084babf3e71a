namespace AkkaKv.Cli;

/// <summary>Rows to lines, in the formats that an import reads.</summary>
internal sealed class RowWriter
{
    private readonly Stream _stream;
    private readonly RecordFormat _format;
    private readonly bool _takeFirst;

    /// <param name="stream">Where the lines go.</param>
    /// <param name="format">JSON lines or plain lines.</param>
    /// <param name="takeFirst">Of siblings, write the first that is no delete instead of all of them.</param>
    public RowWriter(Stream stream, RecordFormat format, bool takeFirst)
    {
        _stream = stream;
        _format = format;
        _takeFirst = takeFirst;
    }

    /// <exception cref="CliException">The row cannot be a plain line.</exception>
    public void Write(KvRow row)
    {
        var written = _takeFirst ? TakeFirst(row) : row;
        if (_format.IsJson)
            KvJson.Write(_stream, written.WriteTo);
        else
            WritePlain(written);
        _stream.WriteByte((byte)'\n');
    }

    private static KvRow TakeFirst(KvRow row) =>
        row with { Versions = [row.Versions.FirstOrDefault(version => version.Value is not null) ?? row.Versions[0]] };

    private void WritePlain(KvRow row)
    {
        if (row.HasSiblings)
        {
            const string NextStep = "`--siblings first` takes the first, `--format json` all of them.";
            throw Refuse(row, "has siblings, and a plain line holds one value", NextStep, ExitCode.Siblings);
        }

        var value = row.Versions[0].Value!;
        if (row.Key.AsSpan().IndexOf(_format.Separator) >= 0 || row.Key.Contains((byte)'\n'))
            throw Refuse(row, "contains the separator or a line feed", "Choose another --separator, or --format json.");
        if (value.Contains((byte)'\n'))
            throw Refuse(row, "has a value with a line feed, which a plain line cannot hold", "Use --format json.");
        _stream.Write(row.Key);
        _stream.Write(_format.Separator);
        _stream.Write(value);
    }

    private static CliException Refuse(KvRow row, string why, string nextStep, ExitCode exitCode = ExitCode.Failed) =>
        new(exitCode, $"The key {KvJson.Display(row.Key)} {why}.", nextStep, "NotExportable");
}
