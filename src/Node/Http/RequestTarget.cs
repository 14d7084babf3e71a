using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace AkkaKv.Node;

/// <summary>
/// A request target as it was sent. Keys are bytes, so it is taken apart here and not by the framework, which would decode to characters
/// and lose some of them.
/// </summary>
internal sealed class RequestTarget
{
    private readonly Dictionary<string, byte[]> _query = new(StringComparer.Ordinal);

    private RequestTarget()
    {
    }

    /// <summary>What follows the door's prefix in the path, decoded; null if there is nothing.</summary>
    public byte[]? PathKey { get; private set; }

    /// <summary>The names of the query's parameters.</summary>
    public IReadOnlyCollection<string> Parameters => _query.Keys;

    /// <summary>Takes a target apart.</summary>
    /// <param name="raw">The target as it was sent: path and query, or an absolute URL.</param>
    /// <param name="prefix">The path of the door, without a slash at its end.</param>
    /// <param name="target">The parts.</param>
    /// <param name="fault">What is wrong, where it cannot be taken apart.</param>
    public static bool TryParse(string raw, string prefix, [NotNullWhen(true)] out RequestTarget? target, out string fault)
    {
        target = null;
        var path = PathOf(raw);
        var question = path.IndexOf('?', StringComparison.Ordinal);
        var query = question < 0 ? "" : path[(question + 1)..];
        if (question >= 0) path = path[..question];

        // The framework routes by the decoded and resolved path; what is cut off here is the path as it was sent, and must be the same.
        if (!path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) || (path.Length > prefix.Length && path[prefix.Length] != '/'))
        {
            fault = $"The path must begin with {prefix}/ as it stands, without percent-encoding or dots in front of the key.";
            return false;
        }

        var parsed = new RequestTarget();
        if (path.Length > prefix.Length + 1)
        {
            if (Decoded(path[(prefix.Length + 1)..]) is not { } key)
            {
                fault = "The path holds a '%' that two hex digits do not follow.";
                return false;
            }

            parsed.PathKey = key;
        }

        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? pair : pair[..equals];
            if (Decoded(equals < 0 ? "" : pair[(equals + 1)..]) is not { } value)
            {
                fault = $"The parameter '{name}' holds a '%' that two hex digits do not follow.";
                return false;
            }

            if (!parsed._query.TryAdd(name, value))
            {
                fault = $"The parameter '{name}' is given twice.";
                return false;
            }
        }

        target = parsed;
        fault = "";
        return true;
    }

    /// <summary>A parameter's bytes, null if it is not given.</summary>
    public byte[]? BytesOf(string parameter) => _query.GetValueOrDefault(parameter);

    /// <summary>A parameter as text, null if it is not given.</summary>
    public string? TextOf(string parameter) => _query.TryGetValue(parameter, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;

    private static string PathOf(string raw)
    {
        if (raw.StartsWith('/')) return raw;
        var authority = raw.IndexOf("://", StringComparison.Ordinal);
        var slash = authority < 0 ? -1 : raw.IndexOf('/', authority + 3);
        return slash < 0 ? "/" : raw[slash..];
    }

    private static byte[]? Decoded(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var at = 0; at < bytes.Length; at++)
        {
            if (bytes[at] != (byte)'%')
            {
                bytes[length++] = bytes[at];
                continue;
            }

            if (at + 2 >= bytes.Length || !char.IsAsciiHexDigit((char)bytes[at + 1]) || !char.IsAsciiHexDigit((char)bytes[at + 2])) return null;
            bytes[length++] = Convert.FromHexString([(char)bytes[at + 1], (char)bytes[at + 2]])[0];
            at += 2;
        }

        return bytes[..length];
    }
}
