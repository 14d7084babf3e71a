using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Cli.Tests;

public sealed class RetryPolicyTests
{
    private static readonly RetryPolicy Policy = new()
    {
        FirstPause = TimeSpan.FromMilliseconds(100),
        PauseLimit = TimeSpan.FromSeconds(1),
        RetryAfterCap = TimeSpan.FromSeconds(2),
    };

    [Fact]
    public void RetryPolicy_should_try_every_server_before_it_waits_where_nobody_listened() =>
        Assert.Equal([0, 0, 400], Pauses(failures: [1, 2, 3], nobodyListened: true, retryAfter: null));

    [Fact]
    public void RetryPolicy_should_double_the_pause_up_to_its_limit() =>
        Assert.Equal([100, 200, 400, 800, 1000, 1000, 1000], Pauses([1, 2, 3, 4, 5, 50, int.MaxValue], false, retryAfter: null));

    [Fact]
    public void RetryPolicy_should_honour_retry_after_up_to_its_cap()
    {
        Assert.Equal([1500], Pauses([1], false, TimeSpan.FromSeconds(1.5)));
        Assert.Equal([2000], Pauses([1], false, TimeSpan.FromHours(1)));
        Assert.Equal([1000], Pauses([9], false, TimeSpan.Zero));
    }

    [Fact]
    public void RetryPolicy_should_draw_up_to_half_of_the_pause() =>
        Assert.Equal(TimeSpan.FromMilliseconds(50), Policy.PauseAfter(1, 3, false, null, random: 0));

    [Fact]
    public void ServerSet_should_take_turns()
    {
        var (a, b, servers, _) = TwoServers();

        Assert.Equal([a, b, a, b], Enumerable.Range(0, 4).Select(_ => servers.Choose()));
    }

    [Fact]
    public void ServerSet_should_let_a_server_rest_that_has_failed()
    {
        var (a, b, servers, time) = TwoServers();

        servers.Failed(a);
        Assert.All(Enumerable.Range(0, 4), _ => Assert.Equal(b, servers.Choose()));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains(a, Enumerable.Range(0, 2).Select(_ => servers.Choose()));
    }

    [Fact]
    public void ServerSet_should_ask_the_one_that_rests_longest_when_all_have_failed()
    {
        var (a, b, servers, time) = TwoServers();

        servers.Failed(b);
        time.Advance(TimeSpan.FromMilliseconds(10));
        servers.Failed(a);
        Assert.All(Enumerable.Range(0, 4), _ => Assert.Equal(b, servers.Choose()));
        servers.Answered(a);
        Assert.Equal(a, servers.Choose());
    }

    [Theory]
    [InlineData("127.0.0.1:8081", "http://127.0.0.1:8081/")]
    [InlineData("https://kv.example/", "https://kv.example/")]
    public void ServerSet_should_read_addresses_with_and_without_a_scheme(string text, string address) =>
        Assert.Equal(address, ServerSet.Parse(text).ToString());

    [Theory]
    [InlineData("ftp://host")]
    [InlineData("http://host/path")]
    [InlineData("http://")]
    public void ServerSet_should_refuse_what_is_no_address(string text) =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<CliException>(() => ServerSet.Parse(text)).ExitCode);

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("2", 2000)]
    [InlineData("1.5s", 1500)]
    [InlineData("2m", 120_000)]
    [InlineData("0", null)]
    [InlineData("-1s", null)]
    [InlineData("2h", 7_200_000)]
    [InlineData("2y", null)]
    [InlineData("99999999m", null)]
    public void Durations_should_be_read_as_people_write_them(string text, int? milliseconds) =>
        Assert.Equal(milliseconds, Durations.TryParse(text)?.TotalMilliseconds);

    private static IEnumerable<double> Pauses(int[] failures, bool nobodyListened, TimeSpan? retryAfter) =>
        failures.Select(count => Policy.PauseAfter(count, servers: 3, nobodyListened, retryAfter, random: 1).TotalMilliseconds);

    private static (Uri A, Uri B, ServerSet Servers, FakeTimeProvider Time) TwoServers()
    {
        var time = new FakeTimeProvider();
        var (a, b) = (new Uri("http://a"), new Uri("http://b"));
        return (a, b, new ServerSet([a, b], time), time);
    }
}
