using System.Runtime.CompilerServices;
using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>
/// Fills a round: takes the writes that wait, looks their rows up in groups, because the searches then wait for memory together, and applies
/// one after the other in the order they came.
/// </summary>
/// <remarks>Never reads the disk: a write whose row may be there is set aside, and the row asked for. One thread at a time.</remarks>
/// <param name="engine">Holds the rows. REQUIRES: no commit is under way, so what is looked up stays true for the round.</param>
/// <param name="merge">What a write makes of a record.</param>
/// <param name="pending">The writes.</param>
/// <param name="answers">Takes what is answered before the commit.</param>
/// <param name="fetch">Asks for a row from disk; <see cref="PendingWrites.Resume"/> or <see cref="PendingWrites.Abandon"/> follows.</param>
/// <param name="time">Decides what nobody waits for any more.</param>
internal sealed class RoundWriter(IStorageEngine engine, RecordMerge merge, PendingWrites pending, Outgoing<Answer> answers, Action<byte[]> fetch, TimeProvider time)
{
    /// <summary>Writes whose rows are looked up together; few enough that their rows may be large.</summary>
    private const int GroupLimit = 16;

    private static readonly ReplicaStored Stored = new();

    private readonly List<(PendingWrite Write, MetRow Row)> _group = new(GroupLimit);
    private readonly List<MetRow> _unknown = new(GroupLimit);
    private long _now;

    /// <summary>Applies writes until none waits or the round is full.</summary>
    public void Fill(CommitRound round)
    {
        _now = Monotonic.Milliseconds(time);
        while (!round.IsFull && TakeGroup(round))
        {
            LookUpUnknown(round);
            foreach (var (write, row) in _group) Apply(round, write, row);
        }

        _group.Clear();
        _unknown.Clear();
    }

    /// <summary>Takes the next writes with the rows that they meet; false if there are none.</summary>
    private bool TakeGroup(CommitRound round)
    {
        _group.Clear();
        _unknown.Clear();
        while (_group.Count < GroupLimit && pending.TryTake(out var write))
        {
            // One whose row was fetched waits for no other: those of its key wait behind it.
            if (write.Fetched is null && pending.TrySetBehind(write)) continue;
            var row = round.Meet(write.RowKey, out var isNew);
            if (write.Fetched is { } fetched) row.Is(fetched.Record);
            else if (isNew) _unknown.Add(row);
            _group.Add((write, row));
        }

        return _group.Count > 0;
    }

    private void LookUpUnknown(CommitRound round)
    {
        if (_unknown.Count == 0) return;
        var keys = new KeyBuffer();
        var rows = new RowBuffer();
        for (var i = 0; i < _unknown.Count; i++) keys[i] = _unknown[i].Key;
        try
        {
            engine.TryGetFromMemory(keys[.._unknown.Count], rows);
        }
        catch (Exception)
        {
            // It does not say which row failed: each write asks for its own.
            return;
        }

        for (var i = 0; i < _unknown.Count; i++) round.Met(_unknown[i], rows[i]);
    }

    private void Apply(CommitRound round, in PendingWrite write, MetRow row)
    {
        try
        {
            if (!IsAtHand(round, write, row)) return;
            // A copy for an owner is taken late as well: others count on it, and a hint would only bring it again.
            if (_now >= write.Work.Deadline && write.Work.Request is MintRequest)
                AnswerNow(write, new ReplicaRefusal(RefusalReason.Expired, "nobody waits for it any more"));
            else if (write.Work.Request is MintRequest mint) Mint(round, write, row, mint);
            else Store(round, write, row, (ReplicaStore)write.Work.Request);
        }
        catch (Exception e)
        {
            // Whatever it is, it concerns this write alone; a restart of the actor would forget the commit under way and all that waits.
            AnswerNow(write, new ReplicaRefusal(RefusalReason.Unreadable, e.Message));
        }
    }

    /// <summary>False if the write was set aside until a reader has fetched the row.</summary>
    private bool IsAtHand(CommitRound round, in PendingWrite write, MetRow row)
    {
        if (row.Place is null) round.Met(row, new MemoryRow(engine.TryGetFromMemory(row.Key, out var value), value));
        if (row.Place != MemoryLookup.OnDisk) return true;
        if (pending.TrySetBehind(write)) return false;
        pending.SetAside(write);
        fetch(row.Key);
        return false;
    }

    private void Mint(CommitRound round, in PendingWrite write, MetRow row, MintRequest mint)
    {
        var outcome = merge.Mint(row.Record, mint);
        if (outcome.Refusal is { Reason: RefusalReason.Changed } changedMeanwhile)
        {
            // Told with the batch: what it met may be in it, and whoever reads again is to see that.
            round.AnswerLater(write, changedMeanwhile);
        }
        else if (outcome.Refusal is { } refusal)
        {
            AnswerNow(write, refusal);
        }
        else
        {
            var encoded = RecordCodec.Encode(outcome.Record!);
            if (outcome.IsChanged) round.Replace(row, outcome.Record!, encoded);
            AnswerNow(write, new Minted(outcome.Record!, encoded));
            round.AnswerLater(write, Stored);
        }
    }

    private void Store(CommitRound round, in PendingWrite write, MetRow row, ReplicaStore store)
    {
        var incoming = RecordCodec.Decode(store.Record);
        var outcome = merge.Store(row.Record, incoming);
        if (outcome.IsChanged)
        {
            // If nothing is left of what was held, the record is the one that came: its bytes go on as they are.
            var isIncoming = ReferenceEquals(outcome.Record, incoming);
            round.Replace(row, outcome.Record!, isIncoming ? store.Record.Span : RecordCodec.Encode(outcome.Record!));
        }

        // A copy of what is held already is acknowledged with the batch and written nowhere.
        round.AnswerLater(write, Stored);
    }

    /// <summary>With the other answers of this step, before its commit.</summary>
    private void AnswerNow(in PendingWrite write, ReplicaReply reply) => answers.Add(write.Asker, new Answer(write.Work.Number, reply));

    [InlineArray(GroupLimit)]
    private struct KeyBuffer
    {
        private ReadOnlyMemory<byte> _first;
    }

    [InlineArray(GroupLimit)]
    private struct RowBuffer
    {
        private MemoryRow _first;
    }
}
