using Akka.Actor;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>A write that was asked for and is not applied yet.</summary>
/// <param name="Work">A <see cref="MintRequest"/> or <see cref="ReplicaStore"/>.</param>
/// <param name="Asker">Who is answered.</param>
/// <param name="RowKey">The row it changes.</param>
/// <param name="Fetched">What a reader has found of the row; null if none was asked.</param>
internal readonly record struct PendingWrite(ReplicaWork Work, IActorRef Asker, byte[] RowKey, FetchedRow? Fetched = null);

/// <summary>A row as it came from disk.</summary>
/// <param name="RowKey">Which.</param>
/// <param name="Record">Null if there is none.</param>
/// <param name="Failure">Why it could not be read.</param>
internal sealed record FetchedRow(byte[] RowKey, Record? Record, Exception? Failure = null);

/// <summary>
/// The writes of a store that wait: in the order they came, but for those whose row is being fetched from disk. They are set aside with all
/// later writes of their key behind them, and go first once the row is there.
/// </summary>
/// <remarks>So writes of one key are applied in the order they came, whatever is fetched. Bound: <see cref="Limit"/>.</remarks>
internal sealed class PendingWrites
{
    /// <summary>Writes at most.</summary>
    public const int Limit = 20_000;

    private readonly Queue<PendingWrite> _waiting = new();

    /// <summary>Those whose row has been fetched, and those of the same keys behind them: before all that wait.</summary>
    private readonly Queue<PendingWrite> _ready = new();
    private readonly Dictionary<byte[], Queue<PendingWrite>> _setAside = new(RowKeyComparer.Instance);
    private int _setAsideCount;

    /// <summary>True if no more is to be added.</summary>
    public bool IsFull => _waiting.Count + _ready.Count + _setAsideCount >= Limit;

    /// <summary>True if none can be taken.</summary>
    public bool IsEmpty => _waiting.Count + _ready.Count == 0;

    /// <summary>Adds a write behind all others.</summary>
    public void Add(PendingWrite write) => _waiting.Enqueue(write);

    /// <summary>Takes the next write that can be applied.</summary>
    public bool TryTake(out PendingWrite write) => _ready.TryDequeue(out write) || _waiting.TryDequeue(out write);

    /// <summary>Sets a write behind the one of its key that waits for its row; false if none does.</summary>
    public bool TrySetBehind(in PendingWrite write)
    {
        if (_setAside.Count == 0 || !_setAside.TryGetValue(write.RowKey, out var behind)) return false;
        behind.Enqueue(write);
        _setAsideCount++;
        return true;
    }

    /// <summary>Sets a write aside until its row is fetched. REQUIRES: none of its key is.</summary>
    public void SetAside(in PendingWrite write)
    {
        _setAside.Add(write.RowKey, new Queue<PendingWrite>([write]));
        _setAsideCount++;
    }

    /// <summary>The writes that waited for a row can be taken, first of all.</summary>
    public void Resume(FetchedRow row)
    {
        if (!TryRemove(row.RowKey, out var writes)) return;

        // The row is good for the first of them only; the next ones meet what that one makes of it.
        _ready.Enqueue(writes.Dequeue() with { Fetched = row });
        while (writes.TryDequeue(out var write)) _ready.Enqueue(write);
    }

    /// <summary>Takes out the writes that waited for a row.</summary>
    public IReadOnlyCollection<PendingWrite> Abandon(byte[] rowKey) => TryRemove(rowKey, out var writes) ? writes : [];

    private bool TryRemove(byte[] rowKey, out Queue<PendingWrite> writes)
    {
        if (!_setAside.Remove(rowKey, out writes!)) return false;
        _setAsideCount -= writes.Count;
        return true;
    }
}
