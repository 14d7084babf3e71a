namespace AkkaKv.Cli;

/// <summary>
/// How long to wait before a request is sent again. The first round over the other servers costs no time where nobody listened;
/// from then on the pause doubles up to a limit, and half of it is drawn at random so that clients that failed together do not
/// come back together. A server's Retry-After is honoured up to a cap: it knows its own load, not ours.
/// </summary>
internal sealed record RetryPolicy
{
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan PauseLimit { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan RetryAfterCap { get; init; } = TimeSpan.FromSeconds(2);

    public static RetryPolicy Default { get; } = new();

    /// <param name="failures">Attempts that have failed so far, at least 1.</param>
    /// <param name="servers">How many servers there are to turn to.</param>
    /// <param name="nobodyListened">The last attempt found no server at all.</param>
    /// <param name="retryAfter">What the server asked for.</param>
    /// <param name="random">From 0 to 1.</param>
    public TimeSpan PauseAfter(int failures, int servers, bool nobodyListened, TimeSpan? retryAfter, double random)
    {
        if (nobodyListened && failures < servers)
            return TimeSpan.Zero;
        var doublings = Math.Min(failures - 1, 20);
        var pause = Min(FirstPause * (1L << doublings), PauseLimit);
        if (retryAfter is { } asked)
            pause = Max(pause, Min(asked, RetryAfterCap));
        return pause * (0.5 + (random / 2));
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
