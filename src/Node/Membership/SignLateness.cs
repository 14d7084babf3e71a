using System.Numerics;

namespace AkkaKv.Node;

/// <summary>
/// By how much signs of life came late since the node was started: sender, network and receiver together. Counts in steps of an eighth of a
/// power of two, so figures are right to an eighth. Any thread.
/// </summary>
internal sealed class SignLateness
{
    private const int StepBits = 3;
    private const int Steps = 1 << StepBits;

    private readonly long[] _counts = new long[64 << StepBits];
    private long _count;
    private long _longest;

    /// <summary>Signs that were counted.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>The longest, in milliseconds.</summary>
    public long LongestMilliseconds => Interlocked.Read(ref _longest);

    /// <summary>99 of 100 were not later than this, in milliseconds; 0 before the first.</summary>
    public long P99Milliseconds
    {
        get
        {
            var above = Count / 100;
            for (var place = _counts.Length - 1; place >= 0; place--)
            {
                above -= Interlocked.Read(ref _counts[place]);
                if (above < 0) return Math.Min(Highest(place), LongestMilliseconds);
            }

            return 0;
        }
    }

    /// <summary>A sign came so many milliseconds late.</summary>
    public void Add(long milliseconds)
    {
        Interlocked.Increment(ref _counts[PlaceOf(milliseconds)]);
        Interlocked.Increment(ref _count);
        var longest = LongestMilliseconds;
        while (milliseconds > longest)
        {
            var seen = Interlocked.CompareExchange(ref _longest, milliseconds, longest);
            if (seen == longest) break;
            longest = seen;
        }
    }

    private static int PlaceOf(long milliseconds)
    {
        if (milliseconds < Steps) return (int)Math.Max(0, milliseconds);
        var shift = BitOperations.Log2((ulong)milliseconds) - StepBits;
        return ((shift + 1) << StepBits) + (int)((milliseconds >> shift) - Steps);
    }

    /// <summary>The highest number that is counted at a place.</summary>
    private static long Highest(int place)
    {
        if (place < Steps) return place;
        var shift = (place >> StepBits) - 1;
        return ((long)(Steps + (place & (Steps - 1)) + 1) << shift) - 1;
    }
}
