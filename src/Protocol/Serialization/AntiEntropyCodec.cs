using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>Messages of anti-entropy to and from their wire types.</summary>
internal static class AntiEntropyCodec
{
    public static Wire.TreeQuery ToWire(TreeQuery query)
    {
        var wire = new Wire.TreeQuery { Range = RangeOf(query), Level = query.Level, Depth = query.Depth, IsUpperHalf = query.IsUpperHalf };
        wire.Nodes.AddRange(query.Nodes);
        return wire;
    }

    public static TreeQuery FromWire(Wire.TreeQuery wire) => new(RangeOf(wire.Range), wire.Level, [.. wire.Nodes], wire.Depth, wire.IsUpperHalf);

    public static Wire.LeafQuery ToWire(LeafQuery query)
    {
        var wire = new Wire.LeafQuery { Range = RangeOf(query), FromToken = query.FromToken, Limit = query.Limit };
        wire.Leaves.AddRange(query.Leaves);
        return wire;
    }

    public static LeafQuery FromWire(Wire.LeafQuery wire) => new(RangeOf(wire.Range), [.. wire.Leaves], wire.FromToken, wire.Limit);

    public static Wire.RecordQuery ToWire(RecordQuery query)
    {
        var wire = new Wire.RecordQuery { Range = RangeOf(query), After = Wrap(query.After), LimitBytes = query.LimitBytes };
        wire.Tokens.AddRange(query.Tokens);
        return wire;
    }

    public static RecordQuery FromWire(Wire.RecordQuery wire) => new(RangeOf(wire.Range), [.. wire.Tokens], wire.After.Memory, wire.LimitBytes);

    public static Wire.RecordPush ToWire(RecordPush push)
    {
        var wire = new Wire.RecordPush { Range = RangeOf(push) };
        wire.Rows.AddRange(push.Rows.Select(row => new Wire.ReplicaRow { RowKey = Wrap(row.RowKey), Record = Wrap(row.Record) }));
        return wire;
    }

    public static RecordPush FromWire(Wire.RecordPush wire) =>
        new(RangeOf(wire.Range), [.. wire.Rows.Select(row => new ReplicaRow(row.RowKey.Memory, row.Record.Memory))]);

    public static Wire.EntryOffer ToWire(EntryOffer offer)
    {
        var wire = new Wire.EntryOffer { Range = RangeOf(offer) };
        wire.Tokens.AddRange(offer.Tokens);
        wire.Hashes.AddRange(offer.Hashes);
        return wire;
    }

    public static EntryOffer FromWire(Wire.EntryOffer wire) => new(RangeOf(wire.Range), [.. wire.Tokens], [.. wire.Hashes]);

    public static Wire.TreeHashes ToWire(TreeHashes hashes)
    {
        var wire = new Wire.TreeHashes();
        wire.Hashes.AddRange(hashes.Hashes);
        return wire;
    }

    public static TreeHashes FromWire(Wire.TreeHashes wire) => new([.. wire.Hashes]);

    public static Wire.LeafEntries ToWire(LeafEntries entries)
    {
        var wire = new Wire.LeafEntries { IsEnd = entries.IsEnd, NextToken = entries.NextToken };
        wire.Tokens.AddRange(entries.Tokens);
        wire.Hashes.AddRange(entries.Hashes);
        return wire;
    }

    public static LeafEntries FromWire(Wire.LeafEntries wire) => new([.. wire.Tokens], [.. wire.Hashes], wire.IsEnd, wire.NextToken);

    public static Wire.EntriesWanted ToWire(EntriesWanted wanted)
    {
        var wire = new Wire.EntriesWanted();
        wire.Tokens.AddRange(wanted.Tokens);
        return wire;
    }

    public static EntriesWanted FromWire(Wire.EntriesWanted wire) => new([.. wire.Tokens]);

    private static Wire.LeafRange RangeOf(RepairRequest request) =>
        new() { From = request.Range.FromLeaf, Until = request.Range.UntilLeaf, LeafBits = request.Range.LeafBits };

    private static RepairRange RangeOf(Wire.LeafRange? range) => range is null ? default : new RepairRange(range.From, range.Until, range.LeafBits);

    private static ByteString Wrap(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);
}
