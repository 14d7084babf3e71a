using AkkaKv.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Node.Tests;

public sealed class RepairPlanTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private static readonly ExchangeReport Equal = new() { Outcome = ExchangeOutcome.Equal };
    private static readonly ExchangeReport Failed = new() { Outcome = ExchangeOutcome.Failed };

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly RepairLog _log;

    public RepairPlanTests() => _log = new RepairLog(_time);

    [Fact]
    public void Owners_should_together_compare_all_with_all()
    {
        var ring = RingOf([0, 1, 2]);
        var pairs = Enumerable.Range(0, 3).Select(place =>
        {
            var log = new RepairLog(_time);
            log.Use(ring, Member(place), isCutOtherwise: false);
            return (Member(place), RepairPlan.Next(ring, Member(place), log, _ => true, _time.GetUtcNow(), Interval)!.Value.Peer);
        });
        Assert.Equal([(Member(0), Member(1)), (Member(1), Member(2)), (Member(2), Member(0))], pairs);
    }

    [Fact]
    public void Owner_that_cannot_be_reached_should_be_passed_over()
    {
        var ring = RingOf([0, 1, 2]);
        _log.Use(ring, Member(0), isCutOtherwise: false);
        Assert.Equal((0, Member(2)), Next(ring, peer => peer != Member(1)));
        Assert.Null(Next(ring, _ => false));
    }

    [Fact]
    public void Each_partition_should_come_once_an_interval_and_the_oldest_first()
    {
        var ring = RingOf([0, 1], [1, 2], [2, 0], [0, 2]);
        _log.Use(ring, Member(0), isCutOtherwise: false);
        Assert.Equal([0, 2, 3], _log.Owned);

        var order = new List<int>();
        while (Next(ring) is var (partition, peer))
        {
            order.Add(partition);
            _log.Add(partition, peer, Equal);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([0, 2, 3], order);
        Assert.Equal(3, _log.OldestSeconds, precision: 3);
        _time.Advance(Interval - TimeSpan.FromSeconds(3));
        Assert.Equal(0, Next(ring)!.Value.Partition);
        _log.Add(0, Member(1), Equal);
        Assert.Null(Next(ring));
    }

    [Fact]
    public void Comparison_that_failed_should_be_tried_again_soon_but_not_at_once()
    {
        var ring = RingOf([0, 1]);
        _log.Use(ring, Member(0), isCutOtherwise: false);
        _log.Add(0, Member(1), Failed);
        Assert.Null(Next(ring));
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.NotNull(Next(ring));
        // It says nothing about what the replicas hold.
        Assert.Equal(31, _log.OldestSeconds, precision: 3);
        Assert.Null(_log.Of(0)!.WholeAt);
    }

    [Fact]
    public void Clock_that_falls_back_should_not_keep_partitions_from_being_compared()
    {
        var ring = RingOf([0, 1]);
        var log = new RepairLog(_time);
        log.Use(ring, Member(0), isCutOtherwise: false);
        log.Add(0, Member(1), Equal);
        Assert.NotNull(RepairPlan.Next(ring, Member(0), log, _ => true, _time.GetUtcNow().AddYears(-1), Interval));
    }

    private (int Partition, ReplicaId Peer)? Next(Ring ring, Func<ReplicaId, bool>? isReachable = null) =>
        RepairPlan.Next(ring, Member(0), _log, isReachable ?? (_ => true), _time.GetUtcNow(), Interval);

    private static ReplicaId Member(int place) => new((ulong)place + 1);

    private static Ring RingOf(params int[][] owners) => new(new RingDocument
    {
        ClusterId = Guid.NewGuid(),
        Epoch = 1,
        Members = [.. Enumerable.Range(0, 3).Select(place => new RingMember($"n{place}", Member(place), "h", 1, "dc1", "r1", 1, RingMemberState.Member))],
        Partitions = [.. owners.Select(places => new Partition([.. places], 1))],
        Replicas = owners[0].Length,
        WriteQuorum = 1,
        ReadQuorum = 1,
        ContextKey = [.. new byte[32]],
    });
}
