using Google.Protobuf;

namespace AkkaKv.Protocol.Tests;

/// <summary>
/// The messages that are written by hand, by way of the types that are generated from <c>akkakv.proto</c>: what the bytes have to be.
/// </summary>
internal static class GeneratedLanes
{
    public static Wire.LaneFrame ToWire(LaneFrame frame)
    {
        var wire = new Wire.LaneFrame
        {
            Session = frame.Session,
            Sequence = frame.Sequence,
            RingEpoch = (ulong)frame.RingEpoch,
            Clock = frame.Clock.Value,
            PhysicalMilliseconds = (ulong)frame.PhysicalMilliseconds,
            NeedsNoAck = !frame.NeedsAck,
        };
        foreach (var item in frame.Items)
        {
            wire.Items.Add(new Wire.LaneItem
            {
                Number = item.Number,
                Kind = (uint)item.Kind,
                RemainingMilliseconds = LaneCodec.Milliseconds(item.Remaining),
                Body = UnsafeByteOperations.UnsafeWrap(item.Body),
                TotalBytes = (uint)item.TotalBytes,
                Offset = (uint)item.Offset,
            });
        }

        return wire;
    }

    public static LaneFrame FromWire(Wire.LaneFrame wire) => new(
        wire.Session,
        wire.Sequence,
        [.. wire.Items.Select(item => new LaneItem(
            item.Number, (MessageKind)item.Kind, TimeSpan.FromMilliseconds(item.RemainingMilliseconds), item.Body.Memory,
            checked((int)item.TotalBytes), checked((int)item.Offset)))],
        (long)wire.RingEpoch,
        new HybridTimestamp(wire.Clock))
    {
        PhysicalMilliseconds = (long)wire.PhysicalMilliseconds,
        NeedsAck = !wire.NeedsNoAck,
    };

    public static Wire.LaneAck ToWire(LaneAck ack) => new() { Session = ack.Session, Through = ack.Through };

    public static LaneAck FromWire(Wire.LaneAck wire) => new(wire.Session, wire.Through);
    public static Wire.ReplicaRead ToWire(ReplicaRead read) => new() { Key = Wrap(read.Key), KnownHash = read.KnownHash };

    public static ReplicaRead FromWire(Wire.ReplicaRead wire) => new(wire.Key.Memory, wire.KnownHash);

    public static Wire.ReplicaStore ToWire(ReplicaStore store) => new() { Key = Wrap(store.Key), Record = Wrap(store.Record) };

    public static ReplicaStore FromWire(Wire.ReplicaStore wire) => new(wire.Key.Memory, wire.Record.Memory);

    public static Wire.ReplicaRecord ToWire(ReplicaRecord record) => new() { Hash = record.Hash, Record = Wrap(record.Record) };

    public static ReplicaRecord FromWire(Wire.ReplicaRecord wire) => new(wire.Hash, wire.Record.Memory);

    private static ByteString Wrap(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);
}

/// <summary>Records by way of the generated types.</summary>
internal static class GeneratedRecords
{
    /// <summary>Encodes a record.</summary>
    public static byte[] Encode(Record record)
    {
        var wire = new Wire.Record();
        foreach (var entry in record.Vector.Entries)
            wire.Vector.Add(new Wire.VectorEntry { Replica = entry.Actor.Replica.Value, Epoch = entry.Actor.Epoch, Counter = entry.Counter });
        foreach (var sibling in record.Siblings) wire.Siblings.Add(ToWire(sibling, record.Vector));
        foreach (var copy in record.SupersededCopies)
        {
            wire.SupersededRetries.Add(new Wire.SupersededRetry
            {
                Actor = (uint)record.Vector.IndexOf(copy.Dot.Actor),
                Counter = copy.Dot.Counter,
                WriteId = ToWire(copy.WriteId),
            });
        }

        return wire.ToByteArray();
    }

