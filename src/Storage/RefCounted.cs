namespace AkkaKv.Storage;

/// <summary>
/// Something that readers use without a lock while its owner may already have replaced it. The creator holds the first reference; the
/// last release frees what lies outside the garbage collector: native memory and open files.
/// </summary>
/// <remarks>
/// <see cref="TryAcquire"/> refuses once the count has reached zero, so a reader may race with the last release: the object itself
/// is still there (the collector sees the reader's reference), it only says no, and the reader looks up the successor.
/// </remarks>
internal abstract class RefCounted
{
    private int _references = 1;

    public bool TryAcquire()
    {
        var seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen)
                return true;
            seen = before;
        }

        return false;
    }

    /// <summary>REQUIRES: the caller knows of a reference that outlives this call.</summary>
    public void Acquire() => ObjectDisposedException.ThrowIf(!TryAcquire(), this);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            OnUnused();
    }

    /// <summary>Called once, on whichever thread released last (a finalizer's too), so it must not throw.</summary>
    protected abstract void OnUnused();
}
