using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace AkkaKv.Cli;

/// <summary>
/// Sends requests to whichever server answers. A request is tried at one server after the other, with pauses, until a server gives
/// an answer that trying again would not change or until patience ends. Writes carry their write id, from the second attempt on
/// with <c>;retry</c>, so that a write whose answer was lost takes effect once.
/// </summary>
internal sealed class KvClient : IDisposable
{
    /// <summary>A server that keeps its own time limit is given this much more to say so.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly ServerSet _servers;
    private readonly RetryPolicy _policy;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public KvClient(ServerSet servers, RetryPolicy policy, TimeProvider time)
    {
        _servers = servers;
        _policy = policy;
        _time = time;

        // No redirects: 300 is an answer here. No proxy: a store is a neighbour, not the internet.
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(2),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>
    /// For a question whose answer differs from node to node: asks the servers in order until one says yes, each once. If none does,
    /// the first answer that was given counts.
    /// </summary>
    public async Task<KvAnswer> AskEachOnceAsync(KvRequest request, TimeSpan limit, CancellationToken cancellationToken)
    {
        var failures = new Dictionary<Uri, string>();
        KvAnswer? refusal = null;
        foreach (var server in _servers.Servers)
        {
            var attempt = await TryAsync(request, server, limit, isRetry: false, cancellationToken);
            if (attempt.Answer is { IsSuccess: true } answer)
                return answer;
            refusal ??= attempt.Answer;
            failures[server] = attempt.Reason;
        }

        return refusal ?? throw Unavailable(failures, heard: null);
    }

    /// <exception cref="CliException">
    /// Patience ended without an answer: <see cref="ExitCode.Unavailable"/>, with what each server did last.
    /// </exception>
    public async Task<KvAnswer> SendAsync(KvRequest request, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var failures = new Dictionary<Uri, string>();
        KvAnswer? heard = null;
        for (var attempts = 1; ; attempts++)
        {
            var server = _servers.Choose();
            var left = patience - _time.GetElapsedTime(started);
            var limit = left < request.AttemptLimit ? left : request.AttemptLimit;
            var attempt = await TryAsync(request, server, limit, attempts > 1, cancellationToken);
            if (attempt.Answer is { IsWorthRetrying: false } answer)
            {
                _servers.Answered(server);
                return answer;
            }

            _servers.Failed(server);
            failures[server] = attempt.Reason;
            heard = attempt.Answer ?? heard;
            var pause = _policy.PauseAfter(
                attempts, _servers.Count, attempt.NobodyListened, attempt.Answer?.RetryAfter, Random.Shared.NextDouble());
            if (_time.GetElapsedTime(started) + pause >= patience)
                throw Unavailable(failures, heard);
            if (pause > TimeSpan.Zero)
                await Task.Delay(pause, _time, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Attempt> TryAsync(KvRequest request, Uri server, TimeSpan limit, bool isRetry, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit + Grace, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            using var message = CreateMessage(request, server, limit, isRetry);
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseContentRead, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            return new Attempt(ReadAnswer(response, server, body, isRetry));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Attempt(null, string.Create(CultureInfo.InvariantCulture, $"no answer within {limit.TotalSeconds:0.#} s"));
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException && !cancellationToken.IsCancellationRequested)
        {
            var refused = fault.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
            return new Attempt(null, refused ? "connection refused" : fault.GetBaseException().Message, NobodyListened: refused);
        }
    }

    private static HttpRequestMessage CreateMessage(KvRequest request, Uri server, TimeSpan limit, bool isRetry)
    {
        var milliseconds = Math.Max(1, (long)limit.TotalMilliseconds);
        var timeout = request.TakesTimeout ? string.Create(CultureInfo.InvariantCulture, $"&timeout={milliseconds}") : "";
        var message = new HttpRequestMessage(request.Method, new Uri(server, request.Target + timeout));
        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            if (request.ContentType is not null)
                message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }

        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (request.WriteId is { } id)
            message.Headers.Add(HeaderNames.WriteId, (isRetry ? id.AsRetry() : id).ToString());
        foreach (var (name, value) in request.Headers)
            message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    private static KvAnswer ReadAnswer(HttpResponseMessage response, Uri server, byte[] body, bool isRetry)
    {
        string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

        return new KvAnswer
        {
            Server = server,
            Status = response.StatusCode,
            Body = body,
            ETag = Header(HeaderNames.ETag),
            Context = Header(HeaderNames.Context),
            Version = Header(HeaderNames.Version),
            Cursor = Header(HeaderNames.Cursor),
            IsSloppy = Header(HeaderNames.Sloppy) == "true",
            RetryAfter = response.Headers.RetryAfter?.Delta,
            IsRetried = isRetry,
        };
    }

    /// <summary>Says the last word of a server if one answered at all; it knows more than a list of attempts does.</summary>
    private static CliException Unavailable(Dictionary<Uri, string> failures, KvAnswer? heard)
    {
        if (heard is not null)
        {
            var (error, message) = heard.Error;
            const string NextStep = "Tried until the time was up; `akkakv status` shows who is missing.";
            return new CliException(ExitCode.Unavailable, message, NextStep, error);
        }

        var tried = string.Join(", ", failures.Select(failure => $"{failure.Key.Authority} ({failure.Value})"));
        return new CliException(
            ExitCode.Unavailable,
            $"No server answered: {tried}.",
            $"Name a running node with --server or {ServerSet.EnvironmentVariable}, or start a local cluster with `akkakv dev`.",
            "NoServer");
    }

    /// <summary>One attempt at one server: its answer, or why there is none.</summary>
    private readonly record struct Attempt(KvAnswer? Answer, string? Failure = null, bool NobodyListened = false)
    {
        public string Reason => Failure ?? Answer!.Error.Error;
    }
}
