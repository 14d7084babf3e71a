using System.Globalization;
using AkkaKv.Protocol;
using Xunit.Abstractions;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// The log of one persistent actor with three writers at once, over the whole simulated protocol with its faults. What one of them was told
/// is written is in every recovery from then on, with the same content, and so is what was recovered once.
/// </summary>
public sealed class EventLogTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 60;

    private static readonly PersistenceSettings Settings = new()
    {
        RequestTimeout = TimeSpan.FromMilliseconds(400),
        Timeout = TimeSpan.FromSeconds(3),
        HeadInterval = 8,
        ReadAhead = 8,
    };

    [Fact]
    public void Log_of_three_writers_should_keep_what_was_acknowledged_or_recovered()
    {
        if (NumberFrom("AKKAKV_SEED") is { } only)
        {
            Run(only, Settings);
            return;
        }

        SortedDictionary<string, int> sightings = new(StringComparer.Ordinal);
        for (var seed = 1; seed <= (NumberFrom("AKKAKV_SEEDS") ?? DefaultSeeds); seed++)
        {
            try
            {
                foreach (var (what, times) in Run(seed, Settings)) sightings[what] = sightings.GetValueOrDefault(what) + times;
            }
            catch (SimulationFault fault)
            {
                throw new SimulationFault($"Seed {seed}: {fault.Message}", fault);
            }
        }

        foreach (var (what, times) in sightings) output.WriteLine($"{times,9:N0} {what}");
        Assert.All(
            (string[])["written", "recovered", "stopped", "second writer", nameof(RequestTimeout), nameof(NotEnoughReplicas)],
            what => Assert.True(sightings.GetValueOrDefault(what) > 0, $"The seeds never came to: {what}."));
    }

    [Fact]
    public void Reads_that_need_not_meet_the_writes_should_be_caught()
    {
        var caught = Enumerable.Range(1, DefaultSeeds).Count(seed =>
        {
            try
            {
                Run(seed, Settings with { Read = Consistency.One });
                return false;
            }
            catch (Exception e) when (e is SimulationFault or MissingEventsException)
            {
                return true;
            }
        });
        Assert.True(caught > 0, "Nobody noticed that reads and writes need not meet.");
    }

    private static IReadOnlyDictionary<string, int> Run(int seed, PersistenceSettings settings)
    {
        var context = SynchronizationContext.Current;
        // Continuations are to run at once, in the order of the events.
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var simulation = Simulation.WithFaults(seed, nodes: 4);
            var model = new LogModel();
            var faults = new FaultSchedule(simulation);
            faults.Begin();
            List<LogWriter> writers = [.. ((string[])["a", "b", "c"]).Select(name => new LogWriter(simulation, model, name, lives: 8, settings))];
            simulation.RunUntil(() => writers.TrueForAll(writer => writer.Done.IsCompleted), "all writers were done");
            faults.End();
            writers.Add(new LogWriter(simulation, model, "d", lives: 2, settings));
            simulation.RunUntil(() => writers.TrueForAll(writer => writer.Done.IsCompleted), "the last writer was done");
            foreach (var writer in writers) writer.Done.GetAwaiter().GetResult();
            return model.Sightings;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private static int? NumberFrom(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
