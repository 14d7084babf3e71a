using System.Runtime.InteropServices;
using Akka.Actor;
using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>A row that writes of a round meet.</summary>
/// <param name="key">The row key.</param>
internal sealed class MetRow(byte[] key)
{
    private ReadOnlyMemory<byte>? _encoded;
    private Record? _record;

    /// <summary>The row key.</summary>
    public byte[] Key { get; } = key;

    /// <summary>Where the row is; null until that has been looked up.</summary>
    public MemoryLookup? Place { get; private set; }

    /// <summary>
    /// What is held, by the store or by the round; null for nothing. REQUIRES: it is known not to be on disk. Throws
    /// <see cref="InvalidDataException"/> if what the store holds is no record.
    /// </summary>
    public Record? Record
    {
        get
        {
            if (_encoded is { } bytes) Is(RecordCodec.Decode(bytes));
            return _record;
        }
    }

    /// <summary>Takes what memory knows of the row; its record is decoded when it is asked for.</summary>
    public void Is(MemoryRow row)
    {
        // A bare null would become an empty memory here: there is a conversion from a null array.
        _encoded = row.Lookup == MemoryLookup.Found ? row.Value : default(ReadOnlyMemory<byte>?);
        Place = row.Lookup;
    }

    /// <summary>Takes a record, or null for nothing.</summary>
    public void Is(Record? record)
    {
        (Place, _encoded) = (record is null ? MemoryLookup.Absent : MemoryLookup.Found, null);
        _record = record;
    }
}

/// <summary>
/// One commit of a store, from its first write to the answers: the rows that its writes have met, the batch that they make, and who is
/// answered when that is synced.
/// </summary>
/// <remarks>
/// A row is looked up once in a round, whatever is written to it; writes of one key see each other's effect here before it is durable.
/// A store has one round at a time, and the same one again for the next commit: it keeps its memory.
/// </remarks>
/// <param name="keepsLeaves">True if batches carry what they do to the store's hash tree.</param>
internal sealed class CommitRound(bool keepsLeaves = false)
{
    /// <summary>A round that has met and made so many bytes takes no more writes.</summary>
    private const int LimitBytes = 4 * 1024 * 1024;

    private readonly Dictionary<byte[], MetRow> _rows = new(RowKeyComparer.Instance);
    private readonly List<(IActorRef Asker, ulong Number, ReplicaReply Reply)> _writers = [];
    private readonly LeafDeltas? _leaves = keepsLeaves ? new LeafDeltas() : null;
    private long _metBytes;

    /// <summary>What is to be committed.</summary>
    public WriteBatch Batch { get; private set; } = new();

    /// <summary>Writes that are answered with the commit.</summary>
    public int Writers => _writers.Count;

    /// <summary>True if it takes no more writes.</summary>
    public bool IsFull => Batch.ByteSize + _metBytes >= LimitBytes;

    /// <summary>The row of that key, the same one for every write of the round.</summary>
    /// <param name="rowKey">Its key.</param>
    /// <param name="isNew">True for the first of them: what the store holds is to be looked up.</param>
    public MetRow Meet(byte[] rowKey, out bool isNew)
    {
        ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, rowKey, out var isKnown);
        isNew = !isKnown;
        return row ??= new MetRow(rowKey);
    }

    /// <summary>Tells a row what memory knows of it, and counts that.</summary>
    public void Met(MetRow row, MemoryRow found)
    {
        _metBytes += found.Value.Length;
        row.Is(found);
    }

    /// <summary>
    /// Puts a record in the place of what the row held. Every change of a row passes here and nowhere else, with its key, the record before
    /// (<see cref="MetRow.Record"/>, null for none) and the one after; it is durable if the commit succeeds.
    /// </summary>
    public void Replace(MetRow row, Record record, ReadOnlySpan<byte> encoded)
    {
        Batch.Put(row.Key, encoded);
        if (_leaves is not null)
        {
            _leaves.Add(row.Key, row.Record, record);
            Batch.Note = _leaves.Note;
        }

        row.Is(record);
    }

    /// <summary>Answers a write when the commit is done.</summary>
    public void AnswerLater(in PendingWrite write, ReplicaReply reply) => _writers.Add((write.Asker, write.Work.Number, reply));

    /// <summary>Answers those who wait, all with the refusal if there is one, and begins the next round.</summary>
    public void End(Outgoing<Answer> answers, ReplicaRefusal? refusal)
    {
        foreach (var (asker, number, reply) in _writers) answers.Add(asker, new Answer(number, refusal ?? reply));
        _writers.Clear();
        _rows.Clear();
        _metBytes = 0;
        _leaves?.Clear();

        // What one huge record has blown up is not kept.
        if (Batch.ByteSize > LimitBytes) Batch = new WriteBatch();
        else Batch.Clear();
    }
}
