using AkkaKv.Protocol;

namespace AkkaKv.Cluster.Tests;

/// <summary>Real processes, killed with -9: nothing that was acknowledged is lost, nothing is refused that W nodes can take.</summary>
public class KillTests
{
    private static readonly TimeSpan ImportLimit = TimeSpan.FromMinutes(5);

    /// <summary>Debian's package unicode-data: over 34,000 real records, keyed by code point.</summary>
    private const string UnicodeData = "/usr/share/unicode/UnicodeData.txt";

    [Fact]
    public async Task Import_should_lose_nothing_while_a_node_is_killed_and_again_when_all_are()
    {
        var lines = await File.ReadAllLinesAsync(UnicodeData);
        Assert.True(lines.Length > 34_000, $"{UnicodeData} has {lines.Length} lines");
        await using var cluster = await ProcessCluster.StartAsync();

        await using var import = AkkaKvProcess.Start(
            ["import", "-", "--format", "tsv", "--separator", ";", .. cluster.ServerOptions]);
        await FeedAsync(import, lines[..(lines.Length / 2)]);
        // The import takes a line only when it has room, so about half of them are acknowledged now, and some are under way.
        await cluster.KillAsync(1);
        await FeedAsync(import, lines[(lines.Length / 2)..(lines.Length * 3 / 4)]);
        await cluster.StartAsync(1);
        await FeedAsync(import, lines[(lines.Length * 3 / 4)..]);
        import.Input.Close();
        var exitCode = await import.WaitForExitAsync(ImportLimit);
        Assert.True(exitCode == 0, import.Log);
        Assert.Contains(" 0 failed", import.Log, StringComparison.Ordinal);

        var expected = lines.Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(expected, await ExportAsync(cluster, "first"));

        await cluster.KillAsync(0, 1, 2);
        await cluster.StartAsync(2, 0, 1);
        Assert.Equal(expected, await ExportAsync(cluster, "second"));
    }

    [Fact]
    public async Task Client_should_not_notice_that_its_node_is_killed()
    {
        await using var cluster = await ProcessCluster.StartAsync();
        await using var client = AkkaKvClient.Connect(cluster.Contacts, new AkkaKvClientOptions { Timeout = TimeSpan.FromSeconds(30) });
        var large = new byte[1024 * 1024];
        new Random(1).NextBytes(large);
        await client.PutAsync("large"u8.ToArray(), large);

        for (var i = 0; i < 200; i++)
        {
            if (i == 100) await cluster.KillAsync(0);
            await client.PutAsync($"key-{i}", $"value-{i}");
        }

        for (var i = 0; i < 200; i++)
        {
            var found = await client.GetAsync($"key-{i}");
            Assert.Equal($"value-{i}", System.Text.Encoding.UTF8.GetString(found!.Value.Span));
        }

        Assert.True((await client.GetAsync("large"))!.Value.Span.SequenceEqual(large));
        Assert.Null(await client.GetAsync("never written"));
    }

    private static async Task FeedAsync(AkkaKvProcess import, IEnumerable<string> lines)
    {
        foreach (var chunk in lines.Chunk(500))
            await import.Input.WriteAsync(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', chunk) + '\n'));
        await import.Input.FlushAsync();
    }

    private static async Task<string[]> ExportAsync(ProcessCluster cluster, string name)
    {
        var file = cluster.PathOf(name);
        await using var export = AkkaKvProcess.Start(
            ["export", file, "--format", "tsv", "--separator", ";", "--sort", .. cluster.ServerOptions]);
        var exitCode = await export.WaitForExitAsync(ImportLimit);
        Assert.True(exitCode == 0, export.Log);
        var lines = await File.ReadAllLinesAsync(file);
        return [.. lines.Order(StringComparer.Ordinal)];
    }
}
