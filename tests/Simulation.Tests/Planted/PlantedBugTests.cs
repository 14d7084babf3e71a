using Xunit.Abstractions;

namespace AkkaKv.Simulation.Tests;

/// <summary>Each planted bug must be found within a few hundred seeds, or the checker is worth nothing.</summary>
public sealed class PlantedBugTests
{
    private const int Seeds = 300;

    private readonly ITestOutputHelper _output;

    public PlantedBugTests(ITestOutputHelper output) => _output = output;

    public static TheoryData<string> Bugs =>
        [.. Enum.GetValues<PlantedBug>().Where(bug => bug != PlantedBug.None).Select(bug => bug.ToString())];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Checker_should_find(string bug) => Find(bug, looksInside: true);

    [Theory]
    [MemberData(nameof(Bugs))]
    public void What_clients_see_and_what_is_left_should_give_away(string bug) => Find(bug, looksInside: false);

    private void Find(string bug, bool looksInside)
    {
        var planted = Enum.Parse<PlantedBug>(bug);
        for (var seed = 1; seed <= Seeds; seed++)
        {
            try
            {
                Simulation.Run(seed, planted, looksInside: looksInside);
            }
            catch (SimulationFault fault)
            {
                _output.WriteLine($"Seed {seed}: {fault.Message}");
                return;
            }
        }

        Assert.Fail($"{Seeds} seeds ran with the bug {bug}, and nobody noticed.");
    }
}
