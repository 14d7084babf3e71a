namespace AkkaKv.Storage;

/// <summary>
/// Tables that follow each other without overlap, as one source: however many there are, a merge pays for one.
/// </summary>
/// <remarks>REQUIRES: the tables are in the order of their keys.</remarks>
internal sealed class LevelIterator(IReadOnlyList<Table> tables, bool keepBlocks = true) : RowIterator
{
    private int _table = -1;
    private RowIterator? _rows;

    public override bool IsValid => _rows is { IsValid: true };

    public override ReadOnlySpan<byte> Key => _rows!.Key;

    public override ulong Sequence => _rows!.Sequence;

    public override RowKind Kind => _rows!.Kind;

    public override ReadOnlySpan<byte> Value => _rows!.Value;

    public override void Seek(ReadOnlySpan<byte> key)
    {
        _table = 0;
        while (_table < tables.Count && tables[_table].Info.LargestKey.Span.SequenceCompareTo(key) < 0)
            _table++;
        Enter(key);
        Settle();
    }

    public override void SeekBefore(ReadOnlySpan<byte> key)
    {
        _table = tables.Count - 1;
        while (_table >= 0 && !key.IsEmpty && tables[_table].Info.SmallestKey.Span.SequenceCompareTo(key) >= 0)
            _table--;
        EnterBackward(key);
        SettleBackward();
    }

    public override void MoveNext()
    {
        _rows!.MoveNext();
        Settle();
    }

    public override void MovePrevious()
    {
        _rows!.MovePrevious();
        SettleBackward();
    }

    private void Settle()
    {
        while (_rows is { IsValid: false })
        {
            _table++;
            Enter([]);
        }
    }

    private void Enter(ReadOnlySpan<byte> key)
    {
        _rows = _table < tables.Count ? tables[_table].Iterate(keepBlocks) : null;
        _rows?.Seek(key);
    }

    private void SettleBackward()
    {
        while (_rows is { IsValid: false })
        {
            _table--;
            EnterBackward([]);
        }
    }

    private void EnterBackward(ReadOnlySpan<byte> key)
    {
        _rows = _table >= 0 ? tables[_table].Iterate(keepBlocks) : null;
        _rows?.SeekBefore(key);
    }
}
