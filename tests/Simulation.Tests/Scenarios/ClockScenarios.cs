using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>Clocks that are wrong, expiries and last writes. A, B, C own the keys.</summary>
public sealed class ClockScenarios
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private readonly ScriptedCluster _cluster = new();
    private readonly string _key;
    private readonly string _last;

    public ClockScenarios()
    {
        _key = _cluster.KeyOf("A", "B", "C");
        _last = Enumerable.Range(0, 1000).Select(number => $"last{number}")
            .First(key => _cluster.Simulation.OwnersOf(key).Select(owner => owner.Name).SequenceEqual(["A", "B", "C"]));
    }

    [Fact]
    public void clock_400ms_ahead()
    {
        _cluster["A"].Time.Lead = TimeSpan.FromMilliseconds(400);
        _cluster.Network.Drops = (_, to, message) => to.Name == "C" && message is ReplicaStore;
        _cluster.Send<Written>("A", _cluster.Put(_last, "v1"));
        _cluster.Settle();
        _cluster.Cut("A", "C");
        _cluster.Send<Written>("C", _cluster.Put(_last, "v2"));
        _cluster.Settle();
        _cluster.Heal();
        foreach (var node in new[] { "A", "B", "C" }) Assert.Equal(["v2"], _cluster.ReadAll(node, _last));
    }

    [Fact]
    public void Context_should_not_let_a_clock_that_is_behind_lose_to_what_it_has_seen()
    {
        _cluster["A"].Time.Lead = TimeSpan.FromMilliseconds(900);
        _cluster.Network.Drops = (_, to, message) => to.Name == "C" && message is ReplicaStore;
        var first = _cluster.Send<Written>("A", _cluster.Put(_last, "v1"));
        _cluster.Settle();
        _cluster.Cut("A", "C");
        var second = _cluster.Send<Written>("C", _cluster.Put(_last, "v2", first.Context));
        _cluster.Settle();
        _cluster.Heal();
        Assert.NotEqual(first.ETag, second.ETag);
        Assert.Equal(["v2"], _cluster.ReadAll("A", _last));
    }

    [Fact]
    public void Concurrent_last_writes_should_be_one_and_the_same_everywhere()
    {
        _cluster.Cut("A", "B");
        _cluster.Cut("A", "C");
        _cluster.Cut("B", "C");
        foreach (var node in new[] { "A", "B", "C" }) _cluster.Send<Written>(node, _cluster.Put(_last, $"of {node}", w: 1));
        _cluster.Settle();
        _cluster.Heal();
        var shown = _cluster.ReadAll("A", _last);
        Assert.Single(shown);
        Assert.Equal(shown, _cluster.ReadAll("B", _last));
        Assert.Equal(shown, _cluster.ReadAll("C", _last));
        _cluster.Send<Written>("B", _cluster.Put(_last, "after all"));
        Assert.Equal(["after all"], _cluster.ReadAll("C", _last));
    }

    [Fact]
    public void stamp_from_next_year()
    {
        _cluster["A"].Time.Lead = Year;
        _cluster.Send<Written>("A", _cluster.Put(_last, "by another owner", w: 3));
        _cluster.Send<Written>("A", Expiring("by another owner too", TimeSpan.FromMinutes(1)));
        _cluster.Settle();
        foreach (var node in _cluster.Simulation.Nodes)
        {
            var now = HybridTimestamp.Of((node.Time.GetUtcNow() - node.Time.Lead).AddSeconds(3).ToUnixTimeMilliseconds());
            Assert.All(node.Disk.Rows.Values, row => Assert.True(row.Record.LatestTimestamp < now));
        }

        // With nobody else to ask it refuses before it appends anything.
        _cluster["A"].Believe(_cluster["B"], isReachable: false);
        _cluster["A"].Believe(_cluster["C"], isReachable: false);
        var held = _cluster["A"].Replica.Held(_last)!.Record;
        Assert.Equal("A", _cluster.Send<ClockOff>("A", _cluster.Put(_last, "v", w: 1)).Node);
        Assert.InRange(_cluster.Send<ClockOff>("A", Expiring("v", TimeSpan.FromMinutes(1), w: 1)).LeadMilliseconds, 360L * 86_400_000, 366L * 86_400_000);
        Assert.Equal(held, _cluster["A"].Replica.Held(_last)!.Record);

        // The jump leaves nothing behind.
        _cluster["A"].Time.Lead = TimeSpan.Zero;
        _cluster.Send<Written>("A", _cluster.Put(_last, "v", w: 1));
    }

    [Fact]
    public void clock_a_year_ahead_sheds_nothing()
    {
        _cluster.Send<Written>("A", Expiring("v1", TimeSpan.FromDays(10), w: 3));
        _cluster.Settle();
        _cluster["A"].StopCleanly();
        _cluster["A"].Time.Lead = Year;
        _cluster.Cut("A", "B");
        _cluster.Cut("A", "C");
        _cluster["A"].Start();
        _cluster["A"].Compact();
        Assert.False(HasShell("A"));

        _cluster.Heal();
        Meet();
        _cluster["A"].Compact();
        Assert.False(HasShell("A"));
        Assert.Equal(["v1, which is long enough"], _cluster.ReadAll("B", _key));
        Assert.Equal(["v1, which is long enough"], _cluster.ReadAll("A", _key));
    }

    [Fact]
    public void expired_uncovers_older()
    {
        _cluster.Send<Written>("A", _cluster.Put(_key, "v1", w: 3));
        _cluster.Settle();
        _cluster.Network.Drops = (_, to, message) => to.Name == "C" && message is ReplicaStore;
        _cluster.Send<Written>("A", Expiring("v2", TimeSpan.FromSeconds(1)));
        _cluster.Settle();
        _cluster.Heal();
        Pass(TimeSpan.FromHours(2));
        _cluster["A"].Compact();
        _cluster["B"].Compact();
        Assert.True(HasShell("A") && HasShell("B"));

        _cluster.Send<NotFound>("A", ScriptedCluster.Get(_key, r: 3));
        _cluster.Settle();
        _cluster.Send<NotFound>("C", ScriptedCluster.Get(_key, r: 1));
        Assert.Single(_cluster.Simulation.Nodes.Select(node => node.Disk.RowOf(_key)!.Record.Hash([])).Distinct());
    }

    [Fact]
    public void Expired_key_should_not_come_back_by_restarts_or_clocks_that_fall_back()
    {
        _cluster.Send<Written>("A", Expiring("v1", TimeSpan.FromSeconds(1), w: 3));
        _cluster.Settle();
        Pass(TimeSpan.FromSeconds(2));
        _cluster.Send<NotFound>("B", ScriptedCluster.Get(_key));
        _cluster["A"].Crash();
        _cluster["A"].Start();
        _cluster.Send<NotFound>("A", ScriptedCluster.Get(_key));

        // By its clock the value is still there; it says nothing by that clock, and another owner answers.
        _cluster["A"].Time.Lead = TimeSpan.FromHours(-1);
        _cluster.Send<NotFound>("A", ScriptedCluster.Get(_key));
        _cluster["A"].Believe(_cluster["B"], isReachable: false);
        _cluster["A"].Believe(_cluster["C"], isReachable: false);
        _cluster.Send<ClockOff>("A", ScriptedCluster.Get(_key, r: 1));
    }

    [Fact]
    public void Repetition_of_an_expired_put_should_not_bring_it_back()
    {
        var put = Expiring("v1", TimeSpan.FromSeconds(1), w: 3);
        _cluster.Send<Written>("A", put);
        _cluster.Settle();
        Pass(TimeSpan.FromHours(2));
        foreach (var node in _cluster.Simulation.Nodes) node.Compact();
        Assert.True(HasShell("A"));

        var write = (Put)put.Request;
        _cluster.Send<Written>("A", new Call { Request = write with { WriteId = write.WriteId!.Value.AsRetry() }, Write = put.Write });
        _cluster.Settle();
        _cluster.Send<NotFound>("C", ScriptedCluster.Get(_key, r: 3));
    }

    [Fact]
    public void Later_put_should_replace_the_expiry()
    {
        _cluster.Send<Written>("A", Expiring("v1", TimeSpan.FromSeconds(1), w: 3));
        _cluster.Settle();
        _cluster.Send<Written>("A", Expiring("v2", TimeSpan.FromSeconds(100), w: 3));
        _cluster.Settle();
        Pass(TimeSpan.FromSeconds(10));
        var version = Assert.Single(_cluster.Send<Found>("B", ScriptedCluster.Get(_key)).Versions);
        Assert.InRange(version.TimeToLive!.Value.TotalSeconds, 80, 91);

        _cluster.Send<Written>("A", _cluster.Put(_key, "v3", w: 3));
        _cluster.Settle();
        Pass(TimeSpan.FromSeconds(1000));
        Assert.Null(Assert.Single(_cluster.Send<Found>("B", ScriptedCluster.Get(_key)).Versions).TimeToLive);
    }

    private Call Expiring(string value, TimeSpan timeToLive, int? w = null)
    {
        var put = _cluster.Put(_key, $"{value}, which is long enough", w: w);
        return new Call { Request = (Put)put.Request with { TimeToLive = timeToLive }, Write = put.Write };
    }

    private bool HasShell(string node) =>
        _cluster[node].Disk.RowOf(_key)!.Record.Siblings is [{ DroppedValueHash: not null, Value.IsEmpty: true }];

    private void Pass(TimeSpan time)
    {
        _cluster.Simulation.Events.After((long)time.TotalMicroseconds, () => { });
        _cluster.Settle();
        Meet();
    }

    /// <summary>Everybody hears everybody's clock.</summary>
    private void Meet()
    {
        foreach (var node in _cluster.Simulation.Nodes)
        {
            foreach (var other in _cluster.Simulation.Nodes.Where(other => other != node)) node.Hear(other, other.Clocks.PhysicalMilliseconds);
        }
    }
}
