namespace AkkaKv.Benchmarks;

/// <summary>All rows of a run, made once, so that making them costs no system anything while it is measured.</summary>
internal sealed class LoadRows
{
    private readonly byte[] _keys;
    private readonly byte[] _values;
    private readonly int _valueBytes;

    public LoadRows(RowSet rows)
    {
        Count = rows.Rows;
        _valueBytes = rows.ValueBytes;
        _keys = new byte[Count * BenchmarkData.KeyBytes];
        _values = new byte[Count * _valueBytes];
        var data = new BenchmarkData(Count, _valueBytes);
        for (var row = 0; row < Count; row++)
        {
            BenchmarkData.Key(row, _keys.AsSpan(row * BenchmarkData.KeyBytes, BenchmarkData.KeyBytes));
            data.Value(row, _values.AsSpan(row * _valueBytes, _valueBytes));
        }
    }

    public int Count { get; }

    public ReadOnlyMemory<byte> Key(int row) => _keys.AsMemory(row * BenchmarkData.KeyBytes, BenchmarkData.KeyBytes);

    public ReadOnlyMemory<byte> Value(int row) => _values.AsMemory(row * _valueBytes, _valueBytes);

    /// <summary>The length always, the bytes if asked for.</summary>
    public bool IsValue(int row, ReadOnlyMemory<byte> found, bool isCompared) =>
        found.Length == _valueBytes && (!isCompared || found.Span.SequenceEqual(Value(row).Span));
}
