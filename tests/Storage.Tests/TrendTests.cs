using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class TrendTests
{
    [Theory]
    [InlineData(new double[] { 100, 100, 100, 109, 109, 109 }, 1.09, "flat")]
    [InlineData(new double[] { 100, 100, 100, 112, 112, 112 }, 1.12, "grows")]
    [InlineData(new double[] { 100, 100, 100, 50, 88, 88 }, 0.88, "falls")]
    [InlineData(new double[] { 10, 20, 30, 40 }, 4, "grows")]
    [InlineData(new double[] { 7, 900, 900, 900, 7 }, 1, "flat")]
    public void Slope_should_be_the_last_third_by_the_first(double[] windows, double slope, string verdict)
    {
        var trend = Trend.Of(windows)!;
        Assert.Equal(slope, trend.Slope, 9);
        Assert.Equal(verdict, trend.Verdict);
    }

    [Fact]
    public void One_odd_window_should_not_make_a_trend() =>
        Assert.Equal("flat", Trend.Of([5, 5, 800, 5, 5, 5, 5, 5, 5, 900, 5, 5])!.Verdict);

    [Fact]
    public void A_figure_that_stays_zero_should_be_flat_and_one_that_leaves_it_should_grow()
    {
        Assert.Equal("flat", Trend.Of([0, 0, 0])!.Verdict);
        Assert.Equal("grows", Trend.Of([0, 0, 1])!.Verdict);
        Assert.Equal("falls", Trend.Of([1, 0, 0])!.Verdict);
    }

    [Fact]
    public void Too_few_windows_should_have_no_trend() => Assert.Null(Trend.Of([1, 2]));
}
