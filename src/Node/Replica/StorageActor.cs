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
/// <para>One batch is under way at a time; what arrives meanwhile makes the next one, so a busy store syncs in large groups and an idle one
/// at once. A write whose old row is not in memory does not hold the others up: it is set aside while a reader fetches the row, and later
/// writes of the same key queue behind it.</para>
/// <code>
/// ReplicaWork(ReplicaRead)    -> ReplicaRecord, from memory at once or through a reader
/// ReplicaWork(MintRequest)    -> Minted at once, ReplicaStored when synced
/// ReplicaWork(ReplicaStore)   -> ReplicaStored when synced
/// ReplicaWork(ReplicaScan)    -> ReplicaRows
/// Drain, Committed, Loaded    its own steps
/// </code>
/// <para>After a commit that failed nothing more is written: what it held may be on the disk or not, its dots are known to others, and the
/// next write of a key would be given the same dot again.</para>
/// <para>As the store's only writer, with one batch under way, it never meets <see cref="CommitQueueFullException"/>.</para>
/// <para>Bounds: <see cref="WriteLimit"/> writes waiting, <see cref="ReaderLimit"/> readers; beyond them work is refused at once.</para>
/// </remarks>
internal sealed class StorageActor : ReceiveActor
{
    private const int WriteLimit = 20_000;
    private const int ReaderLimit = 256;
    private const int BatchBytes = 4 * 1024 * 1024;

    private static readonly ReplicaStored Stored = new();

    private readonly ImmutableArray<IStorageEngine> _stores;
    private readonly IStorageEngine _engine;
    private readonly RecordMerge _merge;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<Write> _waiting = new();

    /// <summary>Writes whose row has been fetched, and those of the same keys behind them: before all that wait.</summary>
    private readonly Queue<Write> _ready = new();
    private readonly Dictionary<ReadOnlyMemory<byte>, Queue<Write>> _loading = new(BytesComparer.Instance);
    private int _setAside;
    private Exception? _failure;
    private bool _isCommitting;
    private bool _isDrainScheduled;
    private int _readers;

    /// <summary>The writer of one of a node's stores; range reads go over all of them.</summary>
    public StorageActor(ImmutableArray<IStorageEngine> stores, int index, RecordMerge merge, TimeProvider time)
    {
        _stores = stores;
        _engine = stores[index];
        _merge = merge;
        _time = time;
        Receive<ReplicaWork>(OnWork);
        Receive<Batch<ReplicaWork>>(batch =>
        {
            foreach (var work in batch.Items) OnWork(work);
        });
        Receive<Drain>(_ => OnDrain());
        Receive<Committed>(OnCommitted);
        Receive<Loaded>(OnLoaded);
        Receive<ReaderDone>(_ => _readers--);
    }

    private sealed record Write(ReplicaWork Work, IActorRef Sender, byte[] RowKey)
    {
        /// <summary>The old row, where a reader has fetched it.</summary>
        public LoadedRow? Row { get; init; }
    }

    private sealed record LoadedRow(Record? Record);

    private sealed class Drain
    {
        public static Drain Instance { get; } = new();
    }

    private sealed class ReaderDone
    {
        public static ReaderDone Instance { get; } = new();
    }

    private sealed record Committed(IReadOnlyList<(IActorRef Sender, ulong Number, ReplicaReply Reply)> Writers, Exception? Failure);

    private sealed record Loaded(byte[] RowKey, Record? Record, Exception? Failure);

    /// <summary>How to create one.</summary>
    public static Props Props(ImmutableArray<IStorageEngine> stores, int index, RecordMerge merge, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new StorageActor(stores, index, merge, time));

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
                Read(work.Number, read);
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

    private void Read(ulong number, ReplicaRead read)
    {
        var rowKey = RowKey.Of(read.Key.Span);
        try
        {
            var lookup = _engine.TryGetFromMemory(rowKey, out var value);
            if (lookup != MemoryLookup.OnDisk)
            {
                Sender.Tell(new Answer(number, lookup == MemoryLookup.Found ? RecordReply(read, value) : RecordReply(read, null)));
                return;
            }
        }
        catch (Exception e)
        {
            Refuse(Sender, number, RefusalReason.Unreadable, e.Message);
            return;
        }

        ReadInBackground(number, () => RecordReply(read, _engine.Get(rowKey)));
    }

