using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using AkkaKv.Protocol;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;

namespace AkkaKv.Node;

/// <summary>The HTTP door of a node, as docs/http.md describes it: reads a request, asks the router, writes the answer.</summary>
public static class HttpDoor
{
    private const string JsonType = "application/json; charset=utf-8";
    private const string BytesType = "application/octet-stream";

    /// <summary>Adds the door's routes to a host that has a node (<see cref="AkkaKvHosting.AddAkkaKv"/>).</summary>
    public static IEndpointRouteBuilder MapAkkaKv(this IEndpointRouteBuilder routes)
    {
        foreach (var pattern in new[] { "/kv", "/kv/{**key}" })
        {
            routes.MapPut(pattern, http => HandleAsync(http, PutAsync));
            routes.MapGet(pattern, http => HandleAsync(http, GetAsync));
            routes.MapDelete(pattern, http => HandleAsync(http, DeleteAsync));
        }

        MultiEndpoints.Map(routes);
        StatusEndpoints.Map(routes);
        RepairEndpoints.Map(routes);
        return routes;
    }

    internal static void Configure(KestrelServerOptions kestrel, NodeSettings settings)
    {
        kestrel.AddServerHeader = false;
        // The door has its own limit on values, with its own answer.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MaxRequestLineSize = 128 * 1024;
        kestrel.Limits.MaxRequestBufferSize = 1024 * 1024;
        if (IPAddress.TryParse(settings.HttpHost, out var address)) kestrel.Listen(address, settings.HttpPort);
        else if (settings.HttpHost == "localhost") kestrel.ListenLocalhost(settings.HttpPort);
        else kestrel.ListenAnyIP(settings.HttpPort);
    }

    private static Task HandleAsync(HttpContext http, Func<HttpContext, KvRequest, Task> handler) =>
        GuardAsync(http, () => handler(http, new KvRequest(http.Request)));

    /// <summary>Answers what a handler throws.</summary>
    internal static async Task GuardAsync(HttpContext http, Func<Task> handler)
    {
        try
        {
            await handler().ConfigureAwait(false);
        }
        catch (BadHttpInput input)
        {
            await FailAsync(http, input.Failure).ConfigureAwait(false);
        }
    }

