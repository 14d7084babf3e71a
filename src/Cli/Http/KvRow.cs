using System.Text.Json;

namespace AkkaKv.Cli;

/// <summary>One version of a key's value; a null value is a delete that stands beside other versions.</summary>
internal sealed record KvVersion(byte[]? Value, string? Version, string? ContentType, DateTimeOffset? ExpiresAt = null);

/// <summary>A key with what the cluster holds for it: one version, or several that were written concurrently.</summary>
internal sealed record KvRow(byte[] Key, IReadOnlyList<KvVersion> Versions)
{
    public bool HasSiblings => Versions.Count > 1;

    /// <exception cref="FormatException">The text is not a row as the HTTP door gives it.</exception>
    public static KvRow Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var row = document.RootElement;
            var key = row.ReadBytes("key") ?? throw new FormatException("a row has no key");
            var versions = row.TryGetProperty("siblings", out var siblings)
                ? siblings.EnumerateArray().Select(ParseVersion).ToList()
                : [ParseVersion(row)];
            return new KvRow(key, versions);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new FormatException("a row is not as the HTTP door gives it: " + fault.Message, fault);
        }
    }

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        WriteFields(writer);
        writer.WriteEndObject();
    }

    public void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteBytes("key", Key);
        if (!HasSiblings)
        {
            WriteVersion(writer, Versions[0]);
            return;
        }

        writer.WriteStartArray("siblings");
        foreach (var version in Versions)
        {
            writer.WriteStartObject();
            WriteVersion(writer, version);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static KvVersion ParseVersion(JsonElement element)
    {
        string? Text(string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;

        var isDeleted = element.TryGetProperty("deleted", out var deleted) && deleted.GetBoolean();
        var value = element.ReadBytes("value");
        if (value is null && !isDeleted)
            throw new FormatException("a row has no value");
        return new KvVersion(isDeleted ? null : value, Text("version"), Text("contentType"), ExpiryOf(element));
    }

    /// <summary>When a value expires; null if it does not say.</summary>
    /// <exception cref="FormatException">It is no moment in time.</exception>
    public static DateTimeOffset? ExpiryOf(JsonElement element) =>
        !element.TryGetProperty("expiresAt", out var text) ? null
        : text.ValueKind == JsonValueKind.String && text.TryGetDateTimeOffset(out var end) ? end
        : throw new FormatException("\"expiresAt\" is not a time like 2026-01-31T12:00:00Z");

    private static void WriteVersion(Utf8JsonWriter writer, KvVersion version)
    {
        if (version.Value is null)
            writer.WriteBoolean("deleted", true);
        else
            writer.WriteBytes("value", version.Value);
        if (version.Version is not null)
            writer.WriteString("version", version.Version);
        if (version.ContentType is not null)
            writer.WriteString("contentType", version.ContentType);
        if (version.ExpiresAt is { } end)
            writer.WriteString("expiresAt", end.UtcDateTime);
    }
}
