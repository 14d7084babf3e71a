using System.Globalization;
using AkkaKv.Protocol;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaKv.Node;

/// <summary>Reads what an HTTP request asks of the store. What is wrong with it is thrown as <see cref="BadHttpInput"/>.</summary>
internal sealed class KvRequest
{
    /// <summary>The header that carries a context.</summary>
    public const string ContextHeader = "X-AkkaKv-Context";

    private const string WriteIdHeader = "X-AkkaKv-Write-Id";

    private static readonly string[] PutParameters = ["key", "value", "w", "timeout", "version", "replicas", "ttl"];
    private static readonly string[] DeleteParameters = ["key", "w", "timeout", "version", "replicas"];
    private static readonly string[] GetParameters = ["key", "r", "timeout", "strict", "replicas"];
    private static readonly string[] ScanParameters = ["limit", "cursor", "timeout"];

    private const long MaximumTtlSeconds = 36_500L * 24 * 60 * 60;

    private readonly HttpRequest _http;
    private readonly RequestTarget _target;

    /// <summary>Takes the target and headers of a request.</summary>
    public KvRequest(HttpRequest http)
    {
        _http = http;
        var raw = http.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!RequestTarget.TryParse(raw, "/kv", out var target, out var fault)) throw new BadHttpInput(fault);
        _target = target;
        var known = HttpMethods.IsPut(http.Method) ? PutParameters
            : HttpMethods.IsDelete(http.Method) ? DeleteParameters
            : Key is null ? ScanParameters
            : GetParameters;
        if (_target.Parameters.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new BadHttpInput($"The parameter '{unknown}' is not known here; there are {string.Join(", ", known)}.");
        if (_target.PathKey is not null && _target.BytesOf("key") is not null)
            throw new BadHttpInput("The key stands both in the path and in the query.");
    }

    /// <summary>The key, null if none is given.</summary>
    public byte[]? Key => _target.PathKey ?? _target.BytesOf("key");

    /// <summary>The request's timeout.</summary>
    public TimeSpan? Timeout => _target.TextOf("timeout") is { } text
        ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new BadHttpInput($"timeout is '{text}'; it must be a number of milliseconds.")
        : null;

    private ReadOnlyMemory<byte> Context
    {
        get
        {
            if (HeaderOf(ContextHeader) is not { Length: > 0 } text) return ReadOnlyMemory<byte>.Empty;
            try
            {
                return System.Buffers.Text.Base64Url.DecodeFromChars(text);
            }
            catch (FormatException)
            {
                throw new BadHttpInput(new BadContext("is not one that this cluster gave: it is not base64url"));
            }
        }
    }

    /// <summary>A put; the value is the body or <c>?value=</c>.</summary>
    public async Task<Put> ReadPutAsync(int valueBytesLimit)
    {
        var inQuery = _target.BytesOf("value");
        var body = await ReadBodyAsync(valueBytesLimit).ConfigureAwait(false);
        if (inQuery is not null && body.Length > 0) throw new BadHttpInput("The value stands both in the body and in the query.");
        return new Put(RequiredKey(), inQuery ?? body)
        {
            ContentType = inQuery is null ? _http.ContentType ?? "" : "",
            Timeout = Timeout,
            Context = Context,
            W = Level("w"),
            WantsReplicas = Flag("replicas"),
            WriteId = WriteIdOf(),
            Condition = Condition(),
            TimeToLive = TimeToLive(),
        };
    }

    /// <summary>A delete.</summary>
    public Delete ReadDelete() => new(RequiredKey())
    {
        Timeout = Timeout,
        Context = Context,
        W = Level("w"),
        WantsReplicas = Flag("replicas"),
        WriteId = WriteIdOf(),
        Condition = Condition(),
    };

    /// <summary>A get.</summary>
    public Get ReadGet() => new(RequiredKey())
    {
        Timeout = Timeout,
        Context = Context,
        R = Level("r"),
        IsStrict = Flag("strict"),
        WantsReplicas = Flag("replicas"),
    };

    /// <summary>A scan.</summary>
    public Scan ReadScan()
    {
        var limit = 1000;
        if (_target.TextOf("limit") is { } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > 1000))
        {
            throw new BadHttpInput($"limit is '{text}'; it must be from 1 to 1000.");
        }

        var cursor = ReadOnlyMemory<byte>.Empty;
        if (_target.TextOf("cursor") is { Length: > 0 } cursorText)
        {
            try
            {
                cursor = System.Buffers.Text.Base64Url.DecodeFromChars(cursorText);
            }
            catch (FormatException)
            {
                throw new BadHttpInput("cursor is not one that a page gave.");
            }
        }

