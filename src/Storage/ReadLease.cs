namespace AkkaKv.Storage;

/// <summary>Keeps a view alive from <see cref="ReadView.TryLease"/> until its one <see cref="Release"/>, on any thread.</summary>
internal readonly struct ReadLease(ReadView view, int stripe)
{
    public ReadView View => view;

    public void Release() => view.Return(stripe);
}
