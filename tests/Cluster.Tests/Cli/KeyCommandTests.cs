using System.Globalization;
using System.Text;

namespace AkkaKv.Cli.Tests;

/// <summary>put, get and delete as a person and as a program meets them.</summary>
public sealed class KeyCommandTests
{
    [Fact]
    public async Task Put_should_write_what_get_prints()
    {
        await using var door = await FakeDoor.OpenAsync();

        var put = await CliRun.Of("put", "na me/ü", "@john", "--server", door.Address.ToString());
        var get = await CliRun.Of("get", "na me/ü", "--server", door.Address.ToString());

        Assert.Equal((ExitCode.Success, "OK  version [n1,1]\n"), (put.ExitCode, put.Text));
        Assert.Equal((ExitCode.Success, "@john\n"), (get.ExitCode, get.Text));
        Assert.Equal("text/plain; charset=utf-8", door.Store.ContentTypeOf("na me/ü"));
    }

    [Fact]
    public async Task Put_should_pass_quorum_conditions_and_context_on()
    {
        await using var door = await FakeDoor.OpenAsync();

        await RunAsync(door, "put", "k", "v", "--w", "all", "--if-version", "[n1,1]", "--if-match", "\"e1\"", "--context", "token");
        await RunAsync(door, "delete", "k", "-w", "2", "--if-absent");

        var (put, delete) = (door.Seen.First(), door.Seen.Last());
        Assert.Equal(("all", "%5Bn1%2C1%5D"), (put.Parameter("w"), put.Parameter("version")));
        Assert.Equal(("\"e1\"", "token"), (put.Headers["If-Match"], put.Headers["X-AkkaKv-Context"]));
        Assert.Equal(("DELETE", "2", "*"), (delete.Method, delete.Parameter("w"), delete.Headers["If-None-Match"]));
    }

    [Theory]
    [InlineData("90", "90")]
    [InlineData("1500ms", "1.5")]
    [InlineData("12h", "43200")]
    [InlineData("30d", "2592000")]
    public async Task Put_should_pass_the_time_to_live_on_in_seconds(string typed, string seconds)
    {
        await using var door = await FakeDoor.OpenAsync();

        Assert.Equal(ExitCode.Success, (await RunAsync(door, "put", "k", "v", "--ttl", typed)).ExitCode);

        Assert.Equal(decimal.Parse(seconds, CultureInfo.InvariantCulture), decimal.Parse(door.Seen.Single().Parameter("ttl")!, CultureInfo.InvariantCulture));
        Assert.NotEqual(ExitCode.Success, (await RunAsync(door, "put", "k", "v", "--ttl", "36501d")).ExitCode);
    }

    [Fact]
    public async Task Put_should_take_bytes_from_a_file_or_from_standard_input()
    {
        using var folder = new TemporaryFolder();
        await using var door = await FakeDoor.OpenAsync();
        byte[] bytes = [0, 0xff, (byte)'\n'];

        await RunAsync(door, "put", "file", "--file", folder.Write("value", bytes));
        await CliRun.In(new() { Input = bytes }, "put", "input", "-", "--server", door.Address.ToString());
        await RunAsync(door, "put", "empty", "");
        await RunAsync(door, "put", "dash", "--", "-5");

        Assert.Equal(bytes, door.Store["file"]);
        Assert.Equal(bytes, door.Store["input"]);
        Assert.Empty(door.Store["empty"]!);
        Assert.Equal("-5"u8.ToArray(), door.Store["dash"]);
    }

    [Fact]
    public async Task Get_should_give_raw_bytes_and_show_other_bytes_than_text_as_base64()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.Store.Put([0, 1], [0xff, 0]);

        var raw = await RunAsync(door, "get", "AAE=", "--key64", "--raw");
        var shown = await RunAsync(door, "get", "AAE=", "--key64");

        Assert.Equal([0xff, 0], raw.Output);
        Assert.Equal("/wA=\n", shown.Text);
        Assert.Contains("--raw", shown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_should_print_json_with_what_a_dependent_write_needs()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.Store.Put("k"u8.ToArray(), "ü"u8.ToArray(), "text/plain");

        var run = await RunAsync(door, "get", "k", "--json");

        Assert.Equal(
            """{"key":"k","value":"ü","version":"[n1,1]","contentType":"text/plain","etag":"\"e2\"","context":"context-of-read"}"""
            + "\n",
            run.Text);
    }

    [Fact]
    public async Task Put_should_print_json()
    {
        await using var door = await FakeDoor.OpenAsync();

        var run = await RunAsync(door, "put", "k", "v", "--json");

        Assert.Equal("""{"ok":true,"version":"[n1,1]","etag":"\"e1\"","context":"context-of-write"}""" + "\n", run.Text);
    }

    [Fact]
    public async Task Get_should_show_all_siblings_with_their_versions()
    {
        await using var door = await FakeDoor.OpenAsync();
        const string Siblings =
            """{"key":"cart","siblings":[{"value":"a","version":"[n1,2],[n2,1]"},{"deleted":true,"version":"[n1,3]"}]}""";
        door.Script = async (_, context) =>
        {
            context.Response.StatusCode = 300;
            context.Response.Headers["X-AkkaKv-Context"] = "merge-me";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(Siblings));
            return true;
        };

