using System.Globalization;
using Xunit.Abstractions;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// Seeds by the thousand. <c>AKKAKV_SEEDS=n</c> runs n of them; <c>AKKAKV_SEED=n</c> runs that one alone and prints its course of events.
/// </summary>
public sealed class SimulationTests
{
    private const int DefaultSeeds = 1000;
    private readonly ITestOutputHelper _output;

    public SimulationTests(ITestOutputHelper output) => _output = output;

    [Fact]
    public void Every_seed_should_keep_the_promises()
    {
        if (NumberFrom("AKKAKV_SEED") is { } only)
        {
            Simulation.Run(only, trace: _output.WriteLine);
            return;
        }

        var sightings = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var seed = 1; seed <= (NumberFrom("AKKAKV_SEEDS") ?? DefaultSeeds); seed++)
        {
            try
            {
                foreach (var (what, times) in Simulation.Run(seed)) sightings[what] = sightings.GetValueOrDefault(what) + times;
            }
            catch (SimulationFault fault)
            {
                throw new SimulationFault($"Seed {seed}: {fault.Message} (AKKAKV_SEED={seed} shows how it came to that.)", fault);
            }
        }

        foreach (var (what, times) in sightings) _output.WriteLine($"{times,9:N0} {what}");
        Assert.All(
            (string[])["put", "delete", "found", "not found", "siblings", "sloppy", "condition failed", "repetition known",
                "repetition known by reading", "coordinator lost", "digest equal", "delete of nothing", "RequestTimeout",
                "NotEnoughReplicas", "BadContext", "ClockOff", "expiring found", "expired", "value dropped", "last write won"],
            what => Assert.True(sightings.GetValueOrDefault(what) > 0, $"The seeds never came to: {what}."));
    }

    [Fact]
    public void A_seed_should_run_the_same_every_time()
    {
        List<string> first = [], second = [];
        Simulation.Run(7, PlantedBug.None, first.Add);
        Simulation.Run(7, PlantedBug.None, second.Add);
        Assert.NotEmpty(first);
        Assert.Equal(first, second);
    }

    private static int? NumberFrom(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