    private static async Task PutAsync(HttpContext http, KvRequest request)
    {
        var limit = http.RequestServices.GetRequiredService<NodeSettings>().ValueBytesLimit;
        var put = await request.ReadPutAsync(limit).ConfigureAwait(false);
        await WrittenAsync(http, await AskAsync(http, put, put.Timeout).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static async Task DeleteAsync(HttpContext http, KvRequest request)
    {
        var delete = request.ReadDelete();
        await WrittenAsync(http, await AskAsync(http, delete, delete.Timeout).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static async Task WrittenAsync(HttpContext http, ClientReply reply)
    {
        if (reply is not WriteDone done)
        {
            await FailAsync(http, (RequestFailure)reply).ConfigureAwait(false);
            return;
        }

        Describe(http, done.Context, done.ETag, done.Version, done.Replicas);
        if (done.Warning.Length > 0) http.Response.Headers["X-AkkaKv-Warning"] = done.Warning;
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task GetAsync(HttpContext http, KvRequest request)
    {
        if (request.Key is null)
        {
            await ScanAsync(http, request).ConfigureAwait(false);
            return;
        }

        var get = request.ReadGet();
        switch (await AskAsync(http, get, get.Timeout).ConfigureAwait(false))
        {
            case Found found:
                await FoundAsync(http, get, found).ConfigureAwait(false);
                break;
            case NotFound notFound:
                Describe(http, notFound.Context, "", "", notFound.Replicas);
                await JsonAsync(http, StatusCodes.Status404NotFound, KvJson.Error("NotFound", "The key has no value.")).ConfigureAwait(false);
                break;
            case RequestFailure failure:
                await FailAsync(http, failure).ConfigureAwait(false);
                break;
        }
    }

    private static async Task FoundAsync(HttpContext http, Get get, Found found)
    {
        Describe(http, found.Context, found.ETag, found.Version, found.Replicas);
        if (found.IsSloppy) http.Response.Headers["X-AkkaKv-Sloppy"] = "true";
        if (found.Versions is [{ ExpiresAtUnixMilliseconds: { } end } expiring])
        {
            http.Response.Headers["X-AkkaKv-Expires-At"] = KvJson.TimeOf(end);
            http.Response.Headers["X-AkkaKv-Ttl"] = KvJson.SecondsOf(expiring).ToString(CultureInfo.InvariantCulture);
        }

        var quoted = $"\"{found.ETag}\"";
        if (http.Request.Headers.IfNoneMatch.Any(tags => tags?.Trim() == "*" || tags?.Contains(quoted, StringComparison.Ordinal) == true))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        if (found.Versions is [var only] && WantsBytes(http.Request, only.ContentType))
        {
            http.Response.ContentType = only.ContentType.Length > 0 ? only.ContentType : BytesType;
            http.Response.ContentLength = only.Value.Length;
            await http.Response.Body.WriteAsync(only.Value, http.RequestAborted).ConfigureAwait(false);
            return;
        }

        var status = found.Versions.Length == 1 ? StatusCodes.Status200OK : StatusCodes.Status300MultipleChoices;
        await JsonAsync(http, status, KvJson.Object(json => KvJson.Row(json, get.Key, found, withContentType: false))).ConfigureAwait(false);
    }

    private static async Task ScanAsync(HttpContext http, KvRequest request)
    {
        var scan = request.ReadScan();
        var reply = await AskAsync(http, scan, scan.Timeout).ConfigureAwait(false);
        if (reply is not ScanPage page)
        {
            await FailAsync(http, (RequestFailure)reply).ConfigureAwait(false);
            return;
        }

        if (!page.Cursor.IsEmpty) http.Response.Headers["X-AkkaKv-Cursor"] = Base64Url.EncodeToString(page.Cursor.Span);
        http.Response.ContentType = "application/x-ndjson";
        foreach (var row in page.Rows)
        {
            await http.Response.Body.WriteAsync(
                KvJson.Object(json => KvJson.Row(json, row.Key, row.Row, withContentType: true)), http.RequestAborted).ConfigureAwait(false);
            await http.Response.Body.WriteAsync("\n"u8.ToArray(), http.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>The router's answer to a request.</summary>
    internal static async Task<ClientReply> AskAsync(HttpContext http, IProtocolMessage request, TimeSpan? timeout)
    {
        var node = http.RequestServices.GetRequiredService<NodeState>();
        return await node.Router.AskAsync(request, timeout ?? node.Settings.RequestTimeout).ConfigureAwait(false);
    }

    /// <summary>True if the raw value is asked for: by its own type or as bytes, and JSON is not asked for before it.</summary>
    private static bool WantsBytes(HttpRequest request, string contentType)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)) return false;
        var own = MediaTypeHeaderValue.TryParse(contentType, out var parsed) ? parsed.MediaType.Value : null;
        foreach (var type in accepted.OrderByDescending(type => type.Quality ?? 1))
        {
            if (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.MatchesAllTypes) return false;
            if (type.MediaType.Equals(BytesType, StringComparison.OrdinalIgnoreCase)) return true;
            if (own is not null && type.MediaType.Equals(own, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private static void Describe(HttpContext http, ReadOnlyMemory<byte> context, string etag, string version, ImmutableArray<string> replicas)
    {
        if (!replicas.IsEmpty) http.Response.Headers["X-AkkaKv-Replicas"] = string.Join(", ", replicas);
        if (!context.IsEmpty) http.Response.Headers[KvRequest.ContextHeader] = Base64Url.EncodeToString(context.Span);
        if (etag.Length > 0) http.Response.Headers.ETag = $"\"{etag}\"";
        if (version.Length > 0) http.Response.Headers["X-AkkaKv-Version"] = version;
    }

    /// <summary>The status of a failure.</summary>
    internal static int StatusOf(RequestFailure failure) => failure switch
    {
        BadRequest or BadContext or KeyTooLarge => StatusCodes.Status400BadRequest,
        VersionMismatch => StatusCodes.Status409Conflict,
        PreconditionFailed => StatusCodes.Status412PreconditionFailed,
        ValueTooLarge or TooManySiblings or TooManyEntries or RequestTooLarge or AnswerTooLarge => StatusCodes.Status413PayloadTooLarge,
        _ => StatusCodes.Status503ServiceUnavailable,
    };

    /// <summary>What a failure is called in a body.</summary>
    internal static string NameOf(RequestFailure failure) => failure is RequestTimeout ? "Timeout" : failure.Error;

    /// <summary>Answers with a failure.</summary>
    internal static async Task FailAsync(HttpContext http, RequestFailure failure)
    {
        var status = StatusOf(failure);
        switch (failure)
        {
            case VersionMismatch mismatch:
                Describe(http, ReadOnlyMemory<byte>.Empty, mismatch.ETag, mismatch.Version, []);
                break;
            case PreconditionFailed failed:
                Describe(http, ReadOnlyMemory<byte>.Empty, failed.ETag, failed.Version, []);
                break;
        }

        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            var wait = failure is Overloaded overloaded ? overloaded.RetryAfter : TimeSpan.FromSeconds(1);
            http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        await JsonAsync(http, status, KvJson.Error(NameOf(failure), failure.Message)).ConfigureAwait(false);
    }

    /// <summary>Answers with JSON.</summary>
    internal static async Task JsonAsync(HttpContext http, int status, byte[] json)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = JsonType;
        http.Response.ContentLength = json.Length;
        await http.Response.Body.WriteAsync(json, http.RequestAborted).ConfigureAwait(false);
    }
}
