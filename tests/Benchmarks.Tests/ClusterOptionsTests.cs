namespace AkkaKv.Benchmarks.Tests;

public class ClusterOptionsTests
{
    [Fact]
    public void Overload_should_be_shorter_than_the_suite_and_quick_shorter_still()
    {
        Assert.Equal((20.0, 1), Of("--overload"));
        Assert.Equal((1.0, 1), Of("--overload", "--quick"));
        Assert.Equal((5.0, 2), Of("--hot-key", "--seconds", "5", "--rounds", "2"));
        Assert.Equal((60.0, 3), Of());

        static (double, int) Of(params string[] args) => ClusterOptions.Parse(args) is var options ? (options.Seconds, options.Rounds) : default;
    }

    [Fact]
    public void Overload_and_hot_key_should_not_run_together() =>
        Assert.Throws<ArgumentException>(() => ClusterOptions.Parse(["--overload", "--hot-key"]));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    public void Deadline_should_be_above_zero(string seconds) =>
        Assert.Throws<ArgumentException>(() => ClusterOptions.Parse(["--overload", "--deadline", seconds]));

    [Fact]
    public void Deadline_should_be_a_second_unless_it_is_given()
    {
        Assert.Equal(TimeSpan.FromSeconds(1), ClusterOptions.Parse(["--overload"]).Deadline);
        Assert.Equal(TimeSpan.FromSeconds(2.5), ClusterOptions.Parse(["--overload", "--deadline", "2.5"]).Deadline);
    }

    [Fact]
    public void Peers_should_include_distributed_data() =>
        Assert.Contains(ClusterOptions.Parse(["--peers"]).Systems, system => system.Name == "Akka.DistributedData");
}
