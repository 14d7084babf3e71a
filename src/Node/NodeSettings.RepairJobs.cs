using Akka.Configuration;

namespace AkkaKv.Node;

/// <summary>How full rounds of repair are paced, over the whole cluster.</summary>
public sealed record RepairJobSettings
{
    /// <summary>False runs no jobs; owners still compare themselves with each other by their own timers.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>Each partition has a full round once in this time.</summary>
    public required TimeSpan RoundInterval { get; init; }

    /// <summary>Partitions that are at it at once, in the whole cluster.</summary>
    public required int Places { get; init; }

    /// <summary>How often a job looks for something to do, and asks for a place.</summary>
    public required TimeSpan StepInterval { get; init; }

    /// <summary>How long a comparison of two owners may take.</summary>
    public required TimeSpan ExchangeLimit { get; init; }

    /// <summary>How long a place is kept for a job that does not ask for it: three of its steps.</summary>
    public TimeSpan Lease => 3 * StepInterval;
}

/// <content>Reading them.</content>
public sealed partial record NodeSettings
{
    /// <summary>How full rounds of repair are paced.</summary>
    public RepairJobSettings RepairJobs { get; }

    private static RepairJobSettings ReadRepairJobs(Config config) => new()
    {
        IsEnabled = Text(config, "akkakv.repair-jobs.enabled") switch
        {
            "on" => true,
            "off" => false,
            var other => throw Wrong("akkakv.repair-jobs.enabled", $"is '{other}'; it must be on or off"),
        },
        RoundInterval = Duration(config, "akkakv.repair-jobs.round-interval", TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)),
        Places = Number(config, "akkakv.repair-jobs.places", 1, 1024),
        StepInterval = Duration(config, "akkakv.repair-jobs.step-interval", TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
        ExchangeLimit = Duration(config, "akkakv.repair-jobs.exchange-limit", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
    };
}
