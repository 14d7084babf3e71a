using AkkaKv.Protocol.PersistenceWire;

namespace AkkaKv.Protocol;

/// <summary>
/// One row of a log as a register that takes one value, whatever writers there are and whatever becomes of them: what one of them was told
/// is agreed on is what every later reader finds.
/// </summary>
/// <remarks>
/// <para>AkkaKv has no compare-and-set that holds across a network partition: two conditional writes may both succeed, and their values
/// become siblings. But siblings are kept and shown, and that is all that Disk Paxos asks of its disks (Gafni and Lamport, "Disk Paxos", 2003):
/// each writer leaves a block of its own at a majority and then reads a majority. Here a writer's block is its version of the row. It never
/// supersedes a version that it has not read, nor one with a greater claim than its own, and what it supersedes it carries on.</para>
/// <para>Two phases, each a put and a read. <see cref="ClaimAsync"/>: a version with a claim greater than all seen; unless the read then shows a
/// greater one, the entry that was put forward last, if any, is the one to go on with. <see cref="PutForwardAsync"/>: the entry under that
/// claim; unless the read then shows a greater one, it is agreed on. Of two writers whose phases overlap, the one whose put was complete
/// later reads the other's version, so at most one is told yes.</para>
/// <para>The writer of a log goes through the first phase once and after that, like the leader in Multi-Paxos, puts its entries forward at
/// once: at most one writer does so in a row, since it has to have agreed on the row before, and everybody who comes to the row later
/// has seen its claim there and makes a greater one.</para>
/// <para>It holds where the owners that a write waits for and those that a read asks always meet (W + R &gt; N), and only owners count.</para>
/// </remarks>
internal sealed class RowRegister(PersistenceRequests requests, Func<Guid> newWriter)
{
    /// <summary>Claims that somebody else's beat, until it is said that there is somebody else.</summary>
    private const int Turns = 8;

    /// <summary>What is there now.</summary>
    public async Task<RowState> ReadAsync(byte[] key, Patience patience) =>
        RowState.Of(await requests.GetAsync(key, patience).ConfigureAwait(false));

    /// <summary>
    /// Claims a row: with the claim, what it has to go on with. Null if others claimed it again and again meanwhile.
    /// </summary>
    /// <param name="key">The row's key.</param>
    /// <param name="generation">The greatest generation known of the log.</param>
    /// <param name="seen">What was read of the row already, or nothing.</param>
    /// <param name="patience">How long to try.</param>
    public async Task<(LogClaim Claim, RowState State)?> ClaimAsync(byte[] key, ulong generation, RowState seen, Patience patience)
    {
        for (var turn = 0; turn < Turns; turn++)
        {
            if (turn > 0) await requests.PauseAsync(turn, patience).ConfigureAwait(false);
            var claim = new LogClaim(Math.Max(generation, seen.Promised.Generation) + 1, newWriter());
            var accepted = seen.Accepted;
            var version = new JournalRow(claim, accepted?.Accepted ?? LogClaim.None, accepted?.Entry);
            var isPut = await requests.PutAsync(key, version.Encode(), seen.Context, patience).ConfigureAwait(false);
            seen = await ReadAsync(key, patience).ConfigureAwait(false);
            if (isPut && seen.Promised == claim) return (claim, seen);
        }

        return null;
    }

    /// <summary>Puts an entry forward under a claim: true if it is agreed on, false if somebody else has claimed the row.</summary>
    /// <param name="key">The row's key.</param>
    /// <param name="claim">The claim, of this row or of one before.</param>
    /// <param name="entry">The events.</param>
    /// <param name="seen">What <see cref="ClaimAsync"/> has read, or nothing where the claim is of a row before.</param>
    /// <param name="patience">How long to try.</param>
    public async Task<bool> PutForwardAsync(byte[] key, LogClaim claim, Entry entry, RowState seen, Patience patience)
    {
        var version = new JournalRow(claim, claim, entry);
        if (!await requests.PutAsync(key, version.Encode(), seen.Context, patience).ConfigureAwait(false)) return false;
        var state = await ReadAsync(key, patience).ConfigureAwait(false);
        return state.Promised == claim;
    }

    /// <summary>
    /// Makes sure of what a reader has found at the end of a log: the entry that is agreed on from now on, or null if there is none, and nobody
    /// was told that there is. Throws <see cref="SecondWriterException"/> if others do the same again and again.
    /// </summary>
    public async Task<JournalRow?> SettleAsync(byte[] key, ulong generation, RowState seen, string persistenceId, long row, Patience patience)
    {
        for (var turn = 0; turn < Turns; turn++)
        {
            if (await ClaimAsync(key, generation, seen, patience).ConfigureAwait(false) is not var (claim, state)) break;
            if (state.Accepted is not { Entry: { } entry }) return null;
            if (await PutForwardAsync(key, claim, entry, state, patience).ConfigureAwait(false)) return new JournalRow(claim, claim, entry);
            seen = await ReadAsync(key, patience).ConfigureAwait(false);
        }

        throw new SecondWriterException(persistenceId, row);
    }
}
