namespace AkkaKv.Node.Tests;

/// <summary>Who comes back to whom, and when.</summary>
public sealed class ShutOutTests
{
    private static readonly MembershipSettings Settings = new()
    {
        DownAfter = TimeSpan.FromMinutes(10),
        RejoinStagger = TimeSpan.FromSeconds(5),
        RejoinBackOffLimit = TimeSpan.FromMinutes(5),
    };

    [Fact]
    public void Node_of_the_smaller_side_should_come_back_through_those_who_shut_it_out()
    {
        var (world, watch) = Side(self: 2, heard: [1, 2], quarantinedBy: [3, 5]);
        var shutOut = watch.Look(world.Akka(), world.Ring, world.Latest, world.Now)!;
        Assert.Equal([RingOfFive.Id(3), RingOfFive.Id(5)], shutOut.Through);
        Assert.Contains("n3 and n5", shutOut.Reason, StringComparison.Ordinal);
        Assert.Equal(1, watch.Turn);
    }

    [Fact]
    public void Node_of_the_larger_side_should_wait_for_the_others_to_come_and_not_for_ever()
    {
        var (world, watch) = Side(self: 3, heard: [3, 4, 5], quarantinedBy: [1, 2]);
        Assert.Null(watch.Look(world.Akka(), world.Ring, world.Latest, world.Now));
        Assert.Null(watch.Look(world.Akka(), world.Ring, world.Latest, world.Now + ShutOutWatch.PatienceMilliseconds - 1));
        Assert.NotNull(watch.Look(world.Akka(), world.Ring, world.Latest, world.Now + ShutOutWatch.PatienceMilliseconds));
    }

    [Fact]
    public void Of_two_equal_sides_that_without_the_lowest_id_should_come_back()
    {
        // Five members, of which n5 is gone for good, are no two equal sides: nobody has half of them, so both give way to whom they hear.
        foreach (var (self, heard, by) in new[] { (1, new[] { 1, 2 }, 3), (3, new[] { 3, 4 }, 1) })
        {
            var (world, watch) = Side(self, heard, by);
            Assert.NotNull(watch.Look(world.Akka(), world.Ring, world.Latest, world.Now));
        }

        var ring = new Ring(Rings.Of([.. Enumerable.Range(1, 4).Select(RingOfFive.Id)]));
        foreach (var (self, heard, by, comesBack) in new[] { (1, new[] { 1, 2 }, 3, false), (3, new[] { 3, 4 }, 1, true) })
        {
            var (world, watch) = Side(self, heard, by);
            Assert.Equal(comesBack, watch.Look(world.Akka(), ring, world.Latest, world.Now) is not null);
        }
    }

    [Fact]
    public void Member_that_is_heard_again_should_have_taken_its_quarantine_back()
    {
        var (world, watch) = Side(self: 2, heard: [2], quarantinedBy: 3);
        Assert.NotNull(watch.Look(world.Akka(), world.Ring, world.Latest, world.Now));
        world.Heard.UnionWith([1, 3, 4, 5]);
        world.Unreachable.Clear();
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Null(watch.Look(world.Akka(), world.Ring, world.Latest, world.Now));
    }

    [Fact]
    public void Removed_node_should_come_back_through_any_that_it_hears_in_a_cluster()
    {
        var (world, watch) = (new RingOfFive(), new ShutOutWatch(RingOfFive.Id(1)));
        world.TheirAkka[2] = (0, 1);
        world.TheirAkka[3] = (3, 3);
        world.Heard.ExceptWith([4, 5]);
        world.Pass(TimeSpan.FromSeconds(1));
        watch.Removed("for a test");
        Assert.Equal([RingOfFive.Id(3)], watch.Look(world.Akka(), world.Ring, world.Latest, world.Now)!.Through);
    }

    [Theory]
    [InlineData(new[] { 1, 2 }, 3, 3, true)]
    [InlineData(new[] { 1, 2, 3 }, 2, 4, false)]
    [InlineData(new[] { 1, 3 }, 2, 2, false)]
    [InlineData(new[] { 2, 3 }, 2, 1, true)]
    public void Smaller_of_two_clusters_that_hear_each_other_should_give_way_when_that_stays(int[] own, int members, int lowest, bool givesWay)
    {
        var (world, watch) = (new RingOfFive(own[0]), new ShutOutWatch(RingOfFive.Id(own[0])));
        world.InAkka.IntersectWith(own);
        foreach (var other in Enumerable.Range(1, 5).Except(own)) world.TheirAkka[other] = (members, lowest);
        foreach (var other in Enumerable.Range(1, 5).Except(own)) world.Restart(other);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Null(watch.Look(world.Akka(), world.Ring, world.Latest, world.Now));
        world.Pass(TimeSpan.FromMilliseconds(ShutOutWatch.SettleMilliseconds));
        Assert.Equal(givesWay, watch.Look(world.Akka(), world.Ring, world.Latest, world.Now) is not null);
    }

    [Fact]
    public void Members_of_one_cluster_should_leave_each_other_alone()
    {
        var (world, watch) = (new RingOfFive(), new ShutOutWatch(RingOfFive.Id(1)));
        for (var second = 0; second < 60; second++)
        {
            world.Pass(TimeSpan.FromSeconds(1));
            Assert.Null(watch.Look(world.Akka(), world.Ring, world.Latest, world.Now));
        }
    }

    [Fact]
    public void Nodes_should_come_back_one_after_the_other_and_later_each_time()
    {
        var first = new RejoinPace(Settings, new Random(1));
        var second = new RejoinPace(Settings, new Random(2));
        Assert.InRange(first.Next(0, 0), TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
        Assert.InRange(second.Next(1, 0), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(7.5));

        var waits = Enumerable.Range(1, 10).Select(time => first.Next(0, time * 60_000)).ToList();
        Assert.InRange(waits[0], TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(12.5));
        Assert.InRange(waits[1], TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(22.5));
        Assert.All(waits, wait => Assert.True(wait <= Settings.RejoinBackOffLimit + TimeSpan.FromSeconds(2.5)));
        Assert.InRange(first.Next(0, 24 * 60 * 60_000), TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
        Assert.Equal(new RejoinPace(Settings, new Random(9)).Next(0, 0), new RejoinPace(Settings, new Random(9)).Next(0, 0));
    }

    private static (RingOfFive World, ShutOutWatch Watch) Side(int self, int[] heard, params int[] quarantinedBy)
    {
        var (world, watch) = (new RingOfFive(self), new ShutOutWatch(RingOfFive.Id(self)));
        world.Heard.IntersectWith(heard);
        world.Unreachable.UnionWith(Enumerable.Range(1, 5).Except(heard));
        world.Pass(TimeSpan.FromSeconds(3));
        foreach (var by in quarantinedBy) watch.Quarantined(RingOfFive.Id(by), world.Now);
        return (world, watch);
    }
}
