using System.Globalization;
using System.Net;
using System.Text.Json;

namespace AkkaKv.Cluster.Tests;

/// <summary>Real processes: a node that missed writes gets them by comparing trees, although no client reads.</summary>
public class RepairTests
{
    private const int Keys = 300;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Node_that_was_down_should_have_what_it_missed_without_any_read()
    {
        await using var cluster = await ProcessCluster.StartAsync("akkakv.repair.interval = 5s");
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        await cluster.KillAsync(2);
        for (var key = 0; key < Keys; key++)
        {
            using var answer = await http.PutAsync(cluster.HttpOf(0, $"/kv/key-{key}"), new StringContent($"value-{key}"));
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        }

        await cluster.StartAsync(2);
        await UntilEqualAsync(cluster, http);

        // With the others gone nobody else can answer for it.
        await cluster.KillAsync(0, 1);
        for (var key = 0; key < Keys; key++)
        {
            using var answer = await http.GetAsync(cluster.HttpOf(2, $"/kv/key-{key}?r=1"));
            Assert.True(answer.IsSuccessStatusCode, $"key-{key}: {answer.StatusCode}");
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal($"value-{key}", body.RootElement.GetProperty("value").GetString());
        }
    }

    /// <summary>Waits until a whole round of comparisons, each begun after this, has found nothing at any node.</summary>
    private static async Task UntilEqualAsync(ProcessCluster cluster, HttpClient http)
    {
        var since = DateTimeOffset.UtcNow;
        using var timeout = new CancellationTokenSource(Limit);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        var missing = "";
        while (await look.WaitForNextTickAsync(CancellationToken.None) && !timeout.IsCancellationRequested)
        {
            var open = new List<string>();
            for (var node = 0; node < 3; node++)
            {
                using var status = JsonDocument.Parse(await http.GetStringAsync(cluster.HttpOf(node, "/cluster/exchanges"), CancellationToken.None));
                var partitions = status.RootElement.GetProperty("partitions").EnumerateArray().ToList();
                Assert.Equal(256, partitions.Count);
                open.AddRange(partitions.Where(partition => !IsEqualSince(partition, since)).Select(partition => partition.ToString()));
            }

            if (open.Count == 0) return;
            missing = string.Create(CultureInfo.InvariantCulture, $"{open.Count} partitions, such as {open[0]}");
        }

        Assert.Fail($"After {Limit} these were not compared and found equal: {missing}");
    }

    private static bool IsEqualSince(JsonElement partition, DateTimeOffset since) =>
        partition.TryGetProperty("lastWholeAt", out var at) && at.GetDateTimeOffset() > since
        && partition.GetProperty("outcome").GetString() == "equal";
}
