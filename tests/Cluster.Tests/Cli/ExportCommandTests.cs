using System.Text;

namespace AkkaKv.Cli.Tests;

public sealed class ExportCommandTests : IDisposable
{
    private const string Cart = """{"key":"cart","siblings":[{"deleted":true,"version":"[n1,3]"},{"value":"b","version":"[n2,1]"}]}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Export_should_page_through_every_key()
    {
        await using var door = await FakeDoor.OpenAsync();
        for (var index = 0; index < 25; index++)
            door.Store.Put(Encoding.UTF8.GetBytes($"k{index}"), "v"u8.ToArray());

        var run = await RunAsync([door], "--page", "10");

        Assert.Equal(25, run.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
        Assert.Equal(["?limit=10", "?limit=10&cursor=c10", "?limit=10&cursor=c20"], door.Seen.Select(seen => seen.Query));
    }

    [Fact]
    public async Task Export_should_give_back_an_imported_file_byte_for_byte()
    {
        await using var door = await FakeDoor.OpenAsync();
        byte[] bytes = [.. Encoding.UTF8.GetBytes("0041;A;Lu;é\r\n0042;\n"), 0x00, 0xfe, (byte)';', 0xff, 0x00, (byte)'\n'];
        var file = _folder.Write("in.txt", bytes);

        await CliRun.Of("import", file, "--separator", ";", "--server", door.Address.ToString());
        var run = await RunAsync([door], _folder["out.txt"], "--separator", ";", "--sort");

        Assert.Equal((ExitCode.Success, $"3 records in {_folder["out.txt"]}\n"), (run.ExitCode, run.Text));
        byte[] sorted = [.. bytes[^6..], .. bytes[..^6]];
        Assert.Equal(sorted, await File.ReadAllBytesAsync(_folder["out.txt"]));
    }

    [Fact]
    public async Task Export_should_be_what_import_takes()
    {
        await using var door = await FakeDoor.OpenAsync();
        await using var other = await FakeDoor.OpenAsync();
        door.Store.Put([0xff, 0], [1, 0xfe], "image/x");
        door.Store.Put("ü\n"u8.ToArray(), "\"\\\t"u8.ToArray(), "text/plain");

        await RunAsync([door], _folder["all"]);
        await CliRun.Of("import", _folder["all"], "--server", other.Address.ToString());

        Assert.Equal(door.Store.ByHexKey, other.Store.ByHexKey);
        Assert.Equal("text/plain", other.Store.ContentTypeOf("ü\n"));
    }

    [Fact]
    public async Task Export_should_sort_by_the_bytes_of_the_key()
    {
        await using var door = await FakeDoor.OpenAsync();
        const string A = """{"key":"a","value":"","version":"v"}""";
        const string B = """{"key":"b","value":"","version":"v"}""";
        const string Ff = """{"key64":"/w==","value":"","version":"v"}""";
        door.Store.ExtraRows.AddRange([B, Ff, A]);

        var run = await RunAsync([door], "--sort");

        Assert.Equal($"{A}\n{B}\n{Ff}\n", run.Text);
    }

    [Fact]
    public async Task Export_should_ask_another_server_for_a_page_that_breaks_off()
    {
        var store = new FakeStore();
        await using var breaks = await FakeDoor.OpenAsync(store);
        await using var whole = await FakeDoor.OpenAsync(store);
        for (var index = 0; index < 30; index++)
            store.Put(Encoding.UTF8.GetBytes($"k{index}"), "v"u8.ToArray());
        breaks.Script = async (_, context) =>
        {
            await context.Response.Body.WriteAsync("{\"key\":\"half\",\"value\":\"v\"}\n"u8.ToArray());
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };

        var run = await RunAsync([breaks, whole], "--page", "10", "--format", "tsv");

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(
            Enumerable.Range(0, 30).Select(index => $"k{index}\tv").Order(StringComparer.Ordinal),
            run.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Export_should_write_all_siblings_as_json_or_the_first_that_is_no_delete()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.Store.ExtraRows.Add(Cart);

        Assert.Equal(Cart + "\n", (await RunAsync([door])).Text);
        Assert.Equal("cart\tb\n", (await RunAsync([door], "--format", "tsv", "--siblings", "first")).Text);
        Assert.Equal("""{"key":"cart","value":"b","version":"[n2,1]"}""" + "\n", (await RunAsync([door], "--siblings", "first")).Text);
    }

    [Theory]
    [InlineData(Cart, "'cart' has siblings", 6)]
    [InlineData("""{"key":"a\tb","value":"v","version":"v"}""", "'a\\tb' contains the separator", 1)]
    [InlineData("""{"key":"a","value":"v\nw","version":"v"}""", "'a' has a value with a line feed", 1)]
    public async Task Export_should_name_a_key_that_no_plain_line_can_hold_and_keep_the_old_file(string row, string reason, int exitCode)
    {
        await using var door = await FakeDoor.OpenAsync();
        door.Store.ExtraRows.Add(row);
        var file = _folder.Write("out", "before");

        var run = await RunAsync([door], file, "--format", "tsv");

        Assert.Equal((ExitCode)exitCode, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Equal("before", await File.ReadAllTextAsync(file));
        Assert.Equal(file, Assert.Single(Directory.GetFiles(_folder.Path)));
    }

    [Fact]
    public async Task Export_should_replace_the_file_and_count_for_programs()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.Store.Put("k"u8.ToArray(), "v"u8.ToArray());
        var file = _folder.Write("out", "before, and longer than what comes");

        var run = await RunAsync([door], file, "--format", "tsv", "--json");

        Assert.Equal(1, run.Json.GetProperty("records").GetInt32());
        Assert.Equal("k\tv\n", await File.ReadAllTextAsync(file));
    }

    private static Task<CliRun> RunAsync(FakeDoor[] doors, params string[] args) =>
        CliRun.Of(["export", .. args, .. doors.SelectMany(door => new[] { "--server", door.Address.ToString() })]);
}
