using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>Two data centres with three owners each: A, C, E stand in the first, B, D, F in the second, and all own every key.</summary>
public sealed class DataCenterScenarios
{
    private const string Key = "key";
    private static readonly string[] Second = ["B", "D", "F"];
    private readonly ScriptedCluster _cluster = new(nodes: 6, dataCenters: 2);

    [Fact]
    public void Write_should_wait_for_its_own_data_centre_and_reach_the_other_all_the_same()
    {
        var written = _cluster.Send<Written>("B", _cluster.Put(Key, "v1"));
        Assert.Equal(2, written.Replicas.Count(Second.Contains));
        _cluster.Settle();
        Assert.All(_cluster.Simulation.Nodes, node => Assert.NotNull(node.Disk.RowOf(Key)));
    }

    [Fact]
    public void Write_should_go_on_while_the_other_data_centre_is_cut_off()
    {
        CutApart();
        var begun = _cluster.Simulation.Events.Now;
        _cluster.Send<Written>("A", _cluster.Put(Key, "v1"));
        _cluster.Send<Written>("A", _cluster.Put(Key, "v2", Consistency.LocalQuorum));
        Assert.Equal(["v2"], ScriptedCluster.ValuesOf(_cluster.Send<Found>("C", ScriptedCluster.Get(Key))));
        Assert.True(_cluster.Simulation.Events.Now - begun < 50_000, "The other data centre was waited for.");
    }

    [Theory]
    [InlineData("each-quorum", "dc2", 2, 0)]
    [InlineData("quorum", "", 4, 3)]
    [InlineData("all", "", 6, 3)]
    public void Level_that_needs_the_other_data_centre_should_say_what_is_lacking(string text, string dataCenter, int required, int reachable)
    {
        Assert.True(Consistency.TryParse(text, out var level));
        CutApart();
        var failure = new NotEnoughReplicas(required, reachable) { Level = level, DataCenter = dataCenter };
        Assert.Equal(failure, _cluster.Send("A", _cluster.Put(Key, "v1", level)));
        Assert.Equal(failure, _cluster.Send("A", ScriptedCluster.Get(Key, level)));
        Assert.Contains(text, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_quorum_should_be_read_locally_in_every_data_centre_at_once()
    {
        var written = _cluster.Send<Written>("A", _cluster.Put(Key, "v1", Consistency.EachQuorum));
        Assert.InRange(written.Replicas.Count(Second.Contains), 2, 3);
        Assert.InRange(written.Replicas.Count(name => !Second.Contains(name)), 2, 3);
        CutApart();
        foreach (var node in _cluster.Simulation.Nodes)
            Assert.Equal(["v1"], ScriptedCluster.ValuesOf(_cluster.Send<Found>(node.Name, ScriptedCluster.Get(Key, Consistency.LocalQuorum))));
    }

    [Fact]
    public void Read_should_prefer_its_own_data_centre_and_leave_it_only_where_the_level_needs_it()
    {
        _cluster.Send<Written>("A", _cluster.Put(Key, "v1"));
        _cluster.Settle();
        List<string> asked = [];
        _cluster.Network.Drops = (_, to, message) =>
        {
            if (message is ReplicaRead) asked.Add(to.Name);
            return false;
        };
        // Beside its own, which is no message.
        Assert.Equal((1, 0), Asked(Consistency.Default));
        Assert.Equal((2, 0), Asked(Consistency.Of(3)));
        Assert.Equal((2, 1), Asked(Consistency.Quorum));
        Assert.Equal((1, 2), Asked(Consistency.EachQuorum));
        Assert.Equal((2, 3), Asked(Consistency.All));

        (int Near, int Far) Asked(Consistency level)
        {
            asked.Clear();
            _cluster.Send<Found>("B", ScriptedCluster.Get(Key, level));
            _cluster.Settle();
            return (asked.Count(Second.Contains), asked.Count(name => !Second.Contains(name)));
        }
    }

    [Fact]
    public void Floor_should_be_fetched_from_the_other_data_centre()
    {
        _cluster.Network.Drops = (from, to, message) => message is ReplicaStore && from.DataCenter != to.DataCenter;
        var written = _cluster.Send<Written>("A", _cluster.Put(Key, "v1"));
        _cluster.Settle();
        Assert.IsType<NotFound>(_cluster.Send("B", ScriptedCluster.Get(Key)));
        Assert.Equal(["v1"], ScriptedCluster.ValuesOf(_cluster.Send<Found>("B", ScriptedCluster.Get(Key, written.Context))));
    }

    [Fact]
    public void Request_should_be_coordinated_elsewhere_where_its_own_data_centre_cannot()
    {
        _cluster["A"].StopCleanly();
        _cluster["C"].StopCleanly();
        foreach (var node in _cluster.Simulation.Nodes)
        {
            node.Believe(_cluster["A"], isReachable: false);
            node.Believe(_cluster["C"], isReachable: false);
        }

        var written = _cluster.Send<Written>("E", _cluster.Put(Key, "v1"));
        Assert.All(written.Replicas, name => Assert.Contains(name, Second));
    }

    /// <summary>Two data centres on random days.</summary>
    [Fact]
    public void Every_seed_of_two_data_centres_should_keep_the_promises()
    {
        var sightings = new Dictionary<string, int>();
        for (var seed = 1; seed <= 60; seed++)
        {
            var shape = new ClusterShape(Nodes: 6 + seed % 3, Replicas: 1 + seed % 3, WriteQuorum: 1 + seed % 2, ReadQuorum: 1, DataCenters: 2);
            shape = shape with { WriteQuorum = Math.Min(shape.Replicas, shape.WriteQuorum), ReadQuorum = shape.Replicas / 2 + 1 };
            try
            {
                foreach (var (what, times) in Simulation.RunIn(shape, seed)) sightings[what] = sightings.GetValueOrDefault(what) + times;
            }
            catch (SimulationFault fault)
            {
                throw new SimulationFault($"{shape}, seed {seed}: {fault.Message}", fault);
            }
        }

        Assert.All(
            (string[])["put", "found", "not found", "siblings", "promised and seen", "RequestTimeout", "NotEnoughReplicas"],
            what => Assert.True(sightings.GetValueOrDefault(what) > 0, $"The seeds never came to: {what}."));
    }

    private void CutApart()
    {
        foreach (var one in (string[])["A", "C", "E"])
        {
            foreach (var other in Second) _cluster.Cut(one, other);
        }
    }
}