    /// <summary>
    /// Decodes a record; its values share memory with <paramref name="bytes"/>. Throws <see cref="InvalidDataException"/> if these are
    /// not the bytes of a record.
    /// </summary>
    public static Record Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var wire = Wire.Record.Parser.ParseFrom(bytes.Span);
            var entries = wire.Vector.Select(entry =>
                new VectorEntry(new VersionActor(new ReplicaId(entry.Replica), entry.Epoch), entry.Counter)).ToList();
            return new Record(
                VersionVector.Of(entries),
                wire.Siblings.Select(sibling => FromWire(sibling, entries)),
                wire.SupersededRetries.Select(copy => new SupersededRetry(
                    new Dot(entries[checked((int)copy.Actor)].Actor, copy.Counter),
                    FromWire(copy.WriteId ?? throw new ArgumentException("a superseded retry has no write id")))));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"These {bytes.Length} bytes are not a record: {e.Message}", e);
        }
    }

    private static Wire.WriteId ToWire(WriteId id) => new()
    {
        Source = ByteString.CopyFrom(id.Source.ToByteArray()),
        Number = id.Number,
        IsRetry = id.IsRetry,
    };

    private static WriteId FromWire(Wire.WriteId wire) => new(new Guid(wire.Source.Span), wire.Number, wire.IsRetry);

    private static Wire.Sibling ToWire(Sibling sibling, VersionVector vector)
    {
        var wire = new Wire.Sibling
        {
            Actor = (uint)vector.IndexOf(sibling.Dot.Actor),
            Counter = sibling.Dot.Counter,
            WriteId = ToWire(sibling.WriteId),
            Timestamp = sibling.Timestamp.Value,
            ContentType = sibling.ContentType,
            IsTombstone = sibling.IsTombstone,
            Value = UnsafeByteOperations.UnsafeWrap(sibling.Value),
        };
        if (sibling.ExpiresAtUnixMilliseconds is { } end) wire.ExpiresAt = end;
        if (sibling.DroppedValueHash is { } hash) wire.DroppedValueHash = hash;
        for (var place = 0; place < vector.Entries.Length; place++)
        {
            var counter = sibling.Past.CounterOf(vector.Entries[place].Actor);
            if (counter == UsualPast(vector.Entries[place], sibling.Dot)) continue;
            wire.PastActors.Add((uint)place);
            wire.PastCounters.Add(counter);
        }

        return wire;
    }

    /// <summary>What the writer of a dot had seen of an actor where nothing is concurrent with the write: all but the write.</summary>
    private static ulong UsualPast(VectorEntry entry, Dot written) =>
        entry.Actor == written.Actor ? written.Counter - 1 : entry.Counter;

    private static Sibling FromWire(Wire.Sibling wire, List<VectorEntry> entries)
    {
        var dot = new Dot(entries[checked((int)wire.Actor)].Actor, wire.Counter);
        return FromWire(wire, dot, PastFromWire(wire, dot, entries));
    }

    private static VersionVector PastFromWire(Wire.Sibling wire, Dot dot, List<VectorEntry> entries)
    {
        if (wire.PastActors.Count != wire.PastCounters.Count) throw new ArgumentException("a past has places without counters");
        var past = entries.ConvertAll(entry => entry with { Counter = UsualPast(entry, dot) });
        for (var i = 0; i < wire.PastActors.Count; i++)
        {
            var place = checked((int)wire.PastActors[i]);
            past[place] = past[place] with { Counter = wire.PastCounters[i] };
        }

        return VersionVector.Of(past);
    }

    private static Sibling FromWire(Wire.Sibling wire, Dot dot, VersionVector past) => new()
    {
        Dot = dot,
        Past = past,
        WriteId = FromWire(wire.WriteId ?? throw new ArgumentException("a sibling has no write id")),
        Timestamp = new HybridTimestamp(wire.Timestamp),
        ExpiresAtUnixMilliseconds = wire.HasExpiresAt ? wire.ExpiresAt : null,
        ContentType = wire.ContentType,
        IsTombstone = wire.IsTombstone,
        Value = wire.Value.Memory,
        DroppedValueHash = wire.HasDroppedValueHash ? wire.DroppedValueHash : null,
    };
}
