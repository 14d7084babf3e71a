using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaKv.Cli.Tests;

/// <summary>
/// One HTTP door of a cluster that keeps everything in a dictionary, on a free port of the loopback. Several doors may share one
/// dictionary. What it does with a request is scripted; what it saw is kept.
/// </summary>
internal sealed class FakeDoor : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeDoor(WebApplication app, FakeStore store)
    {
        _app = app;
        Store = store;
    }

    public FakeStore Store { get; }

    public Uri Address { get; private set; } = null!;

    public ConcurrentQueue<SeenRequest> Seen { get; } = new();

    /// <summary>Answers in place of the store when it returns true.</summary>
    public Func<SeenRequest, HttpContext, Task<bool>> Script { get; set; } = (_, _) => Task.FromResult(false);

    public static async Task<FakeDoor> OpenAsync(FakeStore? store = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var door = new FakeDoor(builder.Build(), store ?? new FakeStore());
        door._app.Run(door.HandleAsync);
        await door._app.StartAsync();
        door.Address = new Uri(door._app.Urls.Single());
        return door;
    }

    /// <summary>An address where nobody listens.</summary>
    public static async Task<Uri> ClosedAsync()
    {
        await using var door = await OpenAsync();
        return door.Address;
    }

    /// <summary>The first requests fail, each in its way; then the store answers.</summary>
    public void FailFirst(params Func<HttpContext, Task>[] failures)
    {
        var left = new ConcurrentQueue<Func<HttpContext, Task>>(failures);
        Script = async (_, context) =>
        {
            if (!left.TryDequeue(out var fail))
                return false;
            await fail(context);
            return true;
        };
    }

    public static Task Drop(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    public static Func<HttpContext, Task> Answer(int status, string error, int? retryAfterSeconds = null) => async context =>
    {
        context.Response.StatusCode = status;
        if (retryAfterSeconds is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await context.Response.WriteAsync($$"""{"error":"{{error}}","message":"{{error}} says the server."}""");
    };

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = context.Request;
        var headers = request.Headers.ToDictionary(each => each.Key, each => each.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var seen = new SeenRequest(request.Method, request.QueryString.Value ?? "", headers, body.ToArray());
        Seen.Enqueue(seen);
        if (!await Script(seen, context))
            await Store.AnswerAsync(seen, context.Response);
    }

    /// <summary>The test's process keeps its own signals.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

internal sealed record SeenRequest(string Method, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string WriteId => Headers["X-AkkaKv-Write-Id"];

    public string WriteIdWithoutRetry => WriteId.Split(';')[0];

    public string? Parameter(string name) => Query.TrimStart('?').Split('&')
        .Where(part => part.StartsWith(name + "=", StringComparison.Ordinal)).Select(part => part[(name.Length + 1)..]).FirstOrDefault();

    public byte[]? Key => Parameter("key") is { } encoded ? PercentDecode(encoded) : null;

    private static byte[] PercentDecode(string text)
    {
        var bytes = new List<byte>();
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '%')
            {
                bytes.Add(Convert.ToByte(text.Substring(index + 1, 2), 16));
                index += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes([text[index]]));
            }
        }

        return [.. bytes];
    }
}
