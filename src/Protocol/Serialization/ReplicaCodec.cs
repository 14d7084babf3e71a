using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>Replica messages to and from their wire types.</summary>
internal static class ReplicaCodec
{
    public static Wire.ReplicaRead ToWire(ReplicaRead read) => new() { Key = Wrap(read.Key), KnownHash = read.KnownHash };

    public static ReplicaRead FromWire(Wire.ReplicaRead wire) => new(wire.Key.Memory, wire.KnownHash);

    public static Wire.ReplicaStore ToWire(ReplicaStore store) => new() { Key = Wrap(store.Key), Record = Wrap(store.Record) };

    public static ReplicaStore FromWire(Wire.ReplicaStore wire) => new(wire.Key.Memory, wire.Record.Memory);

    public static Wire.ReplicaScan ToWire(ReplicaScan scan) => new()
    {
        From = Wrap(scan.From),
        Until = Wrap(scan.Until),
        LimitRows = (uint)scan.LimitRows,
        LimitBytes = (uint)scan.LimitBytes,
    };

    public static ReplicaScan FromWire(Wire.ReplicaScan wire) =>
        new(wire.From.Memory, wire.Until.Memory, checked((int)wire.LimitRows), checked((int)wire.LimitBytes));

    public static Wire.ReplicaRecord ToWire(ReplicaRecord record) => new() { Hash = record.Hash, Record = Wrap(record.Record) };

    public static ReplicaRecord FromWire(Wire.ReplicaRecord wire) => new(wire.Hash, wire.Record.Memory);

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
