namespace AkkaKv.Storage;

/// <summary>
/// A view held for longer than one call, and the sequence up to which its rows count. The taker has one reference, every scan of it one
/// more; the view is given back with the last, or by the finalizer if somebody forgot.
/// </summary>
internal sealed class Snapshot : RefCounted, ISnapshot
{
    private readonly HeldLease _held;
    private int _disposed;

    /// <summary>Takes over the lease.</summary>
    public Snapshot(ReadLease lease, ulong sequence)
    {
        _held = new HeldLease(lease);
        Sequence = sequence;
    }

    /// <inheritdoc/>
    public ulong Sequence { get; }

    /// <summary>REQUIRES: the caller holds a reference, and keeps this object alive while it reads.</summary>
    public ReadView View => _held.View;

    public ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key)
    {
        Enter();
        try
        {
            return View.Get(key, Sequence);
        }
        finally
        {
            Release();
        }
    }

    public IReadOnlyList<ReadOnlyMemory<byte>?> Get(IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        Enter();
        try
        {
            return BatchLookup.Get(View, Sequence, keys);
        }
        finally
        {
            Release();
        }
    }

    public IEnumerable<StorageRow> Scan(
        ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until, ScanDirection direction = ScanDirection.Forward)
    {
        Enter();
        return new RowScan(this, from, until, direction);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Release();
    }

    protected override void OnUnused() => _held.Dispose();

    private void Enter() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0 || !TryAcquire(), this);

    private sealed class HeldLease(ReadLease lease) : IDisposable
    {
        private int _returned;

        ~HeldLease() => Return();

        public ReadView View => lease.View;

        public void Dispose()
        {
            Return();
            GC.SuppressFinalize(this);
        }

        private void Return()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
                lease.Release();
        }
    }
}
