using System.Globalization;
using System.Net;
using System.Text.Json;

namespace AkkaKv.Node.Tests;

/// <summary>Scans see every key of a cluster, so these have one of their own.</summary>
public sealed class HttpScanTests : IAsyncLifetime
{
    private const int Keys = 300;

    private TestCluster? _cluster;

    private KvHttp Http => _cluster!.Http;

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        await Parallel.ForAsync(0, Keys, async (key, _) => await Http.PutAsync($"/kv/key-{key}?value=value-{key}"));
    }

    public async Task DisposeAsync() => await _cluster!.DisposeAsync();

    [Fact]
    public async Task Scan_should_give_every_key_once_with_any_limit_and_from_any_node()
    {
        var expected = Enumerable.Range(0, Keys).Select(key => $"key-{key}=value-{key}").Order().ToList();
        foreach (var (node, limit) in new[] { (0, 1000), (1, 7), (2, 1) })
        {
            var rows = await ScanAsync(_cluster![node].Http, limit);
            Assert.Equal(expected, rows.Select(row => $"{row.GetProperty("key")}={row.GetProperty("value")}").Order());
            Assert.All(rows, row => Assert.Matches(@"^\[n[123],1\]$", row.GetProperty("version").GetString()!));
        }
    }

    [Fact]
    public async Task Scan_should_show_rows_as_a_get_does_and_leave_deleted_keys_out()
    {
        await Http.PutAsync("/kv/typed", "text", ("Content-Type", "text/plain"));
        await Http.PutAsync("/kv?key=%00%FF", [0xFF]);
        await Http.PutAsync("/kv/gone", "x");
        await Http.DeleteAsync("/kv/gone");
        var seen = await Http.PutAsync("/kv/siblings", "x");
        foreach (var value in new[] { "a", "b" }) await Http.PutAsync("/kv/siblings", value, ("X-AkkaKv-Context", seen.Context));

        var rows = (await ScanAsync(Http, 100)).ToDictionary(
            row => row.TryGetProperty("key", out var key) ? key.GetString()! : "64:" + row.GetProperty("key64").GetString());

        Assert.Equal(Keys + 3, rows.Count);
        Assert.Equal("text/plain", rows["typed"].GetProperty("contentType").GetString());
        Assert.Equal("/w==", rows["64:AP8="].GetProperty("value64").GetString());
        var siblings = rows["siblings"].GetProperty("siblings").EnumerateArray();
        Assert.Equal(["a", "b"], siblings.Select(one => one.GetProperty("value").GetString()!).Order());
    }

    [Fact]
    public async Task Key_that_stays_should_be_in_exactly_one_page_while_others_come_and_go()
    {
        var writing = Task.Run(async () =>
        {
            for (var key = 0; key < 200; key++)
            {
                await Http.PutAsync($"/kv/passing-{key}", "x");
                await Http.DeleteAsync($"/kv/passing-{key}");
            }
        });

        var rows = await ScanAsync(_cluster![1].Http, 5);
        var stayed = rows.Select(row => row.GetProperty("key").GetString()!).Where(key => key.StartsWith("key-", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(0, Keys).Select(key => $"key-{key}").Order(), stayed.Order());
        await writing;
    }

    [Fact]
    public async Task Page_should_be_json_lines_with_at_most_limit_rows()
    {
        var page = await Http.GetAsync("/kv?limit=2");

        Assert.Equal((HttpStatusCode.OK, "application/x-ndjson"), (page.Status, page.Header("Content-Type")));
        Assert.InRange(Lines(page).Count, 0, 2);
        Assert.NotNull(page.Header("X-AkkaKv-Cursor"));
    }

    private static async Task<List<JsonElement>> ScanAsync(KvHttp http, int limit)
    {
        var rows = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var target = string.Create(CultureInfo.InvariantCulture, $"/kv?limit={limit}");
            var page = await http.GetAsync(cursor is null ? target : $"{target}&cursor={cursor}");
            Assert.Equal(HttpStatusCode.OK, page.Status);
            var lines = Lines(page);
            Assert.InRange(lines.Count, 0, limit);
            rows.AddRange(lines);
            cursor = page.Header("X-AkkaKv-Cursor");
        }
        while (cursor is not null);

        return rows;
    }

    private static List<JsonElement> Lines(KvResponse page) =>
        [.. page.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
}
