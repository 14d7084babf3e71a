using System.CommandLine;
using System.Text;

namespace AkkaKv.Cli;

/// <summary>The key of put, get and delete: text as it is typed, or any bytes as base64.</summary>
internal sealed class KeyArgument
{
    public const int LimitBytes = Protocol.KeyLimits.MaximumBytes;

    private readonly Argument<string> _key = new("KEY") { Description = "1 to 1,024 bytes of UTF-8" };

    private readonly Option<bool> _isBase64 = new("--key64") { Description = "KEY is base64, for keys that are not text" };

    public KeyArgument(Command command)
    {
        command.Add(_key);
        command.Add(_isBase64);
    }

    /// <exception cref="CliException">It is no key.</exception>
    public byte[] Read(ParseResult parsed)
    {
        var text = parsed.GetRequiredValue(_key);
        byte[] key;
        try
        {
            key = parsed.GetValue(_isBase64) ? Convert.FromBase64String(text) : Encoding.UTF8.GetBytes(text);
        }
        catch (FormatException)
        {
            throw new CliException(ExitCode.Usage, $"'{text}' is not base64.", "Leave --key64 out if the key is text.", "BadKey");
        }

        if (key.Length is 0 or > LimitBytes)
            throw new CliException(ExitCode.Usage, $"The key has {key.Length:N0} bytes; keys have 1 to {LimitBytes:N0}.", error: "BadKey");
        return key;
    }
}
