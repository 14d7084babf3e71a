using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

public sealed class ClockWatchTests
{
    private const long Start = 1_700_000_000_000;

    private static readonly ReplicaId A = new(1);
    private static readonly ReplicaId B = new(2);
    private static readonly ReplicaId C = new(3);
    private static readonly ReplicaId D = new(4);

    private readonly TwoClocks _time = new();
    private readonly ClockWatch _watch;

    public ClockWatchTests()
    {
        _watch = new ClockWatch(_time);
        _watch.Use([A, B, C]);
    }

    [Fact]
    public void Clock_that_nobody_was_compared_with_should_be_trusted_but_drop_nothing()
    {
        Assert.Equal(0, _watch.LeadMilliseconds);
        Assert.True(_watch.MayStamp && _watch.MayJudge);
        Assert.Null(_watch.DropsBefore);
    }

    [Fact]
    public void Jump_should_show_at_once()
    {
        _watch.Observe(B, Start);
        _watch.Observe(C, Start);
        Assert.Equal(Start - ClockWatch.DropAfterMilliseconds, _watch.DropsBefore);

        _time.Physical += 86_400_000;
        Assert.Equal(86_400_000, _watch.LeadMilliseconds);
        Assert.False(_watch.MayStamp || _watch.MayJudge);
        Assert.Null(_watch.DropsBefore);
        Assert.Equal(new ClockOff("n1", 86_400_000), _watch.Off("n1"));
    }

    [Theory]
    [InlineData(1000, true, true)]
    [InlineData(1001, false, false)]
    [InlineData(-1000, true, true)]
    [InlineData(-1001, true, false)]
    public void Clock_that_is_behind_should_stamp_but_not_judge(long lead, bool mayStamp, bool mayJudge)
    {
        _watch.Observe(B, Start - lead);
        _watch.Observe(C, Start - lead);
        Assert.Equal((lead, mayStamp, mayJudge), (_watch.LeadMilliseconds, _watch.MayStamp, _watch.MayJudge));
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(-5000)]
    public void One_wrong_clock_of_three_should_not_make_the_right_ones_doubt(long wrong)
    {
        _watch.Observe(B, Start);
        _watch.Observe(C, Start + wrong);
        Assert.Equal(0, _watch.LeadMilliseconds);
        Assert.True(_watch.MayStamp && _watch.MayJudge && _watch.DropsBefore is not null);
    }

    [Fact]
    public void Message_that_was_long_on_its_way_should_not_make_this_clock_look_fast()
    {
        _watch.Observe(B, Start);
        for (var message = 0; message < 100; message++)
        {
            Pass(1);
            _watch.Observe(B, _time.Physical - 3000);
        }

        Assert.Equal(0, _watch.LeadMilliseconds);
        Pass(5000);
        _watch.Observe(B, _time.Physical - 3000);
        Pass(5000);
        _watch.Observe(B, _time.Physical - 3000);
        Assert.Equal(3000, _watch.LeadMilliseconds);
    }

    [Fact]
    public void Peer_that_was_not_heard_for_long_should_not_count()
    {
        _watch.Observe(B, Start - 9000);
        _watch.Observe(C, Start - 9000);
        Pass(61_000);
        Assert.Equal(9000, _watch.LeadMilliseconds);
        Assert.Null(_watch.DropsBefore);
        Pass(10 * 60_000);
        Assert.Equal(0, _watch.LeadMilliseconds);
    }

    [Fact]
    public void Dropping_should_take_a_majority_of_the_members()
    {
        _watch.Use([A, B, C, D]);
        _watch.Observe(B, Start);
        Assert.Null(_watch.DropsBefore);
        _watch.Observe(C, Start);
        Assert.NotNull(_watch.DropsBefore);
        _watch.Use([A]);
        Assert.NotNull(_watch.DropsBefore);
    }

    [Fact]
    public void Jump_should_neither_reach_a_stamp_nor_stay_in_the_hybrid_clock()
    {
        _watch.Observe(B, Start);
        _watch.Observe(C, Start);
        _time.Physical += 365L * 86_400_000;
        Assert.InRange(_watch.Hybrid.Next().UnixMilliseconds, Start, Start + 1000);
        _time.Physical = Start;
        Assert.True(_watch.MayStamp);
    }

    [Fact]
    public void Clock_that_stamped_alone_and_fell_back_should_not_stamp()
    {
        _time.Physical += 60_000;
        _watch.Hybrid.Next();
        _time.Physical -= 60_000;
        Assert.False(_watch.MayStamp);
        Assert.InRange(_watch.Off("n1").LeadMilliseconds, 59_999, 60_001);
    }

    private void Pass(long milliseconds)
    {
        _time.Physical += milliseconds;
        _time.Monotonic += milliseconds;
    }

    private sealed class TwoClocks : TimeProvider
    {
        public long Physical { get; set; } = Start;

        public long Monotonic { get; set; } = 5000;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Monotonic;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Physical);
    }
}
