using System.Buffers.Text;
using System.Text.Json;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary><c>POST /kv:get</c> and <c>POST /kv:put</c>: several keys in one call, each with its own status in the answer.</summary>
internal static class MultiEndpoints
{
    private const string GetPath = "/kv:get";
    private const string PutPath = "/kv:put";

    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(GetPath, http => HandleAsync(http, async () => await new MultiRequestReader(http.Request, GetPath).ReadGetAsync().ConfigureAwait(false)));
        routes.MapPost(PutPath, http => HandleAsync(http, async () => await new MultiRequestReader(http.Request, PutPath).ReadPutAsync().ConfigureAwait(false)));
    }

    private static Task HandleAsync(HttpContext http, Func<Task<MultiRequest>> read) => HttpDoor.GuardAsync(http, async () =>
    {
        var request = await read().ConfigureAwait(false);
        switch (await HttpDoor.AskAsync(http, request, request.Timeout).ConfigureAwait(false))
        {
            case MultiReply multi:
                await HttpDoor.JsonAsync(http, StatusCodes.Status200OK, KvJson.Object(json => Write(json, request, multi))).ConfigureAwait(false);
                break;
            case RequestFailure failure:
                await HttpDoor.FailAsync(http, failure).ConfigureAwait(false);
                break;
        }
    });

    private static void Write(Utf8JsonWriter json, MultiRequest request, MultiReply multi)
    {
        json.WriteNumber("failures", multi.Failures);
        json.WriteStartArray("replies");
        for (var place = 0; place < multi.Replies.Length; place++)
        {
            json.WriteStartObject();
            Write(json, request.Requests[place].Key, multi.Replies[place]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlyMemory<byte> key, ClientReply reply)
    {
        switch (reply)
        {
            case Found found:
                json.WriteNumber("status", found.Versions.Length == 1 ? StatusCodes.Status200OK : StatusCodes.Status300MultipleChoices);
                KvJson.Row(json, key, found, withContentType: true);
                Describe(json, found.Context, found.ETag, version: "");
                if (found.IsSloppy) json.WriteBoolean("sloppy", true);
                break;
            case NotFound notFound:
                json.WriteNumber("status", StatusCodes.Status404NotFound);
                KvJson.Bytes(json, "key", key.Span);
                Describe(json, notFound.Context, "", "");
                break;
            case WriteDone done:
                json.WriteNumber("status", StatusCodes.Status204NoContent);
                KvJson.Bytes(json, "key", key.Span);
                Describe(json, done.Context, done.ETag, done.Version);
                break;
            case RequestFailure failure:
                json.WriteNumber("status", HttpDoor.StatusOf(failure));
                KvJson.Bytes(json, "key", key.Span);
                json.WriteString("error", HttpDoor.NameOf(failure));
                json.WriteString("message", failure.Message);
                if (failure is PreconditionFailed condition) Describe(json, default, condition.ETag, condition.Version);
                if (failure is VersionMismatch mismatch) Describe(json, default, mismatch.ETag, mismatch.Version);
                break;
        }
    }

    private static void Describe(Utf8JsonWriter json, ReadOnlyMemory<byte> context, string etag, string version)
    {
        if (version.Length > 0) json.WriteString("version", version);
        if (etag.Length > 0) json.WriteString("etag", etag);
        if (!context.IsEmpty) json.WriteString("context", Base64Url.EncodeToString(context.Span));
    }
}
