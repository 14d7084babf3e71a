using Microsoft.AspNetCore.Http;

namespace AkkaKv.Cli.Tests;

public sealed class RepairCommandTests
{
    private const string Jobs =
        """
        {"partitions":256,"running":1,"paused":0,"unreachable":0,"jobs":[
          {"partition":6,"state":"idle","hintedRanges":[],"lastFullRoundAt":"2026-01-24T12:00:01.000Z","history":[]},
          {"partition":7,"state":"comparing","waitingFor":"n1","round":{"number":4,"kind":"full"},"pass":1,"left":["n2 - n3"],
           "hintedRanges":[],"lastFullRoundAt":"2026-01-24T12:00:01.000Z","history":[]}]}
        """;

    [Fact]
    public async Task Repair_should_show_the_jobs_that_are_at_it()
    {
        await using var door = await DoorAsync(200, Jobs);

        var run = await CliRun.Of("repair", "--server", door.Address.ToString());

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(
            """
            2 of 256 partitions: 1 comparing, 1 idle, 0 paused, 0 unreachable
            ╭───────────┬───────────┬───────────────────┬─────────┬───────────╮
            │ Partition │ State     │ Last full round   │ Left    │ Waits for │
            ├───────────┼───────────┼───────────────────┼─────────┼───────────┤
            │         7 │ comparing │ 2026-01-24 12:00Z │ n2 - n3 │ n1        │
            ╰───────────┴───────────┴───────────────────┴─────────┴───────────╯

            """,
            run.Text);
    }

    [Theory]
    [InlineData("GET /cluster/repair", "repair")]
    [InlineData("GET /cluster/repair?partition=7", "repair", "show", "--partition", "7")]
    [InlineData("POST /cluster/repair:pause", "repair", "pause")]
    [InlineData("POST /cluster/repair:start?partition=0", "repair", "start", "-p", "0")]
    public async Task Repair_should_ask_for_what_it_is_told(string expected, params string[] args)
    {
        var asked = "";
        await using var door = await DoorAsync(200, Jobs, http => asked = $"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}");

        var run = await CliRun.Of([.. args, "--json", "--server", door.Address.ToString()]);

        Assert.Equal(expected, asked);
        Assert.Equal(256, run.Json.GetProperty("partitions").GetInt32());
    }

    [Fact]
    public async Task Repair_should_show_what_it_knows_where_jobs_cannot_be_reached()
    {
        await using var door = await DoorAsync(
            503, """{"partitions":8,"running":0,"paused":0,"unreachable":1,"jobs":[{"partition":0,"state":"unreachable"}]}""");

        var run = await CliRun.Of("repair", "--server", door.Address.ToString());

        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        Assert.Contains("1 unreachable", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repair_should_say_why_there_are_no_jobs()
    {
        await using var door = await DoorAsync(400, """{"error":"BadRequest","message":"There are no repair jobs."}""");

        var run = await CliRun.Of("repair", "--server", door.Address.ToString());

        Assert.NotEqual(ExitCode.Success, run.ExitCode);
        Assert.Contains("There are no repair jobs.", run.Error, StringComparison.Ordinal);
    }

    private static async Task<FakeDoor> DoorAsync(int status, string body, Action<HttpContext>? see = null)
    {
        var door = await FakeDoor.OpenAsync();
        door.Script = async (_, context) =>
        {
            see?.Invoke(context);
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(body);
            return true;
        };
        return door;
    }
}
