using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>
/// The single writer of one store: drains what is waiting, applies the read-modify-writes, commits them as one batch, and answers when that
/// is synced.
/// </summary>
/// <remarks>
/// <para>One batch is under way at a time (<see cref="CommitRound"/>); what arrives meanwhile makes the next one, so a busy store syncs in
/// large groups and an idle one at once. What writes do to their rows is in <see cref="RoundWriter"/>. A write whose old row is not in memory
/// does not hold the others up: it is set aside (<see cref="PendingWrites"/>) while a reader fetches the row
/// (<see cref="RowReaders{TAsked}"/>).</para>
/// <code>
/// ReplicaWork(ReplicaRead)    -> ReplicaRecord, from memory at once or through a reader
/// ReplicaWork(MintRequest)    -> Minted when it is applied, ReplicaStored when synced
/// ReplicaWork(ReplicaStore)   -> ReplicaStored when synced
/// ReplicaWork(ReplicaScan)    -> ReplicaRows
/// Drain, Committed, Fetched   its own steps
/// </code>
/// <para>What is answered together goes to an asker as one <see cref="Batch{T}"/> of <see cref="Answer"/>s.</para>
/// <para>After a commit that failed nothing more is written: what it held may be on the disk or not, its dots are known to others, and the
/// next write of a key would be given the same dot again.</para>
/// <para>As the store's only writer, with one batch under way, it never meets <see cref="CommitQueueFullException"/>.</para>
/// <para>Bounds: <see cref="PendingWrites.Limit"/> writes, <see cref="ReadLimit"/> reads that wait for the disk, <see cref="ScanLimit"/> scans;
/// beyond them work is refused at once.</para>
/// </remarks>
internal sealed class StorageActor : ReceiveActor
{
    private const int ReadLimit = 4_096;
    private const int ScanLimit = 256;

    private readonly ImmutableArray<IStorageEngine> _stores;
    private readonly IStorageEngine _engine;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IActorRef _self;
    private readonly PendingWrites _pending = new();
    private readonly CommitRound _round;
    private readonly Outgoing<Answer> _answers = new();
    private readonly RowReaders<(IActorRef Asker, ulong Number, ReplicaRead Read)> _readers;
    private readonly RowReaders<byte[]> _fetchers;
    private readonly RoundWriter _writer;
    private readonly ReadGroup _reads;
    private readonly Action<Exception?> _tellCommitted;
    private readonly Action<ulong, ReplicaRead, byte[], MemoryRow, Exception?> _isLookedUp;
    private Exception? _failure;
    private bool _isCommitting;
    private bool _isDrainScheduled;
    private int _scans;

    /// <summary>The writer of one of a node's stores; range reads go over all of them.</summary>
    public StorageActor(ImmutableArray<IStorageEngine> stores, int index, RecordMerge merge, TimeProvider time, bool keepsLeaves = false)
    {
        _round = new CommitRound(keepsLeaves);
        _stores = stores;
        _engine = stores[index];
        _time = time;
        _self = Self;
        _readers = new(_engine, ReadLimit, AnswerRead);
        _reads = new ReadGroup(_engine);

        // One a key that is set aside, so the bound of those is theirs.
        _fetchers = new(_engine, PendingWrites.Limit, TellFetched);
        _writer = new RoundWriter(_engine, merge, _pending, _answers, rowKey => _fetchers.TryRead(rowKey, rowKey), time);
        _isLookedUp = IsLookedUp;
        _tellCommitted = failure => _self.Tell(new Committed(failure), _self);
        Receive<ReplicaWork>(work =>
        {
            OnWork(work);
            LookUp();
        });
        Receive<Batch<ReplicaWork>>(batch =>
        {
            foreach (var work in batch.Items) OnWork(work);
            LookUp();
        });
        Receive<Drain>(_ => OnDrain());
        Receive<Committed>(OnCommitted);
        Receive<Fetched>(OnFetched);
        Receive<ScanDone>(_ => _scans--);
    }

    private sealed class Drain
    {
        public static Drain Instance { get; } = new();
    }

