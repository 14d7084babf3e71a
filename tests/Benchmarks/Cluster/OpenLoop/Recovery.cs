namespace AkkaKv.Benchmarks;

/// <summary>When a system is back to normal.</summary>
internal static class Recovery
{
    /// <summary>One good second may be chance.</summary>
    public const int SecondsInARow = 3;

    /// <summary>How many seconds it took.</summary>
    /// <param name="p99s">Of each second since then, in milliseconds; infinite where too few had a good answer.</param>
    /// <param name="limit">Up to this it is normal.</param>
    /// <returns>
    /// Seconds before the first of <see cref="SecondsInARow"/> that are all normal: 0 if it never was anything else. Null while there are none.
    /// </returns>
    public static int? SecondsUntilNormal(IReadOnlyList<double> p99s, double limit)
    {
        var inARow = 0;
        for (var second = 0; second < p99s.Count; second++)
        {
            inARow = p99s[second] <= limit ? inARow + 1 : 0;
            if (inARow == SecondsInARow)
                return second + 1 - SecondsInARow;
        }

        return null;
    }
}
