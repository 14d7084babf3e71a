using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Cli.Tests;

public sealed class ImportCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Import_should_write_every_record_of_a_plain_file_byte_for_byte()
    {
        await using var door = await FakeDoor.OpenAsync();
        // Latin-1 stands for the bytes of the file, of which some are no UTF-8.
        var file = _folder.Write("f.txt", Encoding.Latin1.GetBytes("k1\tv1\r\n\n\u00ff\t\u00fe\0\nlast\ta\tb"));

        var run = await RunAsync([door], file);

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.StartsWith("3 records acknowledged, 0 failed", run.Text, StringComparison.Ordinal);
        Assert.Equal("v1\r"u8.ToArray(), door.Store["k1"]);
        Assert.Equal("a\tb"u8.ToArray(), door.Store["last"]);
        Assert.Equal([0xfe, 0x00], door.Store.ByHexKey["FF"]);
        Assert.False(File.Exists(file + ImportState.Extension));
    }

    [Fact]
    public async Task Import_should_read_json_lines_with_their_content_type()
    {
        await using var door = await FakeDoor.OpenAsync();
        var file = _folder.Write("f.json", """
            {"key":"a","value":"ü","contentType":"text/x-test"}
            {"key64":"AP8=","value64":"AA=="}
            """);

        var run = await RunAsync([door], file, "--json");

        Assert.Equal((2, 0, 2), (Number(run, "acknowledged"), Number(run, "failed"), Number(run, "linesDone")));
        Assert.Equal("text/x-test", door.Store.ContentTypeOf("a"));
        Assert.Equal([0], door.Store.ByHexKey["00FF"]);
    }

    [Fact]
    public async Task Import_should_keep_expiries_and_not_bring_back_what_has_expired()
    {
        await using var door = await FakeDoor.OpenAsync();
        var later = DateTimeOffset.UtcNow.AddHours(1).ToString("O", CultureInfo.InvariantCulture);
        var file = _folder.Write("f.json", $$"""
            {"key":"gone","value":"x","expiresAt":"2020-01-01T00:00:00.000Z"}
            {"key":"lives","value":"x","expiresAt":"{{later}}","ttl":3600}
            {"key":"wrong","value":"x","expiresAt":"soon"}
            """);

        var run = await RunAsync([door], file, "--json");

        Assert.Equal((1, 1), (Number(run, "acknowledged"), Number(run, "failed")));
        Assert.InRange(decimal.Parse(door.Seen.Single().Parameter("ttl")!, CultureInfo.InvariantCulture), 3000, 3600);
    }

    [Fact]
    public async Task Import_should_do_nothing_with_an_empty_file()
    {
        await using var door = await FakeDoor.OpenAsync();

        var run = await RunAsync([door], _folder.Write("empty", ""));

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Empty(door.Seen);
    }

    [Fact]
    public async Task Import_should_read_standard_input()
    {
        await using var door = await FakeDoor.OpenAsync();

        var input = new CliRun.Setting { Input = "a=1\n"u8.ToArray() };
        var run = await CliRun.In(input, "import", "-", "--separator", "=", "--server", door.Address.ToString());

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal("1"u8.ToArray(), door.Store["a"]);
    }

    [Fact]
    public async Task Import_should_name_file_and_line_of_what_it_cannot_read_and_write_the_rest()
    {
        await using var door = await FakeDoor.OpenAsync();
        var file = _folder.Write("f.txt", "a\t1\nbad\nb\t2\n");

        var run = await RunAsync([door], file);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains($"{file}:2: there is no separator", run.Error, StringComparison.Ordinal);
        Assert.Contains("--resume", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, door.Store.Count);
        Assert.Equal("""{"lines":1,"bytes":4}""", await File.ReadAllTextAsync(file + ImportState.Extension));
    }

    [Fact]
    public async Task Import_should_list_no_more_failures_than_fit_on_a_screen()
    {
        await using var door = await FakeDoor.OpenAsync();
        var file = _folder.Write("f.txt", string.Concat(Enumerable.Repeat("bad\n", 50)));

        var run = await RunAsync([door], file);

        Assert.Equal(FailedRecords.ShownLimit, run.Error.Split('\n').Count(line => line.StartsWith(file, StringComparison.Ordinal)));
        Assert.Contains("and 30 more", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_should_fail_a_record_that_is_refused_and_none_else()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.Script = async (seen, context) =>
        {
            if (Encoding.UTF8.GetString(seen.Key!) != "big")
                return false;
            await FakeDoor.Answer(413, "ValueTooLarge")(context);
            return true;
        };

        var run = await RunAsync([door], _folder.Write("f.txt", "a\t1\nbig\t2\nb\t3\n"));

        Assert.Equal((ExitCode.Failed, 2), (run.ExitCode, door.Store.Count));
        Assert.Contains("f.txt:2: ValueTooLarge says the server.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_should_lose_no_record_when_servers_fail_in_every_way()
    {
        var store = new FakeStore();
        await using var dies = await FakeDoor.OpenAsync(store);
        await using var drops = await FakeDoor.OpenAsync(store);
        await using var busy = await FakeDoor.OpenAsync(store);
        var died = 0;
        dies.Script = async (seen, context) =>
        {
            // Takes 20 requests, then is gone: the write may have been done, the answer never comes.
            if (Interlocked.Increment(ref died) <= 20)
                return false;
            if (died % 2 == 0)
                await store.AnswerAsync(seen, context.Response);
            context.Abort();
            return true;
        };
        drops.Script = Every(7, FakeDoor.Drop);
        busy.Script = Every(5, FakeDoor.Answer(503, "Timeout"));
        var lines = Enumerable.Range(0, 500).Select(index => $"key{index}\tvalue{index}\n").ToList();

        var run = await RunAsync([dies, drops, busy], _folder.Write("f.txt", string.Concat(lines)), "--parallel", "8");

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(500, store.Count);
        Assert.Equal(500, store.Writes.Count);
        Assert.All(lines.Index(), line => Assert.Equal($"value{line.Index}", Encoding.UTF8.GetString(store[$"key{line.Index}"]!)));
    }

    [Fact]
    public async Task Import_should_write_the_lines_of_one_key_in_their_order()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.Script = Every(11, FakeDoor.Answer(503, "Overloaded"));
        var lines = Enumerable.Range(0, 600).Select(index => $"key{index % 3}\t{index}\n");

        await RunAsync([door], _folder.Write("f.txt", string.Concat(lines)), "--parallel", "16");

        foreach (var writes in door.Store.Writes.GroupBy(write => write.Key))
        {
            var order = writes.Select(write => int.Parse(write.Value, CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(order.Order(), order);
        }
    }

    [Fact]
    public async Task Import_should_stop_reading_while_its_writer_waits()
    {
        const int InFlightQueuedAndInHand = 1 + 4 + 1;
        await using var door = await FakeDoor.OpenAsync();
        using var stop = new StopSignals();
        door.Script = async (_, _) =>
        {
            await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };
        await using var endless = new EndlessRecords(signalAt: InFlightQueuedAndInHand);
        using var client = new KvClient(new ServerSet([door.Address], TimeProvider.System), RetryPolicy.Default, TimeProvider.System);
        using var importer = new Importer(client, writers: 1, TimeSpan.FromMinutes(1), default);

        var import = importer.RunAsync(endless, RecordFormat.Plain("\t"), stop.Token);
        await endless.Signal;
        stop.Request();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => import);
        Assert.Equal(InFlightQueuedAndInHand, importer.LinesRead);
    }

    [Fact]
    public async Task Import_should_resume_where_all_lines_before_were_acknowledged()
    {
        await using var door = await FakeDoor.OpenAsync();
        using var stop = new StopSignals();
        var answered = 0;
        door.Script = (_, _) =>
        {
            if (Interlocked.Increment(ref answered) == 100)
                stop.Request();
            return Task.FromResult(false);
        };
        var lines = Enumerable.Range(0, 1000).Select(index => $"key{index}\tvalue{index}\n");
        var file = _folder.Write("f.txt", string.Concat(lines));

        var first = await CliRun.In(new() { Stop = stop }, "import", file, "--parallel", "4", "--server", door.Address.ToString());
        var done = new ImportState(file + ImportState.Extension).Load()!.Value.Lines;
        Assert.Equal(ExitCode.Interrupted, first.ExitCode);
        Assert.InRange(done, 1, 999);
        for (var line = 0; line < done; line++)
            Assert.NotNull(door.Store[$"key{line}"]);

        door.Seen.Clear();
        var second = await RunAsync([door], file, "--resume", "--json");
        Assert.Equal((ExitCode.Success, 1000 - done), (second.ExitCode, Number(second, "acknowledged")));
        Assert.Equal(1000 - done, door.Seen.Count);
        Assert.Equal(1000, door.Store.Count);
        Assert.False(File.Exists(file + ImportState.Extension));
    }

    [Fact]
    public async Task Import_should_resume_in_the_format_that_the_first_line_tells()
    {
        await using var door = await FakeDoor.OpenAsync();
        var file = _folder.Write("f.txt", "\na\t1\n{\t2\n");
        _folder.Write("f.txt" + ImportState.Extension, """{"lines":2,"bytes":5}""");

        var run = await RunAsync([door], file, "--resume");

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal([("{", "2")], door.Store.Writes);
    }

    [Fact]
    public async Task Import_should_not_resume_a_file_that_has_changed()
    {
        await using var door = await FakeDoor.OpenAsync();
        var file = _folder.Write("f.txt", "key\tvalue\n");
        var state = _folder.Write("elsewhere", """{"lines":3,"bytes":5}""");

        var run = await RunAsync([door], file, "--resume", "--state", state);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("has changed", run.Error, StringComparison.Ordinal);
        Assert.Empty(door.Seen);
    }

    [Fact]
    public async Task Import_should_stop_when_no_server_has_taken_any_record_for_so_long()
    {
        var time = new FakeTimeProvider();
        await using var door = await FakeDoor.OpenAsync();
        door.Script = async (seen, context) =>
        {
            if (Encoding.UTF8.GetString(seen.Key!) == "a")
                return false;
            time.Advance(TimeSpan.FromSeconds(1.5));
            await FakeDoor.Answer(503, "NotEnoughReplicas")(context);
            return true;
        };
        var file = _folder.Write("f.txt", "a\t1\n" + string.Concat(Enumerable.Range(0, 1000).Select(index => $"k{index}\t1\n")));

        var run = await CliRun.In(
            new() { Time = time }, "import", file, "--parallel", "1", "--timeout", "1s", "--server", door.Address.ToString());

        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        Assert.Contains("All of the first 1 lines are done", run.Error, StringComparison.Ordinal);
        Assert.Contains("akkakv: NotEnoughReplicas says the server.", run.Error, StringComparison.Ordinal);
        Assert.InRange(door.Seen.Count, 2, 3);
    }

    private static Func<SeenRequest, HttpContext, Task<bool>> Every(
        int count, Func<HttpContext, Task> fail)
    {
        var requests = 0;
        return async (_, context) =>
        {
            if (Interlocked.Increment(ref requests) % count != 0)
                return false;
            await fail(context);
            return true;
        };
    }

    private static Task<CliRun> RunAsync(FakeDoor[] doors, string file, params string[] args) =>
        CliRun.Of(["import", file, .. doors.SelectMany(door => new[] { "--server", door.Address.ToString() }), .. args]);

    private static long Number(CliRun run, string name) => run.Json.GetProperty(name).GetInt64();

    /// <summary>A file without an end, a line at each read.</summary>
    private sealed class EndlessRecords(int signalAt) : MemoryStream
    {
        private readonly TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _number;

        public Task Signal => _signal.Task;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (++_number == signalAt)
                _signal.SetResult();
            return ValueTask.FromResult(Encoding.UTF8.GetBytes($"key{_number}\tvalue\n", buffer.Span));
        }
    }
}
