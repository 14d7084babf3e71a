using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>The JSON of the HTTP door. Bytes that are UTF-8 are strings, others base64 under a name that says so.</summary>
internal static class KvJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Writes one object.</summary>
    public static byte[] Object(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            content(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A key with its value, or with its siblings.</summary>
    public static void Row(Utf8JsonWriter json, ReadOnlyMemory<byte> key, Found found, bool withContentType)
    {
        Bytes(json, "key", key.Span);
        if (found.Versions.Length == 1)
        {
            Version(json, found.Versions[0], withContentType);
            return;
        }

        json.WriteStartArray("siblings");
        foreach (var version in found.Versions)
        {
            json.WriteStartObject();
            Version(json, version, withContentType);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>An error with its next step.</summary>
    public static byte[] Error(string error, string message) => Object(json =>
    {
        json.WriteString("error", error);
        json.WriteString("message", message);
    });

    /// <summary>A moment in ISO 8601, UTC.</summary>
    public static string TimeOf(long unixMilliseconds) => DateTimeOffset
        .FromUnixTimeMilliseconds(Math.Clamp(unixMilliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()))
        .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The seconds that a value has left, to the millisecond.</summary>
    public static decimal SecondsOf(VersionedValue version) => (decimal)(version.TimeToLive?.TotalMilliseconds ?? 0) / 1000;

    private static void Version(Utf8JsonWriter json, VersionedValue version, bool withContentType)
    {
        if (version.IsDeleted) json.WriteBoolean("deleted", true);
        else Bytes(json, "value", version.Value.Span);
        json.WriteString("version", version.Version);
        if (version.ExpiresAtUnixMilliseconds is { } end)
        {
            json.WriteString("expiresAt", TimeOf(end));
            json.WriteNumber("ttl", SecondsOf(version));
        }

        if (withContentType && version.ContentType.Length > 0) json.WriteString("contentType", version.ContentType);
    }

    /// <summary>Text under a name, or base64 under the same with 64 behind it.</summary>
    public static void Bytes(Utf8JsonWriter json, string name, ReadOnlySpan<byte> bytes)
    {
        try
        {
            json.WriteString(name, Strict.GetString(bytes));
        }
        catch (DecoderFallbackException)
        {
            json.WriteBase64String(name + "64", bytes);
        }
    }
}
