namespace AkkaKv.Testing;

/// <summary>
/// Whether a figure that was taken once a window stayed where it was: the median of the last third of the windows by that of the first.
/// Medians, so that one odd window says nothing; thirds, so that a slow leak has room to show.
/// </summary>
/// <param name="First">Median of the first third.</param>
/// <param name="Last">Median of the last third.</param>
public sealed record Trend(double First, double Last)
{
    /// <summary>Fewer windows than this have no thirds.</summary>
    public const int FewestWindows = 3;

    /// <summary>Share by which the last third may differ from the first and still count as the same.</summary>
    public const double Tolerance = 0.1;

    /// <summary>Last by first; 1 if both are 0, infinite if only the first is.</summary>
    public double Slope => First == Last ? 1 : Last / First;

    /// <summary>"flat", "grows" or "falls".</summary>
    public string Verdict => Slope > 1 + Tolerance ? "grows" : Slope < 1 - Tolerance ? "falls" : "flat";

    /// <summary>The trend of a figure, or null of fewer than <see cref="FewestWindows"/>. None may be negative.</summary>
    public static Trend? Of(IReadOnlyList<double> windows)
    {
        if (windows.Count < FewestWindows)
            return null;

        var third = windows.Count / 3;
        return new Trend(Median(windows.Take(third)), Median(windows.TakeLast(third)));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
