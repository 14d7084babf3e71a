using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// What the storage actor does, over a <see cref="SimDisk"/>: the real <see cref="RecordMerge"/> on the newest row, a batch at a time to
/// disk, answers when it is synced, reads of synced rows only. One process's; a crash takes what was not synced.
/// </summary>
internal class SimReplica
{
    private readonly RecordMerge _merge;
    private readonly Dictionary<string, Row> _unsynced = [];
    private List<Entry> _waiting = [];
    private List<Entry> _syncing = [];

    public SimReplica(SimNode node)
    {
        Node = node;
        _merge = new RecordMerge(node.Id, node.Disk.Epoch, node.Clock, RaiseEpoch);
    }

    protected SimNode Node { get; }

    protected Simulation Simulation => Node.Simulation;

    /// <summary>Does what a coordinator asks.</summary>
    /// <param name="request">What it asks.</param>
    /// <param name="attempt">For whom; null if for nobody.</param>
    /// <param name="known">What the record in the request knows.</param>
    /// <param name="answer">Takes each answer, and what the record in it knows; null for none.</param>
    public void Handle(ReplicaRequest request, Attempt? attempt, DotSet known, Action<ReplicaReply, DotSet?> answer)
    {
        if (Simulation.Chance.Of(Simulation.Faults.RefusalChance))
        {
            answer(new ReplicaRefusal(request is ReplicaRead ? RefusalReason.Unreadable : RefusalReason.Overloaded, "by chance"), null);
            return;
        }

        switch (request)
        {
            case ReplicaRead read:
                Read(read, answer);
                break;
            case MintRequest mint:
                Mint(mint, attempt!, answer);
                break;
            case ReplicaStore store:
                Store(store, known, answer);
                break;
            case ReplicaScan scan:
                Scan(scan, answer);
                break;
        }
    }

    /// <summary>The process ends: of what was being synced a part may have reached the disk, in order.</summary>
    public void Crash()
    {
        foreach (var entry in _syncing.Take(Simulation.Chance.Between(0, _syncing.Count))) Persist(entry);
    }

    /// <summary>Everything is on disk.</summary>
    public void Flush()
    {
        foreach (var entry in _syncing.Concat(_waiting)) Persist(entry);
    }

    /// <summary>Goes on after a stall of the disk.</summary>
    public void Sync()
    {
        if (_waiting.Count == 0 || _syncing.Count > 0 || Node.Disk.IsStalled) return;
        (_syncing, _waiting) = (_waiting, []);
        Node.Later(SyncTime(), () =>
        {
            var synced = _syncing;
            _syncing = [];
            foreach (var entry in synced) Persist(entry);
            foreach (var entry in synced) entry.Synced();
            Sync();
        });
    }

    /// <summary>What is held for a key, synced or not.</summary>
    public virtual Row? Held(string key) => _unsynced.GetValueOrDefault(key) ?? Node.Disk.RowOf(key);

    /// <summary>The disk loses a row, and nobody notices.</summary>
    public void Lose(string key)
    {
        _unsynced.Remove(key);
        Node.Disk.Lose(key);
    }

    protected virtual WriteOutcome Mint(Record? held, MintRequest request) => _merge.Mint(held, request);

    protected virtual WriteOutcome Merge(Record? held, Record incoming) => _merge.Store(held, incoming);

    /// <summary>When a write is answered.</summary>
    protected virtual void Append(string key, Row? row, Action synced)
    {
        if (row is not null) _unsynced[key] = row;
        _waiting.Add(new Entry(key, row, synced));
        Sync();
    }

    private static string TextOf(ReadOnlyMemory<byte> key) => Encoding.UTF8.GetString(key.Span);

    private void Read(ReplicaRead read, Action<ReplicaReply, DotSet?> answer)
    {
        if (Node.Disk.RowOf(TextOf(read.Key)) is not { } row)
        {
            answer(new ReplicaRecord(0, ReadOnlyMemory<byte>.Empty), null);
            return;
        }

        var hash = row.Record.Hash(read.Key.Span);
        if (hash == read.KnownHash) Simulation.Checker.Sight("digest equal");
        answer(new ReplicaRecord(hash, hash == read.KnownHash ? ReadOnlyMemory<byte>.Empty : RecordCodec.Encode(row.Record)), row.Known);
    }

