namespace AkkaKv.Simulation.Tests;

/// <summary>
/// What may go wrong in a run, and how often. Each seed draws its own mixture, with most kinds off (swarm testing: Groce et al., 2012),
/// because faults that are always on together hide what a few of them do.
/// </summary>
internal sealed record Faults
{
    /// <summary>Nothing goes wrong, and nobody is in a hurry.</summary>
    public static Faults None { get; } = new();

    public double LossChance { get; init; }

    public double DuplicateChance { get; init; }

    /// <summary>Chance of a message to take up to <see cref="SlowMicroseconds"/>.</summary>
    public double SlowChance { get; init; }

    public int SlowMicroseconds { get; init; } = 400_000;

    public int SyncMicroseconds { get; init; } = 1_000;

    /// <summary>Chance of a sync to take up to 200 ms.</summary>
    public double SlowSyncChance { get; init; }

    /// <summary>Chance of a replica to refuse what it is asked.</summary>
    public double RefusalChance { get; init; }

    /// <summary>Mean time between links being cut, one way; 0 for never. So with all that follow.</summary>
    public int CutEveryMilliseconds { get; init; }

    public int IsolationEveryMilliseconds { get; init; }

    public int CrashEveryMilliseconds { get; init; }

    public int CleanStopEveryMilliseconds { get; init; }

    /// <summary>A node believes for a while that it cannot reach another, for no reason.</summary>
    public int SuspicionEveryMilliseconds { get; init; }

    public int ClockJumpEveryMilliseconds { get; init; }

    /// <summary>One clock only jumps, and then by hours and years as well.</summary>
    public bool IsOneClockWrong { get; init; }

    public int CompactEveryMilliseconds { get; init; }

    /// <summary>A record comes to lie on a node that is no owner.</summary>
    public int StrayCopyEveryMilliseconds { get; init; }

    public bool AreNone => this == None;

    public static Faults Draw(Chance chance)
    {
        if (chance.Of(0.05)) return None;
        int Every(int least, int most) => chance.Of(0.35) ? chance.Between(least, most) : 0;
        return new Faults
        {
            LossChance = chance.Of(0.4) ? chance.Between(1, 20) / 100.0 : 0,
            DuplicateChance = chance.Of(0.4) ? chance.Between(1, 20) / 100.0 : 0,
            SlowChance = chance.Of(0.5) ? chance.Between(1, 20) / 100.0 : 0,
            SyncMicroseconds = chance.OneOf([200, 1_000, 20_000]),
            SlowSyncChance = chance.Of(0.4) ? chance.Between(1, 30) / 100.0 : 0,
            RefusalChance = chance.Of(0.25) ? chance.Between(1, 10) / 100.0 : 0,
            CutEveryMilliseconds = Every(50, 400),
            IsolationEveryMilliseconds = Every(200, 800),
            CrashEveryMilliseconds = chance.Of(0.5) ? chance.Between(80, 600) : 0,
            CleanStopEveryMilliseconds = Every(200, 800),
            SuspicionEveryMilliseconds = Every(50, 400),
            ClockJumpEveryMilliseconds = Every(50, 400),
            StrayCopyEveryMilliseconds = Every(30, 200),
            IsOneClockWrong = chance.Of(0.6),
            CompactEveryMilliseconds = chance.Of(0.5) ? chance.Between(20, 150) : 0,
        };
    }
}
