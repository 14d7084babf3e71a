using System.Numerics;

namespace AkkaKv.Storage;

/// <summary>
/// Counts the holders of something that every read holds for a moment. One word that all cores change would cost more than the read, so each
/// core has its own, a cache line apart; a holder gives back where it took.
/// </summary>
/// <remarks>
/// Only the owner ends it (<see cref="Retire"/>), once, and then whoever finds all counts at zero is the last. Why nobody is missed:
/// a holder counts itself and then looks whether the end has come; the owner announces the end and then looks at the counts; both steps are
/// full fences, so at least one of the two sees the other. And a holder that was admitted has been counted since before the end, so
/// no look at the counts after the end finds zero while it is there. Who comes too late counts itself for an instant, and takes it back.
/// </remarks>
internal sealed class StripedCount
{
    /// <summary>128 bytes: a line and its neighbour, which processors fetch together.</summary>
    private const int WordsPerStripe = 16;

    private const int StripeLimit = 64;

    private static readonly int Stripes =
        (int)Math.Min(StripeLimit, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount));

    private readonly long[] _counts = new long[(Stripes + 1) * WordsPerStripe];
    private int _retired;
    private int _ended;

    /// <summary>True if it has not ended; then <paramref name="stripe"/> is to be given to <see cref="Leave"/>.</summary>
    public bool TryEnter(out int stripe)
    {
        stripe = Thread.GetCurrentProcessorId() & (Stripes - 1);
        Interlocked.Increment(ref Count(stripe));
        return Volatile.Read(ref _retired) == 0;
    }

    /// <summary>
    /// Takes back one <see cref="TryEnter"/>, also one that was refused. True for exactly one call of this and <see cref="Retire"/>: that
    /// caller is the last, and frees.
    /// </summary>
    public bool Leave(int stripe)
    {
        Interlocked.Decrement(ref Count(stripe));
        return Volatile.Read(ref _retired) != 0 && IsLast();
    }

    /// <summary>Admits nobody from now on. Called once.</summary>
    public bool Retire()
    {
        Interlocked.Exchange(ref _retired, 1);
        return IsLast();
    }

    private bool IsLast()
    {
        for (var stripe = 0; stripe < Stripes; stripe++)
        {
            if (Volatile.Read(ref Count(stripe)) != 0)
                return false;
        }

        return Interlocked.Exchange(ref _ended, 1) == 0;
    }

    /// <summary>The first line is left to the array's length.</summary>
    private ref long Count(int stripe) => ref _counts[(stripe + 1) * WordsPerStripe];
}
