namespace AkkaKv.Storage;

/// <summary>
/// Keeps what the notes of batches say beyond the life of the commit log: sums over all rows, say, that nobody wants to build from the rows
/// at every start.
/// </summary>
/// <remarks>
/// <para>A note is on disk exactly if its batch is. The keeper is told all of them in the order of their sequences, from the log when a store
/// is opened and then as they become durable; before the log may go it is asked to keep. So what it kept last, and the notes that
/// it is told at the next opening, are together what the rows are, unless <see cref="Begin"/> says that something is missing between.</para>
/// <para>One store at a time. <see cref="Take"/> and drops come from the store's log thread, <see cref="Keep"/> from its flush thread at the
/// same time; while the store is opened all come from the opening thread.</para>
/// </remarks>
public interface INoteKeeper
{
    /// <summary>
    /// The store is being opened; or, said again while it is, a log was replayed that was written without a keeper.
    /// </summary>
    /// <param name="goneSequence">
    /// Notes of batches up to this one will not be told. What was kept before serves only if it covers them.
    /// </param>
    void Begin(ulong goneSequence);

    /// <summary>
    /// A batch is durable, and readable next. (With <see cref="StorageOptions.SyncInterval"/> it is durable later, and a power loss may take it
    /// back after it was kept: the next opening then ends below what was kept.) Must not fail: that would stop the store.
    /// </summary>
    /// <param name="lastSequence">The sequence of the batch's last row.</param>
    /// <param name="note">Empty if the batch has none.</param>
    void Take(ulong lastSequence, ReadOnlySpan<byte> note);

    /// <summary>
    /// The log of batches that were taken may go as soon as this returns: what they said is to be durable by then. Whoever cannot keep it
    /// finds out at the next <see cref="Begin"/>; must not fail.
    /// </summary>
    void Keep();

    /// <summary>
    /// All rows of [<paramref name="from"/>, <paramref name="until"/>) that were committed before are about to go, without a note; whether they
    /// did, nobody knows if the process ends now. An empty <paramref name="until"/> is no bound.
    /// </summary>
    /// <exception cref="IOException">That cannot be made durable; the store stops writing.</exception>
    void Dropping(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until);

    /// <summary>The rows of which <see cref="Dropping"/> told are gone. Must not fail.</summary>
    void Dropped();
}