        var people = await RunAsync(door, "get", "cart");
        var raw = await RunAsync(door, "get", "cart", "--raw");
        var json = await RunAsync(door, "get", "cart", "--json");

        Assert.Equal((ExitCode.Siblings, "[n1,2],[n2,1]  a\n[n1,3]         (deleted)\n"), (people.ExitCode, people.Text));
        Assert.Contains("--context merge-me", people.Error, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Siblings, ""), (raw.ExitCode, raw.Text));
        Assert.Equal(Siblings[..^1] + ",\"context\":\"merge-me\"}\n", json.Text);
    }

    [Theory]
    [InlineData(404, "NotFound", 3)]
    [InlineData(409, "VersionMismatch", 4)]
    [InlineData(412, "PreconditionFailed", 4)]
    [InlineData(413, "ValueTooLarge", 1)]
    [InlineData(400, "BadContext", 1)]
    public async Task Commands_should_turn_a_refusal_into_its_exit_code(int status, string error, int exitCode)
    {
        await using var door = await FakeDoor.OpenAsync();
        door.Script = async (_, context) =>
        {
            await FakeDoor.Answer(status, error)(context);
            return true;
        };

        var people = await RunAsync(door, "put", "k", "v");
        var program = await RunAsync(door, "put", "k", "v", "--json");

        Assert.Equal(((ExitCode)exitCode, "", $"akkakv: {error} says the server.\n"), (people.ExitCode, people.Text, people.Error));
        Assert.Equal($$"""{"error":"{{error}}","message":"{{error}} says the server.","exitCode":{{exitCode}}}""" + "\n", program.Error);
    }

    [Fact]
    public async Task A_refused_condition_should_warn_when_its_own_first_attempt_may_have_written()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.FailFirst(FakeDoor.Drop, FakeDoor.Answer(412, "PreconditionFailed"));

        var run = await RunAsync(door, "put", "k", "v", "--if-absent");

        Assert.Equal(ExitCode.ConditionFailed, run.ExitCode);
        Assert.Contains("read the key first", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_should_say_where_they_looked_when_no_server_answers()
    {
        var nobody = await FakeDoor.ClosedAsync();

        var run = await CliRun.In(WithServers(nobody.ToString()), "get", "k", "--timeout", "1ms");

        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        Assert.Contains(nobody.Authority + " (connection refused)", run.Error, StringComparison.Ordinal);
        Assert.Contains("akkakv dev", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_named_on_the_command_line_should_come_before_the_environment()
    {
        await using var named = await FakeDoor.OpenAsync();
        await using var other = await FakeDoor.OpenAsync();

        await CliRun.In(WithServers(other.Address.ToString()), "put", "k", "v", "-s", named.Address.Authority);
        await CliRun.In(WithServers($" ,{other.Address}, "), "put", "k", "v");

        Assert.Equal((1, 1), (named.Seen.Count, other.Seen.Count));
    }

    [Theory]
    [InlineData("get")]
    [InlineData("get", "")]
    [InlineData("get", "?", "--key64")]
    [InlineData("get", "k", "--raw", "--json")]
    [InlineData("put", "k")]
    [InlineData("put", "k", "v", "--file", "f")]
    [InlineData("put", "k", "v", "--w", "some")]
    [InlineData("put", "k", "v", "--timeout", "soon")]
    [InlineData("put", "k", "v", "--server", "ftp://x")]
    [InlineData("put", "k", "--file", "/nowhere/at/all")]
    [InlineData("import", "/nowhere/at/all")]
    [InlineData("import", "f", "--parallel", "none")]
    [InlineData("import", "f", "--format", "json", "--separator", ";")]
    [InlineData("import", "-", "--resume")]
    [InlineData("export", "--siblings", "some")]
    [InlineData("export", "--page", "0")]
    [InlineData("node")]
    [InlineData("node", "--config", "/nowhere/at/all")]
    [InlineData("node", "--config", "f", "--set", "nothing")]
    [InlineData("dev", "--nodes", "0")]
    [InlineData("dev", "--http-port", "65535")]
    [InlineData("dev", "--http-port", "4054")]
    [InlineData("fetch")]
    public async Task A_wrong_command_line_should_end_with_usage_and_a_word_about_it(params string[] args)
    {
        var run = await CliRun.Of(args);

        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Text));
        Assert.InRange(run.Error.Split('\n').Length, 2, 3);
    }

    [Fact]
    public async Task Help_should_list_every_exit_code()
    {
        var help = await CliRun.Of("--help");
        var nothing = await CliRun.Of();

        Assert.Equal(ExitCode.Success, help.ExitCode);
        Assert.Equal(help.Text, nothing.Text);
        Assert.All(Enum.GetValues<ExitCode>(), code => Assert.Matches($@"\n +{(int)code}  \w", help.Text));
    }

    private static CliRun.Setting WithServers(string servers) => new() { Environment = { [ServerSet.EnvironmentVariable] = servers } };

    private static Task<CliRun> RunAsync(FakeDoor door, params string[] args)
    {
        string[] server = ["--server", door.Address.ToString()];
        var dashes = Array.IndexOf(args, "--");
        return CliRun.Of(dashes < 0 ? [.. args, .. server] : [.. args[..dashes], .. server, .. args[dashes..]]);
    }
}
