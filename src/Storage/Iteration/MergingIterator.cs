namespace AkkaKv.Storage;

/// <summary>
/// Several ordered sources as one. Every row of every source is shown; of one key the one with the highest sequence comes first.
/// </summary>
internal sealed class MergingIterator : RowIterator
{
    private readonly IReadOnlyList<RowIterator> _sources;

    /// <summary>The sources that are not at their end; the heap compares them by the rows they stand on.</summary>
    private readonly PriorityQueue<RowIterator, RowIterator> _heap = new(Comparer<RowIterator>.Create(Compare));

    private RowIterator? _front;

    public MergingIterator(IReadOnlyList<RowIterator> sources) => _sources = sources;

    public override bool IsValid => _front is not null;

    public override ReadOnlySpan<byte> Key => _front!.Key;

    public override ulong Sequence => _front!.Sequence;

    public override RowKind Kind => _front!.Kind;

    public override ReadOnlySpan<byte> Value => _front!.Value;

    public override void Seek(ReadOnlySpan<byte> key)
    {
        _heap.Clear();
        foreach (var source in _sources)
        {
            source.Seek(key);
            if (source.IsValid)
                _heap.Enqueue(source, source);
        }

        _heap.TryDequeue(out _front, out _);
    }

    public override void MoveNext()
    {
        // The front is outside the heap, so moving it cannot break the heap's order.
        _front!.MoveNext();
        if (_front.IsValid)
            _front = _heap.EnqueueDequeue(_front, _front);
        else
            _heap.TryDequeue(out _front, out _);
    }

    private static int Compare(RowIterator one, RowIterator other)
    {
        var order = one.Key.SequenceCompareTo(other.Key);
        return order != 0 ? order : other.Sequence.CompareTo(one.Sequence);
    }
}
