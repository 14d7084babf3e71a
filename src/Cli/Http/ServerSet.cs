namespace AkkaKv.Cli;

/// <summary>
/// The servers that a command may turn to, in turns. One that has just failed rests for a while, so that a node which is down costs
/// one attempt a second instead of a share of all of them; when all rest, the one that has rested longest is asked.
/// </summary>
internal sealed class ServerSet
{
    public const string EnvironmentVariable = "AKKAKV_SERVERS";

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Uri[] _servers;
    private readonly long[] _failedAt;
    private readonly TimeProvider _time;
    private int _turn = -1;

    public ServerSet(IEnumerable<Uri> servers, TimeProvider time)
    {
        _servers = [.. servers];
        _failedAt = new long[_servers.Length];
        Array.Fill(_failedAt, long.MinValue);
        _time = time;
    }

    public static IReadOnlyList<Uri> Defaults { get; } =
        [new("http://127.0.0.1:8081"), new("http://127.0.0.1:8082"), new("http://127.0.0.1:8083")];

    public int Count => _servers.Length;

    public IReadOnlyList<Uri> Servers => _servers;

    /// <exception cref="CliException">The text names no server.</exception>
    public static Uri Parse(string text)
    {
        var withScheme = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        if (Uri.TryCreate(withScheme, UriKind.Absolute, out var server) && server is { Scheme: "http" or "https", PathAndQuery: "/" })
            return server;
        throw CliException.Usage($"'{text}' is not the address of a server.", "Write it like http://127.0.0.1:8081.");
    }

    public Uri Choose()
    {
        var start = (int)((uint)Interlocked.Increment(ref _turn) % _servers.Length);
        var now = _time.GetTimestamp();
        var chosen = start;
        for (var step = 0; step < _servers.Length; step++)
        {
            var candidate = (start + step) % _servers.Length;
            var failedAt = Volatile.Read(ref _failedAt[candidate]);
            if (failedAt == long.MinValue || _time.GetElapsedTime(failedAt, now) >= Rest)
                return _servers[candidate];
            if (failedAt < Volatile.Read(ref _failedAt[chosen]))
                chosen = candidate;
        }

        return _servers[chosen];
    }

    public void Failed(Uri server) => Volatile.Write(ref _failedAt[Array.IndexOf(_servers, server)], _time.GetTimestamp());

    public void Answered(Uri server) => Volatile.Write(ref _failedAt[Array.IndexOf(_servers, server)], long.MinValue);
}
