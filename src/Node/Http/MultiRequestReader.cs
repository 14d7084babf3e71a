using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AkkaKv.Protocol;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaKv.Node;

/// <summary>
/// Reads a request for several keys: options from the query, entries from a JSON body. What is wrong is thrown as <see cref="BadHttpInput"/>,
/// which names the entry by its place.
/// </summary>
internal sealed class MultiRequestReader
{
    /// <summary>A body at the limits, its values in base64, and some room for names and escapes.</summary>
    private const int BodyLimit = 2 * MultiRequest.MaximumBytes;

    private static readonly string[] GetParameters = ["r", "strict", "timeout"];
    private static readonly string[] PutParameters = ["w", "timeout"];
    private static readonly string[] KeyNames = ["key", "key64", "context"];
    private static readonly string[] ValueNames = ["value", "value64", "contentType"];
    private static readonly string[] WriteNames =
        ["key", "key64", "context", "value", "value64", "delete", "contentType", "ifMatch", "ifNoneMatch", "version", "writeId"];

    private readonly HttpRequest _http;
    private readonly RequestTarget _target;

    /// <summary>Takes a request to <paramref name="path"/>.</summary>
    public MultiRequestReader(HttpRequest http, string path)
    {
        _http = http;
        var raw = http.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!RequestTarget.TryParse(raw, path, out var target, out var fault)) throw new BadHttpInput(fault);
        _target = target;
    }

    /// <summary>The keys to read.</summary>
    public async Task<MultiGet> ReadGetAsync()
    {
        var (r, isStrict) = (Level("r", GetParameters), Strict());
        var gets = await ReadAsync("keys", entry => entry.ValueKind == JsonValueKind.String
            ? new Get(Text(entry, "the key")!) { R = r, IsStrict = isStrict }
            : new Get(BytesOf(Checked(entry, KeyNames), "key")) { R = r, IsStrict = isStrict, Context = ContextOf(entry) }).ConfigureAwait(false);
        return new MultiGet(gets) { Timeout = Timeout() };
    }

    /// <summary>The puts and deletes.</summary>
    public async Task<MultiPut> ReadPutAsync()
    {
        var w = Level("w", PutParameters);
        var writes = await ReadAsync("writes", entry => Write(Checked(entry, WriteNames), w)).ConfigureAwait(false);
        return new MultiPut(writes) { Timeout = Timeout() };
    }

    private static WriteRequest Write(JsonElement entry, Consistency w)
    {
        var key = BytesOf(entry, "key");
        var id = TextOf(entry, "writeId") is not { } text ? null
            : WriteId.TryParse(text, out var parsed) ? (WriteId?)parsed
            : throw new BadHttpInput($"writeId is '{text}'; it must be 32 hex digits, '-', a number, and for a repetition ';retry'.");
        var isDelete = entry.TryGetProperty("delete", out var delete) && delete.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new BadHttpInput("delete must be true or false."),
        };
        if (!isDelete)
        {
            return new Put(key, BytesOf(entry, "value"))
            {
                ContentType = TextOf(entry, "contentType") ?? "",
                W = w,
                WriteId = id,
                Context = ContextOf(entry),
                Condition = Condition(entry),
            };
        }

        if (ValueNames.FirstOrDefault(name => entry.TryGetProperty(name, out _)) is { } surplus)
            throw new BadHttpInput($"a delete has no {surplus}.");
        return new Delete(key) { W = w, WriteId = id, Context = ContextOf(entry), Condition = Condition(entry) };
    }

    private static WriteCondition Condition(JsonElement entry)
    {
        var conditions = new List<WriteCondition>();
        if (TextOf(entry, "version") is { } version) conditions.Add(new WriteCondition(WriteConditionKind.VersionIs, version));
        if (TextOf(entry, "ifMatch") is { } tag)
            conditions.Add(tag == "*" ? new WriteCondition(WriteConditionKind.Exists) : new WriteCondition(WriteConditionKind.ETagIs, tag));
        if (TextOf(entry, "ifNoneMatch") is { } none)
        {
            if (none != "*") throw new BadHttpInput("ifNoneMatch of a write must be '*'.");
            conditions.Add(new WriteCondition(WriteConditionKind.DoesNotExist));
        }

        return conditions.Count > 1 ? throw new BadHttpInput("a write takes one condition at a time.") : conditions.FirstOrDefault();
    }

    private async Task<ImmutableArray<T>> ReadAsync<T>(string list, Func<JsonElement, T> read)
    {
        using var document = await ParseAsync().ConfigureAwait(false);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(list, out var entries) || entries.ValueKind != JsonValueKind.Array)
            throw new BadHttpInput($"The body must be a JSON object with a list '{list}'.");
        if (root.GetPropertyCount() > 1) throw new BadHttpInput($"The body holds more than '{list}'; options stand in the query.");
        // Said before anything is made of the entries, of which there may be millions.
        if (entries.GetArrayLength() > MultiRequest.MaximumEntries)
            throw new BadHttpInput(new TooManyEntries(entries.GetArrayLength(), MultiRequest.MaximumEntries));
        var all = ImmutableArray.CreateBuilder<T>(entries.GetArrayLength());
        foreach (var entry in entries.EnumerateArray())
        {
            try
            {
                all.Add(read(entry));
            }
            catch (Exception e) when (e is BadHttpInput or InvalidOperationException)
            {
                // The latter is said of names that are no Unicode text.
                throw new BadHttpInput($"Entry {all.Count} of '{list}': {e.Message}");
            }
        }

        return all.MoveToImmutable();
    }

    private async Task<JsonDocument> ParseAsync()
    {
        if (_http.ContentLength > BodyLimit) throw new BadHttpInput(new RequestTooLarge(_http.ContentLength.Value, BodyLimit));
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await _http.Body.ReadAsync(buffer, _http.HttpContext.RequestAborted).ConfigureAwait(false)) > 0)
        {
            if (body.Length + read > BodyLimit) throw new BadHttpInput(new RequestTooLarge(body.Length + read, BodyLimit));
            body.Write(buffer, 0, read);
        }

        try
        {
            return JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length), new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            throw new BadHttpInput($"The body is not JSON: {e.Message}");
        }
    }

    private TimeSpan? Timeout() => _target.TextOf("timeout") is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) ? TimeSpan.FromMilliseconds(milliseconds)
        : throw new BadHttpInput($"timeout is '{text}'; it must be a number of milliseconds.");

    private bool Strict() => _target.TextOf("strict") switch
    {
        null or "false" => false,
        "true" or "" => true,
        var text => throw new BadHttpInput($"strict is '{text}'; it must be true or false."),
    };

    private Consistency Level(string name, string[] known)
    {
        if (_target.PathKey is not null) throw new BadHttpInput("The keys stand in the body, not in the path.");
        if (_target.Parameters.FirstOrDefault(parameter => !known.Contains(parameter)) is { } unknown)
            throw new BadHttpInput($"The parameter '{unknown}' is not known here; there are {string.Join(", ", known)}.");
        return _target.TextOf(name) is not { } text ? Consistency.Default
            : Consistency.TryParse(text, out var level) ? level
            : throw new BadHttpInput($"{name} is '{text}'; it must be a number from 1, or a named level such as one, quorum or all.");
    }

    private static JsonElement Checked(JsonElement entry, string[] known)
    {
        if (entry.ValueKind != JsonValueKind.Object) throw new BadHttpInput("it must be an object.");
        foreach (var property in entry.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                throw new BadHttpInput($"'{property.Name}' is not known here; there are {string.Join(", ", known)}.");
        }

        return entry;
    }

    /// <summary>Text under a name, or base64 under the same with 64 behind it.</summary>
    private static byte[] BytesOf(JsonElement entry, string name)
    {
        var (text, base64) = (TextOf(entry, name), TextOf(entry, name + "64"));
        if ((text is null) == (base64 is null)) throw new BadHttpInput($"there must be either {name} or {name}64.");
        if (text is not null) return Encoding.UTF8.GetBytes(text);
        try
        {
            return Convert.FromBase64String(base64!);
        }
        catch (FormatException)
        {
            throw new BadHttpInput($"{name}64 is not base64.");
        }
    }

    private static ReadOnlyMemory<byte> ContextOf(JsonElement entry)
    {
        if (TextOf(entry, "context") is not { Length: > 0 } text) return ReadOnlyMemory<byte>.Empty;
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            throw new BadHttpInput("context is not one that this cluster gave: it is not base64url.");
        }
    }

    private static string? TextOf(JsonElement entry, string name)
    {
        if (!entry.TryGetProperty(name, out var property)) return null;
        return property.ValueKind == JsonValueKind.String ? Text(property, name) : throw new BadHttpInput($"{name} must be a string.");
    }

    private static string? Text(JsonElement text, string name)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate, escaped: no text, and nothing to guess the bytes of.
            throw new BadHttpInput($"{name} is no Unicode text; bytes are given in base64, under key64 or value64.");
        }
    }
}
