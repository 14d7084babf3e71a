using System.Globalization;

namespace AkkaKv.Simulation.Tests;

/// <summary>Properties of <see cref="Liveness"/> over seeds (<c>AKKAKV_SEEDS</c> of them), and the scenarios in which one observer is wrong.</summary>
public sealed class LivenessTests
{
    private static readonly int Seeds =
        int.TryParse(Environment.GetEnvironmentVariable("AKKAKV_SEEDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seeds) ? seeds : 100;

    /// <summary>Until everybody knows of what has begun: silence, a sign with it, a tick at the other end.</summary>
    private static long Agreement => LivenessWorld.Settings.SuspectAfter + (4 * LivenessWorld.Settings.Interval);

    private static long Recovery => LivenessWorld.LongestProbation + LivenessWorld.Settings.SuspectAfter + (4 * LivenessWorld.Settings.Interval);

    public static TheoryData<int> Sizes => [2, 3, 5, 7];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Member_should_be_down_only_by_two_witnesses_and_come_back_whatever_happened(int nodes) => ForSeeds(seed =>
    {
        var world = new LivenessWorld(seed, nodes);
        for (var fault = world.Chance.Between(1, 6); fault > 0; fault--) Strike(world);
        world.Loss = world.Chance.Of(0.3) ? 0.1 : 0;
        world.RunFor(30_000);

        world.HealAll();
        world.RunFor(Recovery);
        foreach (var (by, on) in Pairs(world)) Expect(StandingKind.Up, world, by, on);
    });

    [Fact]
    public void Sides_of_a_partition_should_agree_on_each_other_within_a_bound() => ForSeeds(seed =>
    {
        var world = new LivenessWorld(seed, 3 + (seed % 5));
        world.RunFor(3000);
        var side = Enumerable.Range(0, world.Nodes).Select(_ => world.Chance.Of(0.5)).ToList();
        foreach (var (one, other) in Pairs(world).Where(pair => side[pair.By] != side[pair.On])) world.Cut(one, other);
        world.RunFor(Agreement);
        foreach (var (by, on) in Pairs(world)) Expect(side[by] == side[on] ? StandingKind.Up : StandingKind.Down, world, by, on);

        world.RunFor(60_000);
        world.HealAll();
        world.RunFor(Recovery);
        foreach (var (by, on) in Pairs(world)) Expect(StandingKind.Up, world, by, on);
        // Once there and once back: nobody wavers meanwhile.
        Assert.All(Pairs(world), pair => Assert.True(
            world.Changes.Count(change => change.By == pair.By && change.On == pair.On && change.Kind == StandingKind.Up) <= 1));
    });

    [Fact]
    public void one_link_cut() => ForSeeds(seed =>
    {
        var world = new LivenessWorld(seed, 3 + (seed % 3));
        world.RunFor(3000);
        var isOneWay = seed % 2 == 0;
        if (isOneWay) world.Cut(0, 1);
        else world.CutBothWays(0, 1);
        world.RunFor(120_000);

        // The two at its ends ask each other for nothing; nobody is down, and everybody else asks both.
        Assert.DoesNotContain(world.Changes, change => change.Kind == StandingKind.Down);
        Assert.All(world.Changes, change => Assert.True((change.By, change.On) is (0, 1) or (1, 0), $"{change.By} doubts {change.On}"));
        Assert.Equal([(0, 1), (1, 0)], world.Changes.Select(change => (change.By, change.On)).Order());
        foreach (var (by, on) in Pairs(world)) Assert.Equal((by, on) is not ((0, 1) or (1, 0)), world.LivenessOf(by).IsRoutable(LivenessWorld.IdOf(on)));
    });

    [Fact]
    public void cut_off_alone() => ForSeeds(seed =>
    {
        var world = new LivenessWorld(seed, 5);
        world.RunFor(3000);
        for (var other = 1; other < 5; other++) world.CutBothWays(0, other);
        world.RunFor(Agreement);
        for (var other = 1; other < 5; other++)
        {
            Expect(StandingKind.Down, world, 0, other);
            Expect(StandingKind.Down, world, other, 0);
        }
    });

    [Fact]
    public void Flapping_link_should_be_left_alone() => ForSeeds(seed =>
    {
        var world = new LivenessWorld(seed, 4);
        world.RunFor(3000);
        // Three seconds without, three with: long enough to be noticed, and to be trusted again if nobody hesitated.
        for (var turn = 0; turn < 20; turn++)
        {
            world.CutBothWays(0, 1);
            world.RunFor(3000);
            world.Heal(0, 1);
            world.Heal(1, 0);
            world.RunFor(3000);
        }

        Assert.DoesNotContain(world.Changes, change => change.Kind == StandingKind.Down);
        Assert.InRange(world.Changes.Count(change => change is { By: 0, On: 1, Kind: StandingKind.Suspected }), 1, 3);
    });

    [Fact]
    public void Paused_node_should_be_routed_around_and_not_blame_the_others_when_it_goes_on() => ForSeeds(seed =>
    {
        var world = new LivenessWorld(seed, 3);
        world.RunFor(3000);
        world.Pause(2);
        world.RunFor(Agreement);
        Expect(StandingKind.Down, world, 0, 2);
        Expect(StandingKind.Down, world, 1, 2);

        world.RunFor(10_000);
        world.Resume(2);
        world.RunFor(LivenessWorld.Settings.TrustAfter + (4 * LivenessWorld.Settings.Interval));
        foreach (var (by, on) in Pairs(world)) Expect(StandingKind.Up, world, by, on);
        Assert.DoesNotContain(world.Changes, change => change.By == 2);
    });

    [Fact]
    public void Restarted_node_should_be_trusted_without_hesitation() => ForSeeds(seed =>
    {
        var world = new LivenessWorld(seed, 3);
        world.RunFor(3000);
        world.Kill(2);
        world.RunFor(Agreement);
        Expect(StandingKind.Down, world, 0, 2);
        world.Restart(2);
        world.RunFor(4 * LivenessWorld.Settings.Interval);
        foreach (var (by, on) in Pairs(world)) Expect(StandingKind.Up, world, by, on);
    });

    private static void Strike(LivenessWorld world)
    {
        var (one, other) = (world.Chance.Between(0, world.Nodes - 1), world.Chance.Between(0, world.Nodes - 1));
        var (begin, length) = (world.Chance.Between(0, 20_000), world.Chance.Between(100, 12_000));
        switch (world.Chance.Between(0, 3))
        {
            case 0:
                world.After(begin, () => world.Cut(one, other));
                world.After(begin + length, () => world.Heal(one, other));
                break;
            case 1:
                world.After(begin, () => world.CutBothWays(one, other));
                world.After(begin + length, () => world.Heal(one, other));
                break;
            case 2:
                world.After(begin, () => world.Pause(one));
                world.After(begin + length, () => world.Resume(one));
                break;
            default:
                world.After(begin, () => world.Kill(one));
                world.After(begin + length, () => world.Restart(one));
                break;
        }
    }

    private static IEnumerable<(int By, int On)> Pairs(LivenessWorld world) =>
        Enumerable.Range(0, world.Nodes).SelectMany(by => Enumerable.Range(0, world.Nodes).Where(on => on != by).Select(on => (by, on)));

    private static void Expect(StandingKind kind, LivenessWorld world, int by, int on)
    {
        if (world.Verdict(by, on) != kind)
            throw new SimulationFault($"{world.Now} ms: to {by}, {on} is {world.LivenessOf(by).StandingOf(LivenessWorld.IdOf(on))} and not {kind}.");
    }

    private static void ForSeeds(Action<int> run)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            try
            {
                run(seed);
            }
            catch (Exception fault)
            {
                throw new SimulationFault($"Seed {seed}: {fault.Message}", fault);
            }
        }
    }
}
