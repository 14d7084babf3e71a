namespace AkkaKv.Node.Tests;

public sealed class SignLatenessTests
{
    [Fact]
    public void Nothing_should_be_0() => Assert.Equal((0, 0), (new SignLateness().P99Milliseconds, new SignLateness().LongestMilliseconds));

    [Fact]
    public void P99_should_leave_out_one_in_a_hundred_and_the_longest_nothing()
    {
        var lateness = new SignLateness();
        for (var sign = 0; sign < 990; sign++) lateness.Add(3);
        for (var sign = 0; sign < 10; sign++) lateness.Add(5000);
        Assert.Equal((1000, 3, 5000), (lateness.Count, lateness.P99Milliseconds, lateness.LongestMilliseconds));
        lateness.Add(4000);
        Assert.InRange(lateness.P99Milliseconds, 4000, 4500);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(1000)]
    [InlineData(123_456_789)]
    [InlineData(long.MaxValue)]
    public void Figure_should_be_right_to_an_eighth(long milliseconds)
    {
        var lateness = new SignLateness();
        lateness.Add(milliseconds);
        Assert.Equal(milliseconds, lateness.P99Milliseconds);
        lateness.Add(long.MaxValue);
        for (var sign = 0; sign < 200; sign++) lateness.Add(milliseconds);
        Assert.InRange(lateness.P99Milliseconds - milliseconds, 0, milliseconds / 8);
    }
}
