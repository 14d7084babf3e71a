using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace AkkaKv.Cli;

/// <summary>
/// Bytes as JSON, the way the HTTP door has them: valid UTF-8 is a string under its name, anything else base64 under its name
/// with <c>64</c> behind it.
/// </summary>
internal static class KvJson
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Output is read by people too: é stays é. It never ends in HTML, where the relaxed escaping would be unsafe.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream stream, Action<Utf8JsonWriter> write)
    {
        using var writer = new Utf8JsonWriter(stream, WriterOptions);
        write(writer);
    }

    public static void WriteBytes(this Utf8JsonWriter writer, string name, ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            writer.WriteString(name, bytes);
        else
            writer.WriteBase64String(name + "64", bytes);
    }

    /// <summary>The bytes under <paramref name="name"/> or its base64 twin; null if neither is there.</summary>
    /// <exception cref="FormatException">Both are there, or the one that is does not hold bytes.</exception>
    public static byte[]? ReadBytes(this JsonElement element, string name)
    {
        var hasText = element.TryGetProperty(name, out var text);
        var has64 = element.TryGetProperty(name + "64", out var base64);
        if (hasText && has64)
            throw new FormatException($"both \"{name}\" and \"{name}64\" are given");
        if (!hasText && !has64)
            return null;
        var given = hasText ? text : base64;
        if (given.ValueKind != JsonValueKind.String)
            throw new FormatException($"\"{(hasText ? name : name + "64")}\" is not a string");
        try
        {
            return hasText ? StrictUtf8.GetBytes(text.GetString()!) : base64.GetBytesFromBase64();
        }
        catch (Exception fault) when (fault is FormatException or InvalidOperationException or EncoderFallbackException)
        {
            throw new FormatException(hasText ? $"\"{name}\" is not valid Unicode text" : $"\"{name}64\" is not base64", fault);
        }
    }

    /// <summary>For messages: text in quotes, anything that would garble a terminal as base64, and both cut at a readable length.</summary>
    public static string Display(ReadOnlySpan<byte> bytes)
    {
        const int LimitBytes = 100;
        var more = bytes.Length > LimitBytes ? $"... ({bytes.Length:N0} bytes)" : "";
        if (IsPrintable(bytes))
            return $"'{EscapeSpace(Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, LimitBytes)]))}{more}'";
        return "base64:" + Convert.ToBase64String(bytes[..Math.Min(bytes.Length, LimitBytes)]) + more;
    }

    private static string EscapeSpace(string text) => text
        .Replace("\t", "\\t", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    public static bool IsPrintable(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes)
        && !bytes.ContainsAnyInRange<byte>(0x00, 0x08)
        && !bytes.ContainsAnyInRange<byte>(0x0e, 0x1f)
        && !bytes.Contains<byte>(0x7f);
}
