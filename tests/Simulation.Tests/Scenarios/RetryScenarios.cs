using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>A write that is sent again has one effect. A, B, C own the key.</summary>
public sealed class RetryScenarios
{
    private readonly ScriptedCluster _cluster = new();
    private readonly string _key;

    public RetryScenarios() => _key = _cluster.KeyOf("A", "B", "C");

    [Fact]
    public void retry_at_another_coordinator()
    {
        var (id, first) = TakesEffectAtAOnly("v1");
        Assert.IsType<RequestTimeout>(_cluster.Send("A", first));
        Assert.Equal("[B,1]", _cluster.Send<Written>("B", Again(first, id)).Version);
        _cluster.Settle();
        _cluster.Heal();

        var found = _cluster.Send<Found>("C", ScriptedCluster.Get(_key, r: 3));
        Assert.Equal(["v1"], ScriptedCluster.ValuesOf(found));
        Assert.Equal("[A,1],[B,1]", found.Version);
        Assert.Equal("[A,1],[B,1]", Assert.Single(found.Versions).Version);
    }

    [Fact]
    public void Router_should_repeat_a_write_whose_coordinator_is_lost_as_one_version()
    {
        _cluster.Network.Drops = (from, _, _) => from.Name == "A";
        ClientReply? reply = null;
        _cluster.Simulation.Submit(_cluster["B"], _cluster.Put(_key, "v1"), answer => reply = answer);
        _cluster.Simulation.RunUntil(() => _cluster["A"].Disk.RowOf(_key) is not null, "A had the write");
        _cluster.Cut("A", "B");
        _cluster.Simulation.RunUntil(() => reply is not null, "the put was answered");
        Assert.Equal("[B,1]", Assert.IsType<Written>(reply).Version);
        _cluster.Settle();
        _cluster.Heal();
        Assert.Equal(["v1"], _cluster.ReadAll("C", _key));
    }

    [Fact]
    public void retry_acknowledged_then_deleted()
    {
        var (id, first) = TakesEffectAtAOnly("v1");
        Assert.IsType<RequestTimeout>(_cluster.Send("A", first));
        _cluster.Cut("A", "C");
        _cluster.Send<Written>("B", Again(first, id));
        var seen = _cluster.Send<Found>("B", ScriptedCluster.Get(_key));
        _cluster.Send<Deleted>("B", _cluster.Delete(_key, seen.Context));
        _cluster.Settle();
        _cluster.Heal();

        Assert.IsType<NotFound>(_cluster.Send("A", ScriptedCluster.Get(_key)));
        _cluster.Settle();
        Assert.All(_cluster.Simulation.Nodes, node => Assert.IsType<NotFound>(_cluster.Send(node.Name, ScriptedCluster.Get(_key, r: 3))));
    }

    [Fact]
    public void Conditional_put_that_took_effect_should_not_fail_its_own_repetition()
    {
        // "Nothing was written" would be a lie: the condition fails because of the very write.
        _cluster.Network.Drops = (from, to, message) => to.Name == "A" && from.Name != "A" && message is ReplicaStored;
        var id = _cluster.NextId();
        var first = Conditional("v1", id);
        Assert.IsType<RequestTimeout>(_cluster.Send("A", first));
        _cluster.Heal();
        _cluster.Cut("A", "B");
        Assert.IsType<Written>(_cluster.Send("B", Conditional("v1", id.AsRetry(), first.Write)));
        _cluster.Settle();
        _cluster.Heal();
        Assert.Equal(["v1"], _cluster.ReadAll("C", _key));
        Assert.IsType<PreconditionFailed>(_cluster.Send("B", Conditional("v2", _cluster.NextId())));
    }

    [Fact]
    public void Repetition_should_not_take_away_what_superseded_the_first()
    {
        // v1 took effect at B, unknown to its client; v2 was put with v1 in view; v1 is sent again to A, which has to read because it has
        // just started.
        _cluster.Cut("A", "B");
        _cluster.Cut("A", "C");
        var id = _cluster.NextId();
        var first = _cluster.Put(_key, "v1", id: id.AsRetry());
        var seen = _cluster.Send<Written>("B", first);
        _cluster.Send<Written>("B", _cluster.Put(_key, "v2", seen.Context));
        _cluster.Settle();
        _cluster.Heal();
        _cluster["A"].IsCatchingUp = true;
        _cluster.Send<Written>("A", Again(first, id));
        Assert.Equal(["v2"], _cluster.ReadAll("C", _key));
    }

    private (WriteId Id, Call Call) TakesEffectAtAOnly(string value)
    {
        _cluster.Cut("A", "B");
        _cluster.Network.Drops = (from, _, _) => from.Name == "A";
        var id = _cluster.NextId();
        return (id, _cluster.Put(_key, value, id: id));
    }

    private static Call Again(Call first, WriteId id) => new()
    {
        Request = (WriteRequest)first.Request with { WriteId = id.AsRetry() },
        Write = first.Write,
    };

    private Call Conditional(string value, WriteId id, ClientWrite? write = null) => new()
    {
        Request = new Put(_key, value) { WriteId = id, Condition = new WriteCondition(WriteConditionKind.DoesNotExist) },
        Write = write ?? new ClientWrite(0, value),
    };
}
