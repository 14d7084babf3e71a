using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

/// <summary>One node's liveness; the test plays n2 and n3 of the ring.</summary>
public sealed class LivenessTests : IDisposable
{
    private readonly LoneNode _node = new();

    [Fact]
    public void Node_should_ask_nobody_who_is_suspected_though_the_lane_is_open()
    {
        _node.Reaches(LoneNode.Second, LoneNode.Third);
        Tick(TimeSpan.Zero);
        Assert.True(_node.State.IsReachable(LoneNode.Second));
        for (var second = 0; second < 12; second++)
        {
            Hear(LoneNode.Third);
            Tick(TimeSpan.FromMilliseconds(250));
        }

        Assert.False(_node.State.IsReachable(LoneNode.Second));
        Assert.True(_node.State.IsReachable(LoneNode.Third));
        Assert.Equal(StandingKind.Suspected, _node.State.Liveness.StandingOf(LoneNode.Second)!.Kind);
        Hear(LoneNode.Third, new Suspicion(LoneNode.Second, default));
        Tick(TimeSpan.FromMilliseconds(250));
        Assert.Equal(StandingKind.Down, _node.State.Liveness.StandingOf(LoneNode.Second)!.Kind);
    }

    [Fact]
    public void Hint_of_akka_should_be_shown_and_never_be_the_second_witness()
    {
        _node.Reaches(LoneNode.Second, LoneNode.Third);
        _node.State.Liveness.Hint([LoneNode.Second, LoneNode.Third]);
        for (var second = 0; second < 12; second++)
        {
            Hear(LoneNode.Third);
            Tick(TimeSpan.FromMilliseconds(250));
        }

        Assert.Equal(StandingKind.Suspected, _node.State.Liveness.StandingOf(LoneNode.Second)!.Kind);
        Assert.Equal(StandingKind.Up, _node.State.Liveness.StandingOf(LoneNode.Third)!.Kind);
        Assert.All(_node.State.Liveness.Standings, standing => Assert.True(standing.IsHint));
    }

    [Fact]
    public void Suspected_node_should_contradict_once_and_its_word_should_end_the_suspicion_elsewhere()
    {
        var own = _node.State.Liveness.Own;
        Hear(LoneNode.Third, new Suspicion(_node.State.Self, own));
        Hear(LoneNode.Third, new Suspicion(_node.State.Self, own));
        Assert.Equal(own with { Count = own.Count + 1 }, _node.State.Liveness.Own);

        // n2 has said since that it lives, so n3's word of it is an old one.
        Hear(LoneNode.Second, new Incarnation(1, 1));
        Hear(LoneNode.Third, new Suspicion(LoneNode.Second, new Incarnation(1, 0)));
        Tick(TimeSpan.Zero);
        Assert.Empty(_node.State.Liveness.StandingOf(LoneNode.Second)!.Witnesses);
        Hear(LoneNode.Third, new Suspicion(LoneNode.Second, new Incarnation(1, 1)));
        Tick(TimeSpan.Zero);
        Assert.Equal(LoneNode.Third, Assert.Single(_node.State.Liveness.StandingOf(LoneNode.Second)!.Witnesses));
    }

    [Fact]
    public void Signs_of_another_cluster_of_a_stranger_or_of_a_process_that_has_a_successor_should_not_count()
    {
        var liveness = _node.State.Liveness;
        Hear(LoneNode.Second, new Incarnation(5, 0));
        Assert.Null(liveness.Take(Sign(LoneNode.Second, new Incarnation(4, 9)), Now));
        Assert.Null(liveness.Take(Sign(LoneNode.Second, new Incarnation(6, 0)) with { ClusterId = Guid.NewGuid() }, Now));
        Assert.Null(liveness.Take(Sign(new ReplicaId(0x9999), new Incarnation(1, 0)), Now));
        Assert.Equal(new Incarnation(5, 0), liveness.LatestOf(LoneNode.Second)!.Incarnation);
    }

    [Fact]
    public void Actor_system_should_be_proved_dead_only_by_a_later_incarnation_of_its_replica()
    {
        var liveness = _node.State.Liveness;
        liveness.Take(Sign(LoneNode.Second, new Incarnation(5, 0)) with { AkkaUid = 1 }, Now);
        Assert.False(liveness.IsSucceeded(LoneNode.Second, 1));
        liveness.Take(Sign(LoneNode.Second, new Incarnation(5, 1)) with { AkkaUid = 2 }, Now);
        Assert.True(liveness.IsSucceeded(LoneNode.Second, 1));
        Assert.False(liveness.IsSucceeded(LoneNode.Second, 2));
        Assert.False(liveness.IsSucceeded(LoneNode.Second, 3));
        Assert.False(liveness.IsSucceeded(LoneNode.Third, 1));
        // In the same incarnation: nobody can say which of the two is the later one.
        liveness.Take(Sign(LoneNode.Second, new Incarnation(5, 1)) with { AkkaUid = 4 }, Now);
        Assert.False(liveness.IsSucceeded(LoneNode.Second, 2));
    }

    [Fact]
    public void More_suspicions_than_a_sign_holds_should_be_said_in_turn_and_all_be_heard()
    {
        var settings = new LivenessSettings(250, 2000, 1000);
        var cluster = Guid.NewGuid();
        var members = Enumerable.Range(1, 700).Select(id => new ReplicaId((ulong)id)).ToList();
        var speaker = new Liveness(members[0], 1, settings);
        var hearer = new Liveness(members[1], 1, settings);
        speaker.Use(cluster, members, 0);
        hearer.Use(cluster, members, 0);
        long now = 0;
        for (; now <= 4000; now += 250) speaker.Tick(now);
        hearer.Tick(now - 250);
        for (var turn = 0; turn < 4; turn++, now += 250)
        {
            var sign = speaker.SignFor(members[1], now);
            Assert.InRange(sign.Suspicions.Length, 1, SignOfLife.SuspicionLimit);
            Assert.True(sign.IsPartial);
            hearer.Take(sign, now);
        }

        hearer.Tick(now);
        Assert.Equal(698, hearer.Standings.Count(standing => standing.Witnesses.Contains(members[0])));
    }

    private long Now => Monotonic.Milliseconds(_node.Time);

    private void Tick(TimeSpan later)
    {
        _node.Time.Advance(later);
        foreach (var peer in _node.State.Peers) _node.State.Liveness.Lane(peer.Key, peer.Value.IsOpen, Now);
        _node.State.Liveness.Tick(Now);
    }

    private void Hear(ReplicaId from, params ImmutableArray<Suspicion> suspicions) =>
        _node.State.Liveness.Take(Sign(from, new Incarnation(1, 0)) with { Suspicions = suspicions }, Now);

    private void Hear(ReplicaId from, Incarnation incarnation) => _node.State.Liveness.Take(Sign(from, incarnation), Now);

    private SignOfLife Sign(ReplicaId from, Incarnation incarnation) => new(_node.Document.ClusterId, from, incarnation, 1, Now);

    public void Dispose() => _node.Dispose();
}
