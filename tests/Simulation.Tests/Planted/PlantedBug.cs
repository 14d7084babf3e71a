namespace AkkaKv.Simulation.Tests;

/// <summary>Faults put in on purpose, to prove that the checker finds them.</summary>
internal enum PlantedBug
{
    None,

    /// <summary>A replica acknowledges writes that it did not keep.</summary>
    AcknowledgedAndDropped,

    /// <summary>A replica acknowledges writes before they are synced.</summary>
    AcknowledgedBeforeSync,

    /// <summary>A disk loses rows, no epoch is raised, and the counters are used again.</summary>
    DotForgotten,

    /// <summary>A start after a crash goes on in the old epoch.</summary>
    EpochNotRaisedAfterCrash,

    /// <summary>Of concurrent siblings the latest is kept.</summary>
    SiblingsDropped,

    /// <summary>Where an owner is away, a node that is no owner says "nothing" in its name.</summary>
    FallbackSpeaksForOwner,

    /// <summary>A write without a context does not supersede what its replica holds.</summary>
    BlindWriteSupersedesNothing,

    /// <summary>A write with a context supersedes all that its replica holds, seen or not.</summary>
    ContextSupersedesAll,

    /// <summary>The router gives a repeated write a new id.</summary>
    RetryAsNewWrite,

    /// <summary>The router drops the context of a read.</summary>
    FloorIgnored,

    /// <summary>Coordinators stamp and judge by their clocks, however wrong these are.</summary>
    ClockIgnored,

    /// <summary>Compaction drops expired values by a clock that nobody has checked.</summary>
    CompactionTrustsItsClock,

    /// <summary>Compaction drops what has expired as a whole, so that what it superseded comes back.</summary>
    ShellDropped,

    /// <summary>One node does not know where the last write wins.</summary>
    PolicyForgotten,
}