    private void Scan(ulong number, ReplicaScan scan) => ReadInBackground(number, () =>
    {
        var rows = new List<ReplicaRow>();
        var bytes = 0;
        foreach (var row in StoreScan.Of(_stores, scan.From, scan.Until))
        {
            if (rows.Count == scan.LimitRows || bytes >= scan.LimitBytes) return new ReplicaRows([.. rows], IsEnd: false);
            rows.Add(new ReplicaRow(row.Key, row.Value));
            bytes += row.Key.Length + row.Value.Length;
        }

        return new ReplicaRows([.. rows], IsEnd: true);
    });

    /// <summary>Runs a read that may touch the disk on another thread; its answer goes straight to who asked.</summary>
    private void ReadInBackground(ulong number, Func<ReplicaReply> read)
    {
        if (_readers >= ReaderLimit)
        {
            Refuse(Sender, number, RefusalReason.Overloaded, "too many reads wait for the disk");
            return;
        }

        _readers++;
        var (asker, self) = (Sender, Self);
        Task.Run(() =>
        {
            ReplicaReply reply;
            try
            {
                reply = read();
            }
            catch (Exception e)
            {
                reply = new ReplicaRefusal(RefusalReason.Unreadable, e.Message);
            }

            asker.Tell(new Answer(number, reply), self);
            self.Tell(ReaderDone.Instance, self);
        });
    }

    private static ReplicaReply RecordReply(ReplicaRead read, ReadOnlyMemory<byte>? value)
    {
        if (value is not { } bytes) return new ReplicaRecord(0, ReadOnlyMemory<byte>.Empty);
        try
        {
            var hash = RecordCodec.Decode(bytes).Hash(read.Key.Span);
            return new ReplicaRecord(hash, hash == read.KnownHash ? ReadOnlyMemory<byte>.Empty : bytes);
        }
        catch (InvalidDataException e)
        {
            return new ReplicaRefusal(RefusalReason.Unreadable, e.Message);
        }
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

        if (_waiting.Count + _ready.Count + _setAside >= WriteLimit)
        {
            Refuse(Sender, work.Number, RefusalReason.Overloaded, "too many writes wait for the disk");
            return;
        }

        _waiting.Enqueue(new Write(work, Sender, rowKey));
        ScheduleDrain();
    }

    /// <summary>By a message to itself: whatever is in the mailbox before it makes one batch.</summary>
    private void ScheduleDrain()
    {
        if (_isCommitting || _isDrainScheduled || _waiting.Count + _ready.Count == 0) return;
        _isDrainScheduled = true;
        Self.Tell(Drain.Instance);
    }

    private void OnDrain()
    {
        _isDrainScheduled = false;
        if (WhyReadOnly is { } why)
        {
            while (_ready.TryDequeue(out var write) || _waiting.TryDequeue(out write))
                Refuse(write.Sender, write.Work.Number, RefusalReason.ReadOnly, why);
            return;
        }

        var batch = new WriteBatch();
        var changed = new Dictionary<ReadOnlyMemory<byte>, Record>(BytesComparer.Instance);
        var writers = new List<(IActorRef Sender, ulong Number, ReplicaReply Reply)>();
        while (batch.ByteSize < BatchBytes && (_ready.TryDequeue(out var write) || _waiting.TryDequeue(out write)))
            Apply(write, batch, changed, writers);

        if (batch.Count == 0)
        {
            // Nothing changed, and what is held is durable.
            OnCommitted(new Committed(writers, null));
            return;
        }

        _isCommitting = true;
        var self = Self;
        _engine.CommitAsync(batch).ContinueWith(
            commit => self.Tell(new Committed(writers, commit.Exception?.GetBaseException()), self),
            TaskScheduler.Default);
    }

