namespace AkkaKv.Node;

/// <summary>
/// When a node that was shut out comes back: in its turn, and later each time that it happens again. Belongs to the process, so it knows
/// of the times before. Plain state; randomness comes with it, time as an argument (monotonic milliseconds).
/// </summary>
internal sealed class RejoinPace
{
    private readonly MembershipSettings _settings;
    private readonly Random _random;
    private int _inARow;
    private long? _last;

    /// <summary>It never happened.</summary>
    public RejoinPace(MembershipSettings settings, Random random) => (_settings, _random) = (settings, random);

    /// <summary>How long to wait from now on.</summary>
    /// <param name="turn">The node's place among those that come back, from 0.</param>
    /// <param name="now">Now.</param>
    public TimeSpan Next(int turn, long now)
    {
        var limit = _settings.RejoinBackOffLimit;
        // Long quiet since the last time: it is a matter of its own.
        if (_last is not { } last || now - last > 2 * limit.TotalMilliseconds) _inARow = 0;
        _last = now;
        var backOff = _inARow == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(limit.Ticks, _settings.RejoinStagger.Ticks << Math.Min(_inARow, 12)));
        _inARow++;
        return Min(limit, (turn * _settings.RejoinStagger) + backOff) + (_random.NextDouble() * _settings.RejoinStagger / 2);
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
