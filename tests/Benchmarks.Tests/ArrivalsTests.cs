namespace AkkaKv.Benchmarks.Tests;

public class ArrivalsTests
{
    private const long Millisecond = 1_000_000;
    private const long Begin = 5_000 * Millisecond;
    private const long LateLimit = 100 * Millisecond;

    [Fact]
    public void Arrivals_should_fall_due_at_even_distances()
    {
        var arrivals = new Arrivals(1_000, Begin, LateLimit);
        Assert.Equal([0, 1, 2, 3], TakeUntil(arrivals, Begin + 3 * Millisecond));
        Assert.Equal(Begin + 4 * Millisecond, arrivals.NextDue);
    }

    [Fact]
    public void Arrival_should_not_be_given_before_it_is_due()
    {
        var arrivals = new Arrivals(1_000, Begin, LateLimit);
        Assert.False(arrivals.TryTake(Begin - 1, out _));
        Assert.True(arrivals.TryTake(Begin, out _));
        Assert.False(arrivals.TryTake(Begin + Millisecond - 1, out _));
    }

    [Fact]
    public void Driver_that_is_a_little_late_should_begin_all_that_is_overdue_under_its_own_time()
    {
        var arrivals = new Arrivals(1_000, Begin, LateLimit);
        var dues = TakeUntil(arrivals, Begin + 50 * Millisecond);
        Assert.Equal(Enumerable.Range(0, 51).Select(number => (long)number), dues);
        Assert.Equal(0, arrivals.Skipped);
    }

    [Fact]
    public void Driver_that_is_far_behind_should_leave_out_and_count_what_is_overdue_by_more_than_the_limit()
    {
        var arrivals = new Arrivals(1_000, Begin, LateLimit);
        var dues = TakeUntil(arrivals, Begin + 1_000 * Millisecond);
        Assert.Equal(Enumerable.Range(900, 101).Select(number => (long)number), dues);
        Assert.Equal(900, arrivals.Skipped);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7_777)]
    [InlineData(1_234_567)]
    public void Arrivals_should_keep_the_rate_for_any_rate_and_any_distance_between_looks(double perSecond)
    {
        var arrivals = new Arrivals(perSecond, Begin, LateLimit);
        var random = new Random(1);
        var taken = 0L;
        var now = Begin;
        while (now < Begin + 1_000 * Millisecond)
        {
            now += random.NextInt64(300 * Millisecond);
            for (var last = 0L; arrivals.TryTake(now, out var due); last = due)
            {
                taken++;
                Assert.InRange(due, Math.Max(last, now - LateLimit), now);
            }
        }

        var expected = (now - Begin) * perSecond / 1e9;
        Assert.InRange(taken + arrivals.Skipped, Math.Floor(expected), Math.Ceiling(expected) + 1);
    }

    /// <summary>Milliseconds after the beginning at which those were due that are given at a moment.</summary>
    private static List<long> TakeUntil(Arrivals arrivals, long now)
    {
        var dues = new List<long>();
        while (arrivals.TryTake(now, out var due)) dues.Add((due - Begin) / Millisecond);
        return dues;
    }
}
