namespace AkkaKv.Storage;

/// <summary>Merging has failed; commits and reads go on. The cause is the inner exception.</summary>
public sealed class CompactionFailedException : StorageException
{
    /// <summary>Wraps a damaged table, an error of the disk or of the filter.</summary>
    public CompactionFailedException(Exception cause) : base($"Merging has failed: {cause.Message}", cause)
    {
    }
}
