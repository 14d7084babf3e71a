using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

public class RepairJobTests
{
    private const long Interval = 1000;

    private static readonly ReplicaId A = new(1);
    private static readonly ReplicaId B = new(2);
    private static readonly ReplicaId C = new(3);
    private static readonly ImmutableArray<ReplicaId> Owners = [A, B, C];

    [Fact]
    public void Full_round_should_end_when_a_way_along_the_owners_finds_nothing()
    {
        var job = new RepairJob(7).Begun(Owners, 10);
        Assert.Equal([new(A, B), new(B, C)], job.Left.ToArray());
        job = job.Compared(new(A, B), Report(0), 11).Compared(new(B, C), Report(5), 12);

        // Back along the list: what C had reaches A.
        Assert.Equal(2, job.Pass);
        Assert.Equal([new(C, B), new(B, A)], job.Left.ToArray());
        job = job.Compared(new(C, B), Report(0), 13).Compared(new(B, A), Report(5), 14);
        Assert.Equal([new(A, B), new(B, C)], job.Left.ToArray());
        job = job.Compared(new(A, B), Report(0), 15).Compared(new(B, C), Report(0), 16);

        Assert.Null(job.Current);
        Assert.Equal((16, 16), (job.LastFullRoundAt, job.LastEqualRoundAt));
        var round = Assert.Single(job.History);
        Assert.Equal((1, RepairRoundKind.Full, 10, 16), (round.Number, round.Kind, round.StartedAt, round.EndedAt));
        Assert.Equal((ExchangeOutcome.Equal, 6, 10, 18), (round.Outcome, round.Exchanges, round.Differences, round.Bytes));
    }

    [Fact]
    public void Round_should_end_without_equality_where_writes_never_pause()
    {
        var job = new RepairJob(7).Begun(Owners, 10);
        while (job.Current is not null) job = job.Compared(job.Left[0], Report(1), 20);
        Assert.Equal(2 * RepairJob.MaximumPasses, job.History[0].Exchanges);
        Assert.Equal(ExchangeOutcome.Mended, job.History[0].Outcome);
        Assert.Equal((20, 0), (job.LastFullRoundAt, job.LastEqualRoundAt));
    }

    [Fact]
    public void Job_should_be_due_by_its_interval_on_request_by_hints_and_never_while_paused()
    {
        var job = Done(new RepairJob(7), 5000);
        Assert.False(job.IsDue(5999, Interval));
        Assert.True(job.IsDue(6000, Interval));
        Assert.True(job.Requested().IsDue(5001, Interval));
        Assert.True(job.Hinted(new(A, C)).IsDue(5001, Interval));
        Assert.True(job.Begun(Owners, 5001).IsDue(5001, Interval));
        Assert.False(job.Requested().Hinted(new(A, C)).Paused().IsDue(9999, Interval));
        Assert.True(job.Requested().Paused().Resumed().IsDue(5001, Interval));
    }

    [Fact]
    public void Pause_should_keep_what_is_left_of_a_round()
    {
        var job = new RepairJob(7).Begun(Owners, 10).Compared(new(A, B), Report(0), 11).Paused();
        // What was under way ends, and counts.
        Assert.Equal([new(B, C)], job.Left.ToArray());
        Assert.Equal([new(B, C)], job.Resumed().Begun(Owners, 12).Left.ToArray());
    }

    [Fact]
    public void Collapsed_hints_should_come_before_full_rounds_and_each_range_once()
    {
        var job = new RepairJob(7).Requested().Hinted(new(B, C)).Hinted(new(A, C)).Hinted(new(B, C));
        Assert.Equal(2, job.HintedRanges.Length);
        Assert.True(job.Urgency < new RepairJob(7).Requested().Urgency);
        Assert.True(new RepairJob(7).Requested().Urgency < new RepairJob(7).Urgency);

        job = job.Begun(Owners, 10);
        Assert.Equal(RepairRoundKind.HintedRange, job.Current!.Kind);
        job = job.Compared(new(B, C), Report(3), 11).Begun(Owners, 12);
        Assert.Equal([new(A, C)], job.Left.ToArray());
        job = job.Compared(new(A, C), Report(0), 13).Begun(Owners, 14);
        Assert.Equal(RepairRoundKind.Full, job.Current!.Kind);
        Assert.False(job.IsRequested);
        Assert.Equal([ExchangeOutcome.Mended, ExchangeOutcome.Equal], job.History.Select(round => round.Outcome));
        Assert.Equal(0, job.LastFullRoundAt);
    }

    [Fact]
    public void Range_of_a_node_that_has_left_should_be_given_up_for_a_full_round()
    {
        var job = new RepairJob(7).Hinted(new(A, new ReplicaId(99))).Begun(Owners, 10).GaveUpRange(11);
        Assert.Empty(job.HintedRanges);
        Assert.True(job.IsRequested);
        Assert.Equal(ExchangeOutcome.Failed, job.History[0].Outcome);
    }

    [Fact]
    public void Round_of_owners_that_are_no_owners_any_more_should_begin_anew()
    {
        var job = new RepairJob(7).Begun(Owners, 10).Compared(new(A, B), Report(0), 11);
        var anew = job.Begun([A, C, new ReplicaId(4)], 12);
        Assert.Equal((2, RepairRoundKind.Full), (anew.Current!.Number, anew.Current.Kind));
        Assert.Equal([new(A, C), new(C, new ReplicaId(4))], anew.Left.ToArray());
        Assert.Equal(0, anew.LastFullRoundAt);
    }

    [Fact]
    public void Failed_or_late_report_should_change_nothing()
    {
        var job = new RepairJob(7).Begun(Owners, 10);
        Assert.Same(job, job.Compared(new(A, B), new ExchangeReport { Outcome = ExchangeOutcome.Failed }, 11));
        Assert.Same(job, job.Compared(new(B, C), Report(0), 11));
        var idle = new RepairJob(7);
        Assert.Same(idle, idle.Compared(new(A, B), Report(0), 11));
    }

    [Fact]
    public void What_is_remembered_should_be_bounded()
    {
        var job = new RepairJob(7);
        for (var round = 0; round < 2 * RepairJob.MaximumHistory; round++) job = Done(job, round);
        Assert.Equal(RepairJob.MaximumHistory, job.History.Length);
        Assert.Equal(2 * RepairJob.MaximumHistory, job.History[^1].Number);

        for (var peer = 1UL; peer <= 2 * RepairJob.MaximumHintedRanges; peer++) job = job.Hinted(new(new ReplicaId(peer), C));
        Assert.Equal(RepairJob.MaximumHintedRanges, job.HintedRanges.Length);
        Assert.True(job.IsRequested);
    }

    [Fact]
    public void Only_owner_should_be_equal_to_itself() =>
        Assert.Equal(10, new RepairJob(7).Begun([A], 10).LastEqualRoundAt);

    private static RepairJob Done(RepairJob job, long now)
    {
        job = job.Begun(Owners, now);
        while (job.Current is not null) job = job.Compared(job.Left[0], Report(0), now);
        return job;
    }

    private static ExchangeReport Report(long differences) => new()
    {
        Outcome = differences == 0 ? ExchangeOutcome.Equal : ExchangeOutcome.Mended,
        Differences = differences,
        BytesSent = 1,
        BytesReceived = 2,
    };
}
