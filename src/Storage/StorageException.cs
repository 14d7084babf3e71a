namespace AkkaKv.Storage;

/// <summary>Base of everything that the storage engine itself reports. Errors of the system arrive as <see cref="IOException"/>.</summary>
public abstract class StorageException : Exception
{
    private protected StorageException(string message, Exception? cause = null) : base(message, cause)
    {
    }
}
