namespace AkkaKv.Protocol;

/// <summary>How an <see cref="AkkaKvClient"/> behaves.</summary>
public sealed record AkkaKvClientOptions
{
    /// <summary>How long a request may take, repetitions included, when it does not say so itself.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests at a time; beyond it they fail with <see cref="Overloaded"/> at once.</summary>
    public int RequestsInFlight { get; init; } = 10_000;

    /// <summary>A node that has not answered the hello, or gives no sign of life, for so long is given up for the next one.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The bounds of the lane.</summary>
    public LaneSettings Lane { get; init; } = new();

    /// <summary>Time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
