namespace AkkaKv.Benchmarks;

/// <summary>A stretch of open load at one rate, and what became of it.</summary>
/// <param name="Name">As the table names it.</param>
/// <param name="Window">How its requests ended.</param>
/// <param name="Used">What was used meanwhile, and how long it took.</param>
/// <param name="Skipped">Requests that fell due and were not offered, because the driver had no time.</param>
/// <param name="MostMemoryBytes">Resident memory of all nodes together, the most that was seen.</param>
internal sealed record LoadStep(string Name, OfferWindow Window, Usage Used, long Skipped, long MostMemoryBytes)
{
    private double Seconds => Used.At / 1e9;

    /// <summary>Null if nothing failed but by refusal or timeout.</summary>
    public string? Failures => Window.Failures.Count == 0
        ? null
        : string.Join(", ", Window.Failures.OrderByDescending(kind => kind.Value).Select(kind => FormattableString.Invariant($"{kind.Key} {kind.Value:N0}")));

    /// <param name="peakPerSecond">What the nodes carry at most.</param>
    public IEnumerable<Figure> FiguresOf(double peakPerSecond)
    {
        yield return Rate("offered", Window.Sent, isMoreBetter: true);
        yield return Rate("not offered, driver at its limits", Window.Unsent + Skipped, isMoreBetter: false);
        yield return Rate("goodput", Window.Good, isMoreBetter: true);
        yield return new Figure($"{Name}: goodput by peak", 100 * Window.Good / Seconds / peakPerSecond, "%", true);
        yield return Rate("refused", Window.Refused, isMoreBetter: false);
        if (Window.Refused > 0)
            yield return new Figure($"{Name}: refused, p99", Window.RefusalLatencies.Percentile(0.99), "ms", false);
        yield return Rate("timed out", Window.TimedOut, isMoreBetter: false);
        yield return Rate("timed out, answered too late", Window.Late, isMoreBetter: false);
        yield return Rate("other failures", Window.Failed, isMoreBetter: false);
        if (Window.Good > 0)
        {
            yield return new Figure($"{Name}: good, p50", Window.GoodLatencies.Percentile(0.5), "ms", false);
            yield return new Figure($"{Name}: good, p99", Window.GoodLatencies.Percentile(0.99), "ms", false);
        }

        yield return new Figure($"{Name}: servers' memory, most", MostMemoryBytes / 1e6, "MB", false);
        yield return new Figure($"{Name}: servers' CPU", Used.ServerCpuSeconds / Seconds, "cores", false);
        yield return new Figure($"{Name}: client CPU", Used.ClientCpuSeconds / Seconds, "cores", false);
    }

    private Figure Rate(string what, long count, bool isMoreBetter) => new($"{Name}: {what}", count / Seconds, "ops/s", isMoreBetter);
}
