namespace AkkaKv.Protocol;

/// <summary>A claim to rows of one persistent actor's log, greater than every claim that its holder had seen.</summary>
/// <param name="Generation">One more than the greatest seen.</param>
/// <param name="Writer">Random, new for every claim, so that no two claims are the same.</param>
internal readonly record struct LogClaim(ulong Generation, Guid Writer) : IComparable<LogClaim>
{
    /// <summary>Less than every claim.</summary>
    public static LogClaim None => default;

    /// <inheritdoc/>
    public int CompareTo(LogClaim other)
    {
        var byGeneration = Generation.CompareTo(other.Generation);
        return byGeneration != 0
            ? byGeneration
            : Writer.ToByteArray(bigEndian: true).AsSpan().SequenceCompareTo(other.Writer.ToByteArray(bigEndian: true));
    }

    /// <summary>True if the left claim is the greater one.</summary>
    public static bool operator >(LogClaim left, LogClaim right) => left.CompareTo(right) > 0;

    /// <summary>True if the left claim is the lesser one.</summary>
    public static bool operator <(LogClaim left, LogClaim right) => left.CompareTo(right) < 0;
}
