using System.Globalization;
using System.Text.Json;
using Akka.Actor;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>How repair jobs stand, and orders to them, over HTTP (docs/http.md).</summary>
internal static class RepairEndpoints
{
    private const int DefaultLimit = 256;
    private const int AskedAtOnce = 32;

    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(3);

    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/cluster/repair", http => HandleAsync(http, RepairVerb.Show));
        routes.MapPost("/cluster/repair:start", http => HandleAsync(http, RepairVerb.Start));
        routes.MapPost("/cluster/repair:pause", http => HandleAsync(http, RepairVerb.Pause));
        routes.MapPost("/cluster/repair:resume", http => HandleAsync(http, RepairVerb.Resume));
    }

    private static Task HandleAsync(HttpContext http, RepairVerb verb) => HttpDoor.GuardAsync(http, async () =>
    {
        var node = http.RequestServices.GetRequiredService<NodeState>();
        if (!node.Settings.RepairJobs.IsEnabled) throw new BadHttpInput("There are no repair jobs: akkakv.repair-jobs.enabled is off.");
        if (node.Ring is not { } ring || node.RepairJobs is not { } region)
        {
            await HttpDoor.FailAsync(http, new NotReady($"it waits for {node.WaitingFor}")).ConfigureAwait(false);
            return;
        }

        var (first, count) = Range(http.Request.Query, ring.Document.Partitions.Length, ofAll: verb != RepairVerb.Show);
        var answers = new RepairShown?[count];
        using var slots = new SemaphoreSlim(AskedAtOnce);
        await Task.WhenAll(Enumerable.Range(0, count).Select(async place =>
        {
            await slots.WaitAsync().ConfigureAwait(false);
            try
            {
                answers[place] = await region.Ask<RepairShown>(new RepairOrder(first + place, verb), AskLimit).ConfigureAwait(false);
            }
            catch (AskTimeoutException)
            {
                // Its place stays empty: a job that nobody reaches now does not keep the others from being shown.
            }
            finally
            {
                slots.Release();
            }
        })).ConfigureAwait(false);
        var status = answers.Any(answer => answer is null) ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        await HttpDoor.JsonAsync(http, status, KvJson.Object(json => Write(json, ring, first, answers))).ConfigureAwait(false);
    });

    /// <summary>The partitions that a request is about: one, or a page of them, or where orders are given all.</summary>
    private static (int First, int Count) Range(IQueryCollection query, int partitions, bool ofAll)
    {
        if (Number(query, "partition", 0, partitions - 1) is { } one) return (one, 1);
        var first = Number(query, "from", 0, partitions - 1) ?? 0;
        var limit = Number(query, "limit", 1, 65_536) ?? (ofAll ? partitions : DefaultLimit);
        return (first, Math.Min(limit, partitions - first));
    }

    private static int? Number(IQueryCollection query, string name, int least, int most)
    {
        if (!query.TryGetValue(name, out var text)) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new BadHttpInput(string.Create(CultureInfo.InvariantCulture, $"'{name}' is '{text}'; it must be a number from {least} to {most}."));
    }

    private static void Write(Utf8JsonWriter json, Ring ring, int first, RepairShown?[] answers)
    {
        json.WriteNumber("partitions", ring.Document.Partitions.Length);
        json.WriteNumber("running", answers.Count(answer => answer?.Job is { IsPaused: false, Current: not null }));
        json.WriteNumber("paused", answers.Count(answer => answer?.Job.IsPaused == true));
        json.WriteNumber("unreachable", answers.Count(answer => answer is null));
        json.WriteStartArray("jobs");
        for (var place = 0; place < answers.Length; place++)
        {
            json.WriteStartObject();
            json.WriteNumber("partition", first + place);
            if (answers[place] is { } shown) Write(json, ring, shown);
            else json.WriteString("state", "unreachable");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Ring ring, RepairShown shown)
    {
        var job = shown.Job;
        json.WriteString("state", job.IsPaused ? "paused" : job.Current is null ? "idle" : "comparing");
        if (shown.WaitingFor.Length > 0) json.WriteString("waitingFor", shown.WaitingFor);
        if (job.IsRequested) json.WriteBoolean("requested", true);
        if (job.Current is { } current)
        {
            json.WritePropertyName("round");
            Write(json, current);
            json.WriteNumber("pass", job.Pass);
            Write(json, ring, "left", job.Left);
        }

        Write(json, ring, "hintedRanges", job.HintedRanges);
        if (job.LastFullRoundAt > 0) json.WriteString("lastFullRoundAt", KvJson.TimeOf(job.LastFullRoundAt));
        if (job.LastEqualRoundAt > 0) json.WriteString("lastEqualRoundAt", KvJson.TimeOf(job.LastEqualRoundAt));
        json.WriteStartArray("history");
        foreach (var round in job.History) Write(json, round);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, RepairRound round)
    {
        json.WriteStartObject();
        json.WriteNumber("number", round.Number);
        json.WriteString("kind", round.Kind == RepairRoundKind.Full ? "full" : "hinted-range");
        json.WriteString("startedAt", KvJson.TimeOf(round.StartedAt));
        if (round.EndedAt > 0)
        {
            json.WriteString("endedAt", KvJson.TimeOf(round.EndedAt));
            json.WriteString("outcome", round.Outcome switch
            {
                ExchangeOutcome.Equal => "equal",
                ExchangeOutcome.Mended => "mended",
                _ => "failed",
            });
        }

        json.WriteNumber("exchanges", round.Exchanges);
        json.WriteNumber("differences", round.Differences);
        json.WriteNumber("bytes", round.Bytes);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Ring ring, string name, IEnumerable<RepairPair> pairs)
    {
        json.WriteStartArray(name);
        foreach (var pair in pairs) json.WriteStringValue($"{ring.NameOf(pair.Source)} - {ring.NameOf(pair.Target)}");
        json.WriteEndArray();
    }
}
