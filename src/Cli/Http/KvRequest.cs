using System.Globalization;
using System.Text;
using WriteId = AkkaKv.Protocol.WriteId;
using WriteIdSource = AkkaKv.Protocol.WriteIdSource;

namespace AkkaKv.Cli;

/// <summary>One request to the HTTP door, before a server is chosen for it; may be sent many times.</summary>
internal sealed record KvRequest
{
    private const string HexDigits = "0123456789ABCDEF";

    /// <summary>Names the writes of this process.</summary>
    private static readonly WriteIdSource WriteIds = new();

    public required HttpMethod Method { get; init; }

    /// <summary>Path and query, already percent-encoded.</summary>
    public required string Target { get; init; }

    public ReadOnlyMemory<byte>? Body { get; init; }

    public string? ContentType { get; init; }

    /// <summary>Set for everything that writes; makes it safe to send the request again.</summary>
    public WriteId? WriteId { get; init; }

    /// <summary>The longest that one server may take before the next one is asked.</summary>
    public TimeSpan AttemptLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether the server is to be told how long we wait, so that it does not work for a client that has left.</summary>
    public bool TakesTimeout { get; init; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public static KvRequest Put(
        ReadOnlySpan<byte> key,
        ReadOnlyMemory<byte> value,
        string? contentType,
        string? quorum = null,
        WriteConditions? conditions = null,
        TimeSpan? timeToLive = null) => new()
        {
            Method = HttpMethod.Put,
            Target = TargetOf(key, ("w", quorum), ("version", conditions?.Version), ("ttl", SecondsOf(timeToLive))),
            Body = value,
            ContentType = contentType,
            WriteId = WriteIds.Next(),
            TakesTimeout = true,
            Headers = conditions?.Headers ?? [],
        };

    public static KvRequest Delete(ReadOnlySpan<byte> key, string? quorum, WriteConditions? conditions) => new()
    {
        Method = HttpMethod.Delete,
        Target = TargetOf(key, ("w", quorum), ("version", conditions?.Version)),
        WriteId = WriteIds.Next(),
        TakesTimeout = true,
        Headers = conditions?.Headers ?? [],
    };

    public static KvRequest Get(ReadOnlySpan<byte> key, string? quorum, string? context) => new()
    {
        Method = HttpMethod.Get,
        Target = TargetOf(key, ("r", quorum)),
        TakesTimeout = true,
        Headers = context is null ? [] : [(HeaderNames.Context, context)],
    };

    public static KvRequest Page(int limit, string? cursor) => new()
    {
        Method = HttpMethod.Get,
        AttemptLimit = TimeSpan.FromSeconds(30),
        Target = string.Create(CultureInfo.InvariantCulture, $"/kv?limit={limit}")
            + (cursor is null ? "" : "&cursor=" + PercentEncode(Encoding.UTF8.GetBytes(cursor))),
    };

    public static KvRequest Status() => new() { Method = HttpMethod.Get, Target = "/cluster/status" };

    /// <summary>How repair jobs stand, or an order to them: start, pause or resume.</summary>
    public static KvRequest Repair(string action, int? partition) => new()
    {
        Method = action == "show" ? HttpMethod.Get : HttpMethod.Post,
        AttemptLimit = TimeSpan.FromSeconds(30),
        Target = (action == "show" ? "/cluster/repair" : "/cluster/repair:" + action)
            + (partition is { } one ? string.Create(CultureInfo.InvariantCulture, $"?partition={one}") : ""),
    };

    /// <summary>Seconds to the millisecond, and not less than one: what is asked for is not rounded to nothing.</summary>
    private static string? SecondsOf(TimeSpan? time) => time is { } some
        ? (Math.Max(1, (decimal)Math.Floor(some.TotalMilliseconds)) / 1000).ToString(CultureInfo.InvariantCulture)
        : null;

    private static string TargetOf(ReadOnlySpan<byte> key, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        // Keys travel in the query: a path cannot carry every key (NUL, and the keys "." and "..").
        var target = new StringBuilder("/kv?key=").Append(PercentEncode(key));
        foreach (var (name, value) in parameters)
        {
            if (value is not null)
                target.Append('&').Append(name).Append('=').Append(PercentEncode(Encoding.UTF8.GetBytes(value)));
        }

        return target.ToString();
    }

    private static string PercentEncode(ReadOnlySpan<byte> bytes)
    {
        var encoded = new StringBuilder(bytes.Length * 3);
        foreach (var value in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~')
                encoded.Append((char)value);
            else
                encoded.Append('%').Append(HexDigits[value >> 4]).Append(HexDigits[value & 15]);
        }

        return encoded.ToString();
    }
}