        return new Scan { Cursor = cursor, Limit = limit, Timeout = Timeout };
    }

    private byte[] RequiredKey() => Key is { Length: > 0 } key
        ? key
        : throw new BadHttpInput("There is no key: give it in the path (/kv/name) or in the query (/kv?key=name).");

    private bool Flag(string name) => _target.TextOf(name) switch
    {
        null or "false" => false,
        "true" or "" => true,
        var text => throw new BadHttpInput($"{name} is '{text}'; it must be true or false."),
    };

    private Consistency Level(string name) => _target.TextOf(name) is not { } text ? Consistency.Default
        : Consistency.TryParse(text, out var level) ? level
        : throw new BadHttpInput($"{name} is '{text}'; it must be {Consistency.Choices}.");

    /// <summary>Seconds, with decimals down to the millisecond.</summary>
    private TimeSpan? TimeToLive() => _target.TextOf("ttl") is not { } text ? null
        : decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= 0.001m && seconds <= MaximumTtlSeconds && decimal.Round(seconds, 3) == seconds
            ? TimeSpan.FromMilliseconds((long)(seconds * 1000))
            : throw new BadHttpInput($"ttl is '{text}'; it must be seconds from 0.001 to {MaximumTtlSeconds}, with at most three decimals.");

    private WriteId? WriteIdOf() => HeaderOf(WriteIdHeader) is not { } text ? null
        : WriteId.TryParse(text, out var id) ? id
        : throw new BadHttpInput($"{WriteIdHeader} is '{text}'; it must be 32 hex digits, '-', a number, and for a repetition ';retry'.");

    private WriteCondition Condition()
    {
        var conditions = new List<WriteCondition>();
        if (_target.TextOf("version") is { } version) conditions.Add(new WriteCondition(WriteConditionKind.VersionIs, version));
        if (_http.Headers.IfMatch.Count > 1 || _http.Headers.IfNoneMatch.Count > 1)
            throw new BadHttpInput("A write takes one condition at a time: If-Match or If-None-Match is given twice.");
        if (_http.Headers.IfMatch is [{ } match])
        {
            conditions.Add(match.Trim() == "*"
                ? new WriteCondition(WriteConditionKind.Exists)
                : new WriteCondition(WriteConditionKind.ETagIs, ETagText(match)));
        }

        if (_http.Headers.IfNoneMatch is [{ } noneMatch])
        {
            conditions.Add(noneMatch.Trim() == "*"
                ? new WriteCondition(WriteConditionKind.DoesNotExist)
                : throw new BadHttpInput("If-None-Match of a write must be '*'."));
        }

        if (conditions.Count > 1) throw new BadHttpInput("A write takes one condition at a time.");
        return conditions.FirstOrDefault();
    }

    /// <summary>A header that may be given once; null if it is not.</summary>
    private string? HeaderOf(string name) => _http.Headers[name] switch
    {
        [] => null,
        [var text] => text,
        _ => throw new BadHttpInput($"The header {name} is given twice."),
    };

    private static string ETagText(string header)
    {
        var text = header.Trim();
        return text.Length > 2 && text[0] == '"' && text[^1] == '"' && !text[1..^1].Contains('"', StringComparison.Ordinal)
            ? text[1..^1]
            : throw new BadHttpInput($"If-Match is {header}; it must be one ETag in double quotes, as a GET gives it, or '*'.");
    }

    private async Task<byte[]> ReadBodyAsync(int limit)
    {
        if (_http.ContentLength > limit) throw new BadHttpInput(new ValueTooLarge(_http.ContentLength.Value, limit));
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await _http.Body.ReadAsync(buffer, _http.HttpContext.RequestAborted).ConfigureAwait(false)) > 0)
        {
            if (body.Length + read > limit) throw new BadHttpInput(new ValueTooLarge(body.Length + read, limit));
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }
}

/// <summary>A request that cannot be understood; nothing was done.</summary>
internal sealed class BadHttpInput : Exception
{
    /// <summary>With what is wrong.</summary>
    public BadHttpInput(string message)
        : base(message) => Failure = new BadRequest(message);

    /// <summary>With a failure that has its own status.</summary>
    public BadHttpInput(RequestFailure failure)
        : base(failure.Message) => Failure = failure;

    /// <summary>What to answer.</summary>
    public RequestFailure Failure { get; }
}
