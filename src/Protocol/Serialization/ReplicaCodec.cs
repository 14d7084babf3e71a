using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>Replica messages to and from their wire types.</summary>
internal static class ReplicaCodec
{
    public static Wire.ReplicaScan ToWire(ReplicaScan scan) => new()
    {
        From = Wrap(scan.From),
        Until = Wrap(scan.Until),
        LimitRows = (uint)scan.LimitRows,
        LimitBytes = (uint)scan.LimitBytes,
    };

    public static ReplicaScan FromWire(Wire.ReplicaScan wire) =>
        new(wire.From.Memory, wire.Until.Memory, checked((int)wire.LimitRows), checked((int)wire.LimitBytes));

    public static Wire.ReplicaRows ToWire(ReplicaRows rows)
    {
        var wire = new Wire.ReplicaRows { IsEnd = rows.IsEnd };
        wire.Rows.AddRange(rows.Rows.Select(row => new Wire.ReplicaRow { RowKey = Wrap(row.RowKey), Record = Wrap(row.Record) }));
        return wire;
    }

    public static ReplicaRows FromWire(Wire.ReplicaRows wire) =>
        new([.. wire.Rows.Select(row => new ReplicaRow(row.RowKey.Memory, row.Record.Memory))], wire.IsEnd);

    public static Wire.ReplicaRefusal ToWire(ReplicaRefusal refusal) => new() { Reason = (uint)refusal.Reason, Detail = refusal.Detail };

    public static ReplicaRefusal FromWire(Wire.ReplicaRefusal wire) => new((RefusalReason)wire.Reason, wire.Detail);

    private static ByteString Wrap(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);
}
