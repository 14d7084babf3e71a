using System.Globalization;

namespace AkkaKv.Protocol;

/// <summary>
/// Somebody else writes the events of the same persistent actor. What was to be written is not acknowledged; a recovery shows whether it is
/// there. Let one of the writers go: the actor stops, and when it is started again it recovers what the other has written.
/// </summary>
public sealed class SecondWriterException : Exception
{
    /// <summary>With whose log it is, and where the writers met.</summary>
    public SecondWriterException(string persistenceId, long sequenceNr)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"'{persistenceId}' has a second writer: event {sequenceNr} is claimed by another. Start the actor again, once, to recover what that one has written."))
    {
    }
}

/// <summary>Events that were persisted together, or a snapshot, take more than a row holds. Nothing was written.</summary>
public sealed class RowTooLargeException : Exception
{
    /// <summary>With what is too large, its bytes and the limit.</summary>
    public RowTooLargeException(string what, long bytes, int limit)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"{what} takes {bytes} bytes; at most {limit} are allowed (value-bytes of the plugin, akkakv.limits.value-bytes of the cluster). Persist less at once, or keep the large part under a key of its own."))
    {
    }
}

/// <summary>A persistence id is too long to be part of a key. Nothing was written.</summary>
public sealed class PersistenceIdTooLongException : Exception
{
    /// <summary>With the id and the bytes that its keys would have.</summary>
    public PersistenceIdTooLongException(string persistenceId, int bytes)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"The persistence id '{persistenceId[..Math.Min(persistenceId.Length, 64)]}...' makes a key of {bytes} bytes; at most {KeyLimits.MaximumBytes} are allowed. Choose a shorter one."))
    {
    }
}

/// <summary>An agreed row of a log is not there: too few owners have it, or it was deleted by somebody else.</summary>
public sealed class MissingEventsException : Exception
{
    /// <summary>With whose log it is, and what is missing.</summary>
    public MissingEventsException(string persistenceId, long sequenceNr)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"The log of '{persistenceId}' has no event {sequenceNr}, though it goes on behind it. Nothing was replayed beyond; see that all owners of the key are up, and try again."))
    {
    }
}
