using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>What one client may rely on from request to request. A, B, C own the key.</summary>
public sealed class SessionScenarios
{
    private readonly ScriptedCluster _cluster = new();
    private readonly string _key;

    public SessionScenarios() => _key = _cluster.KeyOf("A", "B", "C");

    [Fact]
    public void Read_your_writes_should_hold_at_r_1_with_the_context()
    {
        _cluster.Network.Drops = (_, _, message) => message is ReplicaStore;
        var written = _cluster.Send<Written>("A", _cluster.Put(_key, "v1", w: 1));
        // Without the context it does not: C has nothing, and its word is enough at R=1.
        Assert.IsType<NotFound>(_cluster.Send("C", ScriptedCluster.Get(_key, r: 1)));
        Assert.Equal(["v1"], ScriptedCluster.ValuesOf(_cluster.Send<Found>("C", ScriptedCluster.Get(_key, written.Context, r: 1))));
    }

    [Fact]
    public void Reads_should_be_monotonic_at_r_1_with_the_context()
    {
        _cluster.Send<Written>("A", _cluster.Put(_key, "v1", w: 3));
        _cluster.Network.Drops = (_, _, message) => message is ReplicaStore;
        _cluster.Send<Written>("A", _cluster.Put(_key, "v2", w: 1));
        var first = _cluster.Send<Found>("A", ScriptedCluster.Get(_key, r: 1));
        Assert.Equal(["v2"], ScriptedCluster.ValuesOf(first));
        // Without the context time goes backward.
        Assert.Equal(["v1"], ScriptedCluster.ValuesOf(_cluster.Send<Found>("B", ScriptedCluster.Get(_key, r: 1))));
        Assert.Equal(["v2"], ScriptedCluster.ValuesOf(_cluster.Send<Found>("B", ScriptedCluster.Get(_key, first.Context, r: 1))));
    }

    /// <summary>Every read of a run is compared with all that was acknowledged before it began (<see cref="Checker"/>).</summary>
    [Fact]
    public void Latest_write_should_be_read_in_every_shape_where_w_and_r_are_more_than_n()
    {
        for (var replicas = 1; replicas <= 5; replicas++)
        {
            for (var w = 1; w <= replicas; w++)
            {
                for (var r = replicas - w + 1; r <= replicas; r++)
                {
                    var shape = new ClusterShape(replicas + 1, replicas, w, r);
                    var seen = 0;
                    for (var seed = 1; seed <= 6; seed++) seen += Simulation.RunIn(shape, seed).GetValueOrDefault("promised and seen");
                    Assert.True(seen > 0, $"{shape}: no read was promised anything.");
                }
            }
        }
    }

    [Fact]
    public void Latest_write_may_be_missed_where_w_and_r_are_not_more_than_n()
    {
        _cluster.Network.Drops = (_, to, message) => to.Name == "C" && message is ReplicaStore;
        _cluster.Send<Written>("A", _cluster.Put(_key, "v1", w: 2));
        Assert.IsType<NotFound>(_cluster.Send("C", ScriptedCluster.Get(_key, r: 1)));
        Assert.Equal(["v1"], ScriptedCluster.ValuesOf(_cluster.Send<Found>("C", ScriptedCluster.Get(_key, r: 2))));
    }
}
