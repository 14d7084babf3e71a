namespace AkkaKv.Storage;

/// <summary>Something about a file of a store, and where in it.</summary>
/// <param name="File">Path of the file.</param>
/// <param name="Offset">Where in the file, in bytes; 0 if it is about the file as a whole.</param>
/// <param name="What">What is there, as a phrase.</param>
public sealed record FileRemark(string File, long Offset, string What)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}, offset {Offset}: {What}";
}

/// <summary>What <see cref="StoreVerifier"/> has found.</summary>
public sealed class VerificationReport
{
    private readonly List<FileRemark> _faults = [];
    private readonly List<FileRemark> _notes = [];

    internal VerificationReport()
    {
    }

    /// <summary>True if nothing is damaged, missing or contradictory.</summary>
    public bool IsSound => _faults.Count == 0;

    /// <summary>What is wrong, in the order in which it was found.</summary>
    public IReadOnlyList<FileRemark> Faults => _faults;

    /// <summary>
    /// What is as it should be after a crash but worth knowing: ends of logs that a crash has cut, files that nothing needs. Damage to the very
    /// last append of a log cannot be told from such an end, so it is found here.
    /// </summary>
    public IReadOnlyList<FileRemark> Notes => _notes;

    /// <summary>Live tables that were read.</summary>
    public int Tables { get; internal set; }

    /// <summary>Commit logs that were read.</summary>
    public int Logs { get; internal set; }

    /// <summary>Rows in them, deletions and outdated rows included.</summary>
    public long Rows { get; internal set; }

    /// <summary>Bytes that were read and checked.</summary>
    public long Bytes { get; internal set; }

    /// <summary>The last sequence of the store.</summary>
    public ulong LastSequence { get; internal set; }

    internal void Fault(string file, long offset, string what) => _faults.Add(new FileRemark(file, offset, what));

    internal void Fault(CorruptionException damage) => Fault(damage.File, damage.Offset, damage.What);

    internal void Note(string file, long offset, string what) => _notes.Add(new FileRemark(file, offset, what));
}
