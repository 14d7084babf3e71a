namespace AkkaKv.Testing;

public enum IoOperation
{
    Create,
    Reuse,
    OpenRead,
    FileExists,
    HasOneName,
    ListFiles,
    CreateDirectory,
    Rename,
    Delete,
    Link,
    SyncDirectory,
    Lock,
    Append,
    Allocate,
    Truncate,
    Sync,
    Read,
}

/// <summary>One call to a <see cref="FaultInjectionFileSystem"/>, counted from 1.</summary>
public readonly record struct IoCall(int Number, IoOperation Operation, string Path);

public enum IoFault
{
    None,

    /// <summary>The call throws. An append may have left a prefix; a sync may have lost what it was asked to write, for good.</summary>
    Fail,

    /// <summary>The call claims success and has no effect: a canary that must be caught.</summary>
    Lie,

    /// <summary>The power goes: the call may or may not have had its effect, and no later call has any.</summary>
    Crash,
}

/// <summary>What every call to a file system throws from its crash on.</summary>
public sealed class SimulatedCrashException() : IOException("The simulated machine has lost its power.");