    private sealed class ScanDone
    {
        public static ScanDone Instance { get; } = new();
    }

    private sealed record Committed(Exception? Failure);

    private sealed record Fetched(IReadOnlyList<FetchedRow> Rows);

    /// <summary>How to create one.</summary>
    /// <param name="stores">All stores of the node.</param>
    /// <param name="index">The one that it writes.</param>
    /// <param name="merge">What a write makes of a record.</param>
    /// <param name="time">The clock.</param>
    /// <param name="keepsLeaves">True if the store has a keeper of the leaves of its hash tree: batches carry what they do to them.</param>
    public static Props Props(ImmutableArray<IStorageEngine> stores, int index, RecordMerge merge, TimeProvider time, bool keepsLeaves = false) =>
        Akka.Actor.Props.Create(() => new StorageActor(stores, index, merge, time, keepsLeaves));

    private void OnWork(ReplicaWork work)
    {
        if (Monotonic.Milliseconds(_time) >= work.Deadline)
        {
            Refuse(Sender, work.Number, RefusalReason.Expired, "nobody waits for it any more");
            return;
        }

        switch (work.Request)
        {
            case ReplicaRead read:
                _reads.Add(work.Number, read);
                if (_reads.Count == ReadGroup.Limit) LookUp();
                break;
            case ReplicaScan scan:
                Scan(work.Number, scan);
                break;
            case MintRequest mint:
                Enqueue(work, RowKey.Of(mint.Key.Span));
                break;
            case ReplicaStore store:
                Enqueue(work, RowKey.Of(store.Key.Span));
                break;
            default:
                Unhandled(work);
                break;
        }
    }

    /// <summary>Answers the reads at hand that memory knows, hands the others to the readers, and sends what is answered.</summary>
    private void LookUp()
    {
        if (_reads.Count > 0) _reads.LookUp(_isLookedUp);
        _answers.Flush(_self);
    }

    private void IsLookedUp(ulong number, ReplicaRead read, byte[] rowKey, MemoryRow row, Exception? failure)
    {
        if (failure is not null)
            Refuse(Sender, number, RefusalReason.Unreadable, failure.Message);
        else if (row.Lookup != MemoryLookup.OnDisk)
            _answers.Add(Sender, new Answer(number, RecordReply(read, row.Lookup == MemoryLookup.Found ? row.Value : default(ReadOnlyMemory<byte>?))));
        else if (!_readers.TryRead(rowKey, (Sender, number, read)))
            Refuse(Sender, number, RefusalReason.Overloaded, "too many reads wait for the disk");
    }

    /// <summary>On a reader's thread.</summary>
    private void AnswerRead(IReadOnlyList<RowRead<(IActorRef Asker, ulong Number, ReplicaRead Read)>> rows)
    {
        var answers = new Outgoing<Answer>();
        foreach (var ((asker, number, read), value, failure) in rows)
        {
            var reply = failure is null ? RecordReply(read, value) : new ReplicaRefusal(RefusalReason.Unreadable, failure.Message);
            answers.Add(asker, new Answer(number, reply));
        }

        answers.Flush(_self);
    }

    private static ReplicaReply RecordReply(ReplicaRead read, ReadOnlyMemory<byte>? value)
    {
        if (value is not { } bytes) return new ReplicaRecord(0, ReadOnlyMemory<byte>.Empty);
        try
        {
            var hash = RecordCodec.Decode(bytes).Hash(read.Key.Span);
            return new ReplicaRecord(hash, hash == read.KnownHash ? ReadOnlyMemory<byte>.Empty : bytes);
        }
        catch (Exception e)
        {
            // Whatever it is: on a reader's thread nobody else would catch it.
            return new ReplicaRefusal(RefusalReason.Unreadable, e.Message);
        }
    }

