using System.Text.Json;

namespace AkkaKv.Cli;

/// <summary>A record of an import, and the line it came from.</summary>
internal sealed record ImportRecord(long LineNumber, long LineEnd, byte[] Key, byte[] Value, string? ContentType, DateTimeOffset? ExpiresAt = null);

/// <summary>
/// Lines to records. Plain lines are cut, never decoded: key and value are the file's bytes, so a carriage return before the line
/// feed belongs to the value.
/// </summary>
internal static class RecordParser
{
    public static bool IsBlank(ReadOnlySpan<byte> line) => line.TrimEnd((byte)'\r').IsEmpty;

    /// <exception cref="FormatException">The line holds no record; the message says why.</exception>
    public static ImportRecord Parse(Line line, RecordFormat format)
    {
        if (line.IsTooLong)
            throw new FormatException($"the line is longer than {LineReader.LimitBytes:N0} bytes");
        var record = format.IsJson ? ParseJson(line) : ParsePlain(line, format.Separator);
        if (record.Key.Length is 0 or > KeyArgument.LimitBytes)
            throw new FormatException($"the key has {record.Key.Length:N0} bytes; keys have 1 to {KeyArgument.LimitBytes:N0}");
        return record;
    }

    private static ImportRecord ParsePlain(Line line, byte[] separator)
    {
        var cut = line.Bytes.Span.IndexOf(separator);
        if (cut < 0)
            throw new FormatException($"there is no separator {KvJson.Display(separator)} in the line");
        return new ImportRecord(
            line.Number, line.EndOffset, line.Bytes[..cut].ToArray(), line.Bytes[(cut + separator.Length)..].ToArray(), ContentType: null);
    }

    private static ImportRecord ParseJson(Line line)
    {
        try
        {
            var text = line.Bytes[^RecordFormat.WithoutMark(line.Bytes.Span).Length..];
            using var document = JsonDocument.Parse(text);
            var json = document.RootElement;
            if (json.ValueKind != JsonValueKind.Object)
                throw new FormatException("the line is no JSON object");
            if (json.TryGetProperty("siblings", out _))
                throw new FormatException("the record has siblings; `akkakv export --siblings first` leaves one of them");
            var key = json.ReadBytes("key") ?? throw new FormatException("\"key\" or \"key64\" is missing");
            var value = json.ReadBytes("value") ?? throw new FormatException("\"value\" or \"value64\" is missing");
            var contentType = json.TryGetProperty("contentType", out var type) ? type.GetString() : null;
            return new ImportRecord(line.Number, line.EndOffset, key, value, contentType, KvRow.ExpiryOf(json));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new FormatException("the line is not valid JSON: " + fault.Message, fault);
        }
    }
}