    private void Mint(MintRequest request, Attempt attempt, Action<ReplicaReply, DotSet?> answer)
    {
        var key = TextOf(request.Key);
        var held = Held(key);
        var outcome = Mint(held?.Record, request);
        if (outcome.Record is not { } record)
        {
            answer(outcome.Refusal!, null);
            return;
        }

        var row = outcome.IsChanged ? new Row(record, Bear(attempt, held, record)) : held!;
        if (!outcome.IsChanged) Simulation.Checker.Sight("repetition known");
        Simulation.Checker.Holds(Node, key, row);
        attempt.Made = row.Known;
        answer(new Minted(record, RecordCodec.Encode(record)), null);
        Append(key, outcome.IsChanged ? row : null, () => answer(new ReplicaStored(), null));
    }

    /// <summary>The model takes note of a new dot, if there is one.</summary>
    /// <returns>What the replica's record knows now.</returns>
    private DotSet Bear(Attempt attempt, Row? held, Record record)
    {
        var history = Simulation.Checker.HistoryOf(attempt.Call.Key);
        var known = (held?.Known ?? DotSet.Empty).Union(attempt.Read);
        var born = record.Siblings.Where(sibling => history.BirthOf(sibling.Dot) is not { } birth || !known.Contains(birth.Place)).ToList();
        if (born.Count == 0)
        {
            Simulation.Checker.Sight("repetition known by reading");
            return known;
        }

        if (born is not [var sibling]) throw new SimulationFault($"{attempt} made {held?.Record} into {record}: {born.Count} new dots.");
        // A version that something read supersedes may have a later stamp than that, by a clock that was ahead.
        var late = history.CertainOf(known).FirstOrDefault(other => other.Stamp >= sibling.Timestamp);
        if (late is not null) throw new SimulationFault($"{attempt} is stamped {sibling.Timestamp}, and supersedes {late} of {late.Stamp}.");

        var request = (WriteRequest)attempt.Request;
        var isBlind = history.IsLastWriteWins || (request.Context.IsEmpty && request.Condition.Kind == WriteConditionKind.None);
        var past = isBlind ? attempt.Past.Union(known) : attempt.Past;
        var birth = history.Bear(sibling, past, attempt.Call.Write!, request.WriteId!.Value.IsRetry);
        if (Simulation.Trace.IsOn) Simulation.Trace.Add($"{Node} gives {birth.Write} the dot {birth.Dot}: {held?.Record} -> {record}");
        return known.Union(past).With(birth.Place);
    }

    private void Store(ReplicaStore store, DotSet known, Action<ReplicaReply, DotSet?> answer)
    {
        var key = TextOf(store.Key);
        var held = Held(key);
        var outcome = Merge(held?.Record, RecordCodec.Decode(store.Record));
        var row = new Row(outcome.Record!, (held?.Known ?? DotSet.Empty).Union(known));
        Simulation.Checker.Holds(Node, key, row);
        Append(key, row, () => answer(new ReplicaStored(), null));
    }

    private void Scan(ReplicaScan scan, Action<ReplicaReply, DotSet?> answer)
    {
        var rows = Node.Disk.Rows
            .Select(pair => new ReplicaRow(RowKey.Of(Encoding.UTF8.GetBytes(pair.Key)), RecordCodec.Encode(pair.Value.Record)))
            .Where(row => row.RowKey.Span.SequenceCompareTo(scan.From.Span) >= 0
                && (scan.Until.IsEmpty || row.RowKey.Span.SequenceCompareTo(scan.Until.Span) < 0))
            .OrderBy(row => Convert.ToHexString(row.RowKey.Span), StringComparer.Ordinal).ToList();
        answer(new ReplicaRows([.. rows.Take(scan.LimitRows)], rows.Count <= scan.LimitRows), null);
    }

    private void Persist(Entry entry)
    {
        if (entry.Row is null) return;
        Node.Disk.Write(entry.Key, entry.Row);
        if (ReferenceEquals(_unsynced.GetValueOrDefault(entry.Key), entry.Row)) _unsynced.Remove(entry.Key);
    }

    private uint RaiseEpoch()
    {
        Simulation.Checker.Sight("lost dot noticed");
        return ++Node.Disk.Epoch;
    }

    private long SyncTime() => Simulation.Chance.Of(Simulation.Faults.SlowSyncChance)
        ? Simulation.Chance.Between(1_000, 200_000)
        : Simulation.Chance.Between(100, Simulation.Faults.SyncMicroseconds);

    private sealed record Entry(string Key, Row? Row, Action Synced);
}
