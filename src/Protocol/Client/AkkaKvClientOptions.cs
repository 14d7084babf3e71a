namespace AkkaKv.Protocol;

/// <summary>How an <see cref="AkkaKvClient"/> behaves.</summary>
public sealed record AkkaKvClientOptions
{
    /// <summary>How long a request may take, repetitions included, when it does not say so itself.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests that nodes have at a time, from 1; beyond it they wait, within their own timeout.</summary>
    public int RequestsInFlight { get; init; } = 10_000;

    /// <summary>Requests that wait at a time; beyond it they fail with <see cref="Overloaded"/> at once.</summary>
    public int RequestsWaiting { get; init; } = 50_000;

    /// <summary>
    /// A request that a node has not answered for so long is sent to the next one, a write as a repetition of itself; the next wait is twice
    /// as long.
    /// </summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A node that gives no sign of life for so long is lost until it answers again.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The bounds of the lane.</summary>
    public LaneSettings Lane { get; init; } = new();

    /// <summary>Time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
