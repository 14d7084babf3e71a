using System.Text;

namespace AkkaKv.Cli;

/// <summary>How a file of records is written: JSON lines, or plain lines of a key, a separator and a value.</summary>
/// <param name="IsJson">One JSON object a line, with <c>key</c> or <c>key64</c> and <c>value</c> or <c>value64</c>.</param>
/// <param name="Separator">Of plain lines; its first occurrence ends the key.</param>
internal sealed record RecordFormat(bool IsJson, byte[] Separator)
{
    public static RecordFormat Json { get; } = new(true, []);

    /// <param name="separator">As it is typed: \t is a tab.</param>
    public static RecordFormat Plain(string separator) =>
        new(false, Encoding.UTF8.GetBytes(separator.Replace("\\t", "\t", StringComparison.Ordinal)));

    /// <summary>A first line that begins like a JSON object speaks for JSON lines.</summary>
    public static RecordFormat Detect(ReadOnlySpan<byte> firstLine) =>
        WithoutMark(firstLine).TrimStart(" \t"u8) is [(byte)'{', ..] ? Json : Plain("\t");

    /// <summary>Without the byte order mark that some editors put before a file's first line.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> line) =>
        line.StartsWith(Encoding.UTF8.Preamble) ? line[Encoding.UTF8.Preamble.Length..] : line;
}