    private void Apply(
        Write write, WriteBatch batch, Dictionary<ReadOnlyMemory<byte>, Record> changed, List<(IActorRef Sender, ulong Number, ReplicaReply Reply)> writers)
    {
        try
        {
            if (!TryGetHeld(write, changed, out var held)) return;
            var outcome = write.Work.Request is MintRequest mint
                ? _merge.Mint(held, mint)
                : _merge.Store(held, RecordCodec.Decode(((ReplicaStore)write.Work.Request).Record));
            if (outcome.Refusal is { Reason: RefusalReason.Changed } changedMeanwhile)
            {
                // Told with the batch: what it met may be in it, and whoever reads again is to see that.
                writers.Add((write.Sender, write.Work.Number, changedMeanwhile));
                return;
            }

            if (outcome.Refusal is { } refusal)
            {
                write.Sender.Tell(new Answer(write.Work.Number, refusal));
                return;
            }

            if (!outcome.IsChanged && write.Work.Request is ReplicaStore)
            {
                // A copy of what is held already is acknowledged with the batch and written nowhere.
                writers.Add((write.Sender, write.Work.Number, Stored));
                return;
            }

            // If nothing was held, the record is the one that came: its bytes go on as they are.
            ReadOnlyMemory<byte> encoded = held is null && write.Work.Request is ReplicaStore store
                ? store.Record
                : RecordCodec.Encode(outcome.Record!);
            if (outcome.IsChanged)
            {
                batch.Put(write.RowKey, encoded.Span);
                changed[write.RowKey] = outcome.Record!;
            }

            if (write.Work.Request is MintRequest) write.Sender.Tell(new Answer(write.Work.Number, new Minted(outcome.Record!, encoded)));
            writers.Add((write.Sender, write.Work.Number, Stored));
        }
        catch (Exception e)
        {
            // Whatever it is, it concerns this write alone; a restart of the actor would forget the commit under way and all that waits.
            Refuse(write.Sender, write.Work.Number, RefusalReason.Unreadable, e.Message);
        }
    }

    /// <summary>The record that a write meets. False if the write was set aside until a reader has fetched it.</summary>
    private bool TryGetHeld(Write write, Dictionary<ReadOnlyMemory<byte>, Record> changed, out Record? held)
    {
        held = null;
        if (write.Row is { } row)
        {
            // Since the row was fetched no other write of its key has been applied: they wait behind this one.
            held = row.Record;
            return true;
        }

        if (_loading.TryGetValue(write.RowKey, out var behind))
        {
            behind.Enqueue(write);
            _setAside++;
            return false;
        }

        if (changed.TryGetValue(write.RowKey, out held)) return true;
        switch (_engine.TryGetFromMemory(write.RowKey, out var value))
        {
            case MemoryLookup.Found:
                held = RecordCodec.Decode(value);
                return true;
            case MemoryLookup.Absent:
                return true;
            default:
                Load(write);
                return false;
        }
    }

    private void Load(Write write)
    {
        _loading.Add(write.RowKey, new Queue<Write>([write]));
        _setAside++;
        var (rowKey, self) = (write.RowKey, Self);
        Task.Run(() =>
        {
            try
            {
                var record = _engine.Get(rowKey) is { } bytes ? RecordCodec.Decode(bytes) : null;
                self.Tell(new Loaded(rowKey, record, null), self);
            }
            catch (Exception e)
            {
                self.Tell(new Loaded(rowKey, null, e), self);
            }
        });
    }

    private void OnLoaded(Loaded loaded)
    {
        if (!_loading.Remove(loaded.RowKey, out var writes)) return;
        _setAside -= writes.Count;
        if (loaded.Failure is { } failure)
        {
            foreach (var write in writes) Refuse(write.Sender, write.Work.Number, RefusalReason.Unreadable, failure.Message);
            return;
        }

        // The row is good for the first of them only; the next ones meet what that one makes of it.
        _ready.Enqueue(writes.Dequeue() with { Row = new LoadedRow(loaded.Record) });
        while (writes.TryDequeue(out var write)) _ready.Enqueue(write);
        ScheduleDrain();
    }

    private void OnCommitted(Committed committed)
    {
        _isCommitting = false;
        if (committed.Failure is { } failure)
        {
            _failure = failure;
            _log.Error(failure, "A commit failed; {0} writes are not acknowledged, and the store takes no more", committed.Writers.Count);
            foreach (var (sender, number, _) in committed.Writers) Refuse(sender, number, RefusalReason.ReadOnly, failure.Message);
        }
        else
        {
            foreach (var (sender, number, reply) in committed.Writers) sender.Tell(new Answer(number, reply));
        }

        ScheduleDrain();
    }

    private static void Refuse(IActorRef asker, ulong number, RefusalReason reason, string detail) =>
        asker.Tell(new Answer(number, new ReplicaRefusal(reason, detail)));
}
