namespace AkkaKv.Simulation.Tests;

public sealed class RecentLatenciesTests
{
    private readonly RecentLatencies _latencies = new();

    [Fact]
    public void Few_should_say_nothing()
    {
        Add(1000, 63);
        Assert.Equal(0, _latencies.NineteenInTwenty);
    }

    [Fact]
    public void One_in_twenty_may_be_longer()
    {
        for (var i = 1; i <= 640; i++) _latencies.Add(i % 32 == 0 ? 900 : i % 10);
        Assert.Equal(9, _latencies.NineteenInTwenty);
    }

    [Fact]
    public void Old_ones_should_be_forgotten()
    {
        Add(900, 512);
        Assert.Equal(900, _latencies.NineteenInTwenty);
        Add(3, 512);
        Assert.Equal(3, _latencies.NineteenInTwenty);
    }

    private void Add(long latency, int times)
    {
        for (var i = 0; i < times; i++) _latencies.Add(latency);
    }
}
