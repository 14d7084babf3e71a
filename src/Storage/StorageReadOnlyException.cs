namespace AkkaKv.Storage;

/// <summary>
/// The store has stopped taking writes, because an append, a sync or the space on the disk failed. The commit is not acknowledged; as
/// after a crash, opening the directory again may find it or not, but never a part of it.
/// </summary>
public sealed class StorageReadOnlyException : StorageException
{
    /// <summary>Wraps what the disk refused.</summary>
    public StorageReadOnlyException(Exception cause) : base($"The store has become read-only: {cause.Message}", cause)
    {
    }
}
