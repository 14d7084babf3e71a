namespace AkkaKv.Storage;

/// <summary>
/// Several ordered sources as one. Every row of every source is shown; of one key the one with the highest sequence comes first (backward:
/// last).
/// </summary>
internal sealed class MergingIterator : RowIterator
{
    private readonly IReadOnlyList<RowIterator> _sources;

    /// <summary>The sources that are not at their end; the heap compares them by the rows they stand on.</summary>
    private readonly PriorityQueue<RowIterator, RowIterator> _heap;

    private RowIterator? _front;
    private bool _backward;

    public MergingIterator(IReadOnlyList<RowIterator> sources)
    {
        _sources = sources;
        _heap = new PriorityQueue<RowIterator, RowIterator>(
            Comparer<RowIterator>.Create((one, other) => _backward ? Compare(other, one) : Compare(one, other)));
    }

    public override bool IsValid => _front is not null;

    public override ReadOnlySpan<byte> Key => _front!.Key;

    public override ulong Sequence => _front!.Sequence;

    public override RowKind Kind => _front!.Kind;

    public override ReadOnlySpan<byte> Value => _front!.Value;

    public override void Seek(ReadOnlySpan<byte> key) => Begin(key, backward: false);

    public override void SeekBefore(ReadOnlySpan<byte> key) => Begin(key, backward: true);

    public override void MoveNext()
    {
        // The front is outside the heap, so moving it cannot break the heap's order.
        _front!.MoveNext();
        ChooseFront();
    }

    public override void MovePrevious()
    {
        _front!.MovePrevious();
        ChooseFront();
    }

    private void Begin(ReadOnlySpan<byte> key, bool backward)
    {
        _heap.Clear();
        _backward = backward;
        foreach (var source in _sources)
        {
            if (backward)
                source.SeekBefore(key);
            else
                source.Seek(key);

            if (source.IsValid)
                _heap.Enqueue(source, source);
        }

        _heap.TryDequeue(out _front, out _);
    }

    private void ChooseFront()
    {
        if (!_front!.IsValid)
            _heap.TryDequeue(out _front, out _);
        else if (_heap.Count > 0)
            _front = _heap.EnqueueDequeue(_front, _front);
    }

    private static int Compare(RowIterator one, RowIterator other)
    {
        var order = one.Key.SequenceCompareTo(other.Key);
        return order != 0 ? order : other.Sequence.CompareTo(one.Sequence);
    }
}
