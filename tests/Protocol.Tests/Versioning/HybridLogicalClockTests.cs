using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Protocol.Tests;

public class HybridLogicalClockTests
{
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);
    private readonly HybridLogicalClock _clock;

    public HybridLogicalClockTests() => _clock = new HybridLogicalClock(_time);

    [Fact]
    public void It_shows_the_physical_clock() => Assert.Equal(Start.ToUnixTimeMilliseconds(), _clock.Next().UnixMilliseconds);

    [Fact]
    public void It_stays_monotone_when_the_physical_clock_falls_back()
    {
        // FakeTimeProvider refuses to go back, so the clock under test gets one that does not.
        var time = new SettableTime(Start);
        var clock = new HybridLogicalClock(time);
        var before = clock.Next();
        time.Now = Start - TimeSpan.FromDays(1);
        var after = clock.Next();
        Assert.True(after > before);
        Assert.True(clock.Next() > after);
    }

    [Fact]
    public void A_stamp_is_greater_than_what_it_supersedes_however_far_ahead_that_is()
    {
        var ahead = HybridTimestamp.Of((Start + TimeSpan.FromDays(365)).ToUnixTimeMilliseconds());
        Assert.True(_clock.Next(ahead) > ahead);
        Assert.Equal(Start.ToUnixTimeMilliseconds(), _clock.Next().UnixMilliseconds);
    }

    [Fact]
    public void Stamps_after_one_that_superseded_a_stamp_slightly_ahead_are_greater_still()
    {
        var ahead = HybridTimestamp.Of((Start + TimeSpan.FromMilliseconds(400)).ToUnixTimeMilliseconds());
        var given = _clock.Next(ahead);
        Assert.True(given > ahead);
        Assert.True(_clock.Next() > given);
    }

    [Fact]
    public void It_follows_a_stamp_up_to_a_second_ahead()
    {
        var stamp = HybridTimestamp.Of((Start + HybridLogicalClock.MaximumLead).ToUnixTimeMilliseconds(), ushort.MaxValue);
        Assert.True(_clock.Observe(stamp));
        Assert.True(_clock.Next() > stamp);
    }

    [Fact]
    public void It_does_not_follow_a_stamp_further_ahead()
    {
        var stamp = HybridTimestamp.Of((Start + HybridLogicalClock.MaximumLead).ToUnixTimeMilliseconds() + 1);
        Assert.False(_clock.Observe(stamp));
        Assert.True(_clock.Next() < stamp);
    }

    [Fact]
    public void A_stamp_of_the_past_is_taken_and_changes_nothing()
    {
        var before = _clock.Next();
        Assert.True(_clock.Observe(HybridTimestamp.Of(1)));
        Assert.Equal(before.Next(), _clock.Next());
    }

    /// <summary>Whatever is shown to it and however time passes, stamps rise, and never lead by more than a second and their own count.</summary>
    [Fact]
    public void Stamps_rise_and_stay_near_the_physical_clock() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[-3000, 3000]).List[1, 200].Sample(steps =>
        {
            var time = new SettableTime(Start);
            var latest = Start;
            var clock = new HybridLogicalClock(time);
            var last = default(HybridTimestamp);
            foreach (var (act, milliseconds) in steps)
            {
                var near = HybridTimestamp.Of((time.Now + TimeSpan.FromMilliseconds(milliseconds)).ToUnixTimeMilliseconds());
                switch (act)
                {
                    case 0:
                        time.Now += TimeSpan.FromMilliseconds(milliseconds);
                        break;
                    case 1:
                        clock.Observe(near);
                        break;
                    case 2:
                        var beyond = clock.Next(near);
                        if (beyond <= near) return false;
                        if (near > HybridTimestamp.Of((time.Now + HybridLogicalClock.MaximumLead).ToUnixTimeMilliseconds())) break;
                        if (beyond <= last) return false;
                        last = beyond;
                        break;
                    default:
                        var next = clock.Next();
                        if (next <= last) return false;
                        last = next;
                        break;
                }

                latest = time.Now > latest ? time.Now : latest;
                if (last.UnixMilliseconds > (latest + HybridLogicalClock.MaximumLead).ToUnixTimeMilliseconds() + 1) return false;
            }

            return true;
        });

    [Fact]
    public void Stamps_are_unique_under_concurrent_use()
    {
        var ahead = HybridTimestamp.Of((Start + TimeSpan.FromMilliseconds(500)).ToUnixTimeMilliseconds());
        var stamps = Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4)
            .SelectMany(thread => Enumerable.Range(0, 20_000).Select(i => i % 7 == thread ? _clock.Next(ahead) : _clock.Next()).ToArray())
            .ToList();
        Assert.Equal(stamps.Count, stamps.Distinct().Count());
    }

    private sealed class SettableTime(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