    /// <summary>On a thread of the pool: it may read the disk all along. Its answer goes straight to who asked.</summary>
    private void Scan(ulong number, ReplicaScan scan)
    {
        if (_scans >= ScanLimit)
        {
            Refuse(Sender, number, RefusalReason.Overloaded, "too many scans are under way");
            return;
        }

        _scans++;
        var (asker, self) = (Sender, _self);
        Task.Run(() =>
        {
            ReplicaReply reply;
            try
            {
                reply = StoreScan.Page(_stores, scan);
            }
            catch (Exception e)
            {
                reply = new ReplicaRefusal(RefusalReason.Unreadable, e.Message);
            }

            asker.Tell(new Answer(number, reply), self);
            self.Tell(ScanDone.Instance, self);
        });
    }

    /// <summary>Why no write is taken; null while they are.</summary>
    private string? WhyReadOnly =>
        !_engine.State.AcceptsCommits ? $"its store takes no writes: {_engine.State}"
        : _failure is not null ? $"its store takes no writes: {_failure.Message}"
        : null;

    private void Enqueue(ReplicaWork work, byte[] rowKey)
    {
        if (WhyReadOnly is { } why)
        {
            Refuse(Sender, work.Number, RefusalReason.ReadOnly, why);
            return;
        }

        if (_pending.IsFull)
        {
            Refuse(Sender, work.Number, RefusalReason.Overloaded, "too many writes wait for the disk");
            return;
        }

        _pending.Add(new PendingWrite(work, Sender, rowKey));
        ScheduleDrain();
    }

    /// <summary>By a message to itself: whatever is in the mailbox before it makes one batch.</summary>
    private void ScheduleDrain()
    {
        if (_isCommitting || _isDrainScheduled || _pending.IsEmpty) return;
        _isDrainScheduled = true;
        _self.Tell(Drain.Instance, _self);
    }

    private void OnDrain()
    {
        _isDrainScheduled = false;
        if (WhyReadOnly is { } why)
        {
            var refusal = new ReplicaRefusal(RefusalReason.ReadOnly, why);
            while (_pending.TryTake(out var write)) _answers.Add(write.Asker, new Answer(write.Work.Number, refusal));
            _answers.Flush(_self);
            return;
        }

        _writer.Fill(_round);
        _answers.Flush(_self);
        if (_round.Batch.Count == 0)
        {
            // Nothing changed, and what is held is durable.
            OnCommitted(new Committed(null));
            return;
        }

        _isCommitting = true;
        _engine.Commit(_round.Batch, _tellCommitted);
    }

    /// <summary>On a reader's thread.</summary>
    private void TellFetched(IReadOnlyList<RowRead<byte[]>> rows) => _self.Tell(new Fetched([.. rows.Select(Decoded)]), _self);

    private static FetchedRow Decoded(RowRead<byte[]> row)
    {
        try
        {
            return new FetchedRow(row.Asked, row.Value is { } bytes ? RecordCodec.Decode(bytes) : null, row.Failure);
        }
        catch (Exception e)
        {
            return new FetchedRow(row.Asked, null, e);
        }
    }

    private void OnFetched(Fetched fetched)
    {
        foreach (var row in fetched.Rows)
        {
            if (row.Failure is null)
            {
                _pending.Resume(row);
                continue;
            }

            foreach (var write in _pending.Abandon(row.RowKey))
                Refuse(write.Asker, write.Work.Number, RefusalReason.Unreadable, row.Failure.Message);
        }

        _answers.Flush(_self);
        ScheduleDrain();
    }

    private void OnCommitted(Committed committed)
    {
        _isCommitting = false;
        if (committed.Failure is { } failure)
        {
            _failure = failure;
            _log.Error(failure, "A commit failed; {0} writes are not acknowledged, and the store takes no more", _round.Writers);
        }

        _round.End(_answers, committed.Failure is { } cause ? new ReplicaRefusal(RefusalReason.ReadOnly, cause.Message) : null);
        _answers.Flush(_self);
        ScheduleDrain();
    }

    private void Refuse(IActorRef asker, ulong number, RefusalReason reason, string detail) =>
        _answers.Add(asker, new Answer(number, new ReplicaRefusal(reason, detail)));
}
