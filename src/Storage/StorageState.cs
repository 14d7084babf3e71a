namespace AkkaKv.Storage;

/// <summary>
/// Whether a store accepts commits, and if not, why not. A store that has left <see cref="Writable"/> never returns to it.
/// </summary>
public sealed record StorageState
{
    private StorageState(string name, bool acceptsCommits, Exception? cause)
    {
        Name = name;
        AcceptsCommits = acceptsCommits;
        Cause = cause;
    }

    /// <summary>Commits and reads are served.</summary>
    public static StorageState Writable { get; } = new("writable", acceptsCommits: true, cause: null);

    /// <summary>The store was disposed; nothing is served.</summary>
    public static StorageState Closed { get; } = new("closed", acceptsCommits: false, cause: null);

    /// <summary>Reads are served, commits are refused until the directory is opened again.</summary>
    /// <param name="cause">What the disk refused.</param>
    public static StorageState ReadOnly(Exception cause) => new("read-only", acceptsCommits: false, cause);

    /// <summary>"writable", "read-only" or "closed": for status pages and logs.</summary>
    public string Name { get; }

    /// <summary>True only for <see cref="Writable"/>.</summary>
    public bool AcceptsCommits { get; }

    /// <summary>What made the store read-only; null in every other state.</summary>
    public Exception? Cause { get; }

    /// <inheritdoc/>
    public override string ToString() => Cause is null ? Name : $"{Name}: {Cause.Message}";
}
