using Microsoft.AspNetCore.Http;

namespace AkkaKv.Cli.Tests;

public sealed class StatusCommandTests
{
    private const string Serving =
        """
        {"clusterId":"6f00","ringEpoch":1,"partitions":256,"replicas":3,"writeQuorum":2,"readQuorum":2,
         "node":"n1","state":"serving","failuresSurvivable":1,
         "members":[{"name":"n1","replicaId":"9f02","address":"akka.tcp://akkakv@127.0.0.1:4053","dataCenter":"dc1","rack":"r1",
                     "weight":1,"state":"up","isSelf":true,"share":0.3333,"partitions":256},
                    {"name":"n2","replicaId":"9f03","address":"akka.tcp://akkakv@127.0.0.1:4054","dataCenter":"dc1","rack":"r2",
                     "weight":1,"state":"down","since":"2026-01-31T12:00:00.000Z","witnesses":["n1","n3"],"reason":"it is silent",
                     "isSelf":false,"share":0.3333,"partitions":256}]}
        """;

    private const string Forming =
        """{"node":"n1","state":"forming","waitingFor":"1 more node","members":[{"name":"n1","state":"up","isSelf":true}]}""";

    [Fact]
    public async Task Status_should_fit_on_one_screen()
    {
        await using var door = await DoorAsync(200, Serving);

        var run = await CliRun.Of("status", "--server", door.Address.ToString());

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(
            $"""
            Cluster 6f00, ring epoch 1, 256 partitions
            3 replicas of each key; W=2, R=2 unless a request says otherwise
            1 more node may fail and every key can still be read and written.
            ╭──────┬───────┬────────┬────────────┬────────┬────────┬────────────────╮
            │ Node │ State │  Share │ Partitions │ Place  │ Weight │ Address        │
            ├──────┼───────┼────────┼────────────┼────────┼────────┼────────────────┤
            │ n1 * │ up    │ 33.3 % │        256 │ dc1/r1 │      1 │ 127.0.0.1:4053 │
            │ n2   │ down  │ 33.3 % │        256 │ dc1/r2 │      1 │ 127.0.0.1:4054 │
            ╰──────┴───────┴────────┴────────────┴────────┴────────┴────────────────╯
            n2 is down since 2026-01-31 12:00:00 UTC, say n1 and n3: it is silent
            * answered ({door.Address.Authority}); n1 is serving

            """,
            run.Text);
    }

    [Fact]
    public async Task Status_should_give_programs_what_the_node_said()
    {
        await using var door = await DoorAsync(200, Serving);

        var run = await CliRun.Of("status", "--json", "--server", door.Address.ToString());

        Assert.Equal(1, run.Text.Count(each => each == '\n'));
        Assert.Equal(1, run.Json.GetProperty("failuresSurvivable").GetInt32());
        Assert.Equal("akka.tcp://akkakv@127.0.0.1:4054", run.Json.GetProperty("members")[1].GetProperty("address").GetString());
    }

    [Fact]
    public async Task Status_should_say_what_is_missing_while_there_is_no_ring()
    {
        await using var door = await DoorAsync(503, Forming);

        var run = await CliRun.Of("status", "--server", door.Address.ToString());

        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        Assert.StartsWith("No ring yet. n1 is forming, waiting for 1 more node.", run.Text, StringComparison.Ordinal);
        Assert.Contains("│ n1 * │", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_should_prefer_a_node_that_serves()
    {
        await using var forming = await DoorAsync(503, Forming);
        await using var serving = await DoorAsync(200, Serving);

        var run = await CliRun.Of(
            "status", "--server", $"{(await FakeDoor.ClosedAsync()).Authority},{forming.Address.Authority},{serving.Address.Authority}");

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Single(forming.Seen);
    }

    [Fact]
    public async Task Status_should_say_that_something_else_answers()
    {
        await using var door = await DoorAsync(200, "<html>");

        var run = await CliRun.Of("status", "--server", door.Address.ToString());

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("Is it an AkkaKv node", run.Error, StringComparison.Ordinal);
    }

    private static async Task<FakeDoor> DoorAsync(int status, string body)
    {
        var door = await FakeDoor.OpenAsync();
        door.Script = async (_, context) =>
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(body);
            return true;
        };
        return door;
    }
}
