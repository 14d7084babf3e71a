using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>
/// Drops the values of expired versions while tables are merged, and nothing else: the shell with its dot stays until a purge, so what it
/// superseded stays superseded.
/// </summary>
/// <remarks>
/// A value is dropped an hour after its expiry and only by a clock that was checked (<see cref="ClockWatch.DropsBefore"/>): a node that
/// starts a year ahead drops nothing.
/// </remarks>
internal sealed class ExpiryFilter : ICompactionFilter
{
    private readonly ClockWatch _clocks;
    private readonly NodeMeters _meters;

    /// <summary>The filter of a node's stores.</summary>
    public ExpiryFilter(ClockWatch clocks, NodeMeters meters)
    {
        _clocks = clocks;
        _meters = meters;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Filter(scoped ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (RecordExpiry.EarliestOf(value) is not { } earliest) return value;
        if (_clocks.DropsBefore is not { } before || earliest > before) return value;
        try
        {
            var record = RecordCodec.Decode(value.ToArray());
            var shell = record.WithoutValuesExpiredBy(before);
            if (ReferenceEquals(shell, record)) return value;
            var encoded = RecordCodec.Encode(shell);
            // The hash that takes a value's place is longer than the shortest values.
            if (encoded.Length >= value.Length) return value;
            _meters.ValuesDropped.Add(1);
            return encoded;
        }
        catch (InvalidDataException)
        {
            // A row that is no record is for those who read it to report, and for nobody to change.
            return value;
        }
    }
}
