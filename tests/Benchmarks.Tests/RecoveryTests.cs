namespace AkkaKv.Benchmarks.Tests;

public class RecoveryTests
{
    [Fact]
    public void Recovery_should_take_no_time_where_nothing_was_wrong() =>
        Assert.Equal(0, Recovery.SecondsUntilNormal([5, 5, 5], limit: 5));

    [Fact]
    public void Recovery_should_end_with_the_first_second_of_three_good_ones() =>
        Assert.Equal(2, Recovery.SecondsUntilNormal([double.PositiveInfinity, 90, 9, 8, 7], limit: 10));

    [Fact]
    public void Recovery_should_not_take_a_good_second_between_bad_ones_for_the_end() =>
        Assert.Equal(3, Recovery.SecondsUntilNormal([9, 9, 11, 9, 9, 9], limit: 10));

    [Fact]
    public void Recovery_should_not_be_known_before_three_good_seconds() =>
        Assert.Null(Recovery.SecondsUntilNormal([11, 9, 9], limit: 10));
}
