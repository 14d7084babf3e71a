using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>Reads and writes with nodes missing. A, B, C own the key; D and E do not.</summary>
public sealed class QuorumScenarios
{
    private readonly ScriptedCluster _cluster = new(nodes: 5);
    private readonly string _key;

    public QuorumScenarios() => _key = _cluster.KeyOf("A", "B", "C");

    [Fact]
    public void delete_right_after_put()
    {
        _cluster.Cut("A", "B");
        _cluster.Send<Written>("A", _cluster.Put(_key, "v1"));
        // B has not got v1 and deletes; it reads first.
        _cluster.Send<Deleted>("B", _cluster.Delete(_key));
        _cluster.Settle();
        _cluster.Heal();
        Assert.IsType<NotFound>(_cluster.Send("A", ScriptedCluster.Get(_key)));
        Assert.IsType<NotFound>(_cluster.Send("C", ScriptedCluster.Get(_key, r: 3)));
    }

    [Fact]
    public void empty_fallback_is_no_answer()
    {
        _cluster.Network.Drops = (_, to, message) => to.Name == "C" && message is ReplicaStore;
        _cluster.Send<Written>("A", _cluster.Put(_key, "v1"));
        _cluster.Settle();
        _cluster.Heal();
        CutOff("A", "B");
        Assert.IsType<NotEnoughReplicas>(_cluster.Send("C", ScriptedCluster.Get(_key)));
        Assert.IsType<NotEnoughReplicas>(_cluster.Send("D", ScriptedCluster.Get(_key)));
    }

    [Fact]
    public void Tombstone_at_a_fallback_should_not_say_not_found_nor_keep_the_reader_waiting()
    {
        _cluster.Send<Written>("A", _cluster.Put(_key, "v1"));
        _cluster.Send<Deleted>("A", _cluster.Delete(_key));
        _cluster.Settle();
        Copy("A", "D");
        CutOff("A", "B");
        var begun = _cluster.Simulation.Events.Now;
        Assert.IsType<NotEnoughReplicas>(_cluster.Send("C", ScriptedCluster.Get(_key)));
        Assert.True(_cluster.Simulation.Events.Now - begun < 100_000, "The read waited for nobody.");
    }

    [Fact]
    public void Copy_at_a_fallback_should_be_a_sloppy_answer_unless_strict()
    {
        _cluster.Send<Written>("A", _cluster.Put(_key, "v1"));
        _cluster.Settle();
        Copy("A", "D");
        CutOff("A", "B");
        Assert.True(_cluster.Send<Found>("C", ScriptedCluster.Get(_key)).IsSloppy);
        Assert.IsType<NotEnoughReplicas>(_cluster.Send("C", ScriptedCluster.Get(_key, isStrict: true)));
    }

    [Fact]
    public void blind_put_after_restart()
    {
        _cluster.Send<Written>("A", _cluster.Put(_key, "v0"));
        _cluster.Settle();
        _cluster["A"].StopCleanly();
        foreach (var node in _cluster.Simulation.Nodes) node.Believe(_cluster["A"], isReachable: false);
        _cluster.Send<Written>("B", _cluster.Put(_key, "v1"));
        _cluster.Settle();

        _cluster["A"].Start();
        _cluster["A"].IsCatchingUp = true;
        _cluster.Heal();
        _cluster.Send<Written>("A", _cluster.Put(_key, "v2"));
        Assert.Equal(["v2"], _cluster.ReadAll("C", _key));
    }

    [Fact]
    public void cut_off_alone()
    {
        CutOff("A");
        var begun = _cluster.Simulation.Events.Now;
        _cluster.Send<Written>("A", _cluster.Put(_key, "v1", w: 1));
        Assert.IsType<NotEnoughReplicas>(_cluster.Send("A", _cluster.Put(_key, "v2")));
        Assert.IsType<Found>(_cluster.Send("A", ScriptedCluster.Get(_key, r: 1)));
        Assert.IsType<NotEnoughReplicas>(_cluster.Send("A", ScriptedCluster.Get(_key)));
        Assert.True(_cluster.Simulation.Events.Now - begun < 50_000, "Timeouts were waited out.");
    }

    [Fact]
    public void Floor_should_be_reached_or_refused()
    {
        _cluster.Cut("A", "B");
        var written = _cluster.Send<Written>("A", _cluster.Put(_key, "v1"));
        _cluster.Settle();
        // B has not got it: the read goes on until it has met C.
        Assert.Equal(["v1"], ScriptedCluster.ValuesOf(_cluster.Send<Found>("B", ScriptedCluster.Get(_key, written.Context, r: 1))));
        _cluster.Settle();

        var later = _cluster.Send<Written>("A", _cluster.Put(_key, "v2", written.Context));
        CutOff("B");
        Assert.IsType<NotEnoughReplicas>(_cluster.Send("B", ScriptedCluster.Get(_key, later.Context, r: 1)));
        Assert.IsType<Found>(_cluster.Send("B", ScriptedCluster.Get(_key, written.Context, r: 1)));
    }

    [Fact]
    public void Write_should_not_be_acknowledged_before_w_disks_have_it()
    {
        _cluster["A"].Disk.IsStalled = true;
        _cluster["B"].Disk.IsStalled = true;
        Assert.IsType<RequestTimeout>(_cluster.Send("A", _cluster.Put(_key, "v1")));
        _cluster["A"].Disk.IsStalled = false;
        _cluster["A"].Replica.Sync();
        _cluster.Settle();
        Assert.Equal(["v1"], ScriptedCluster.ValuesOf(_cluster.Send<Found>("A", ScriptedCluster.Get(_key))));
    }

    /// <summary>Puts a copy where it does not belong, as a hint would.</summary>
    private void Copy(string from, string to)
    {
        var row = _cluster[from].Disk.RowOf(_key)!;
        var store = new ReplicaStore(Encoding.UTF8.GetBytes(_key), RecordCodec.Encode(row.Record));
        _cluster[to].Replica.Handle(store, null, row.Known, (_, _) => { });
        _cluster.Settle();
    }

    private void CutOff(params string[] side)
    {
        foreach (var one in side)
        {
            foreach (var other in _cluster.Simulation.Nodes.Where(node => !side.Contains(node.Name))) _cluster.Cut(one, other.Name);
        }
    }
}
