using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>A <see cref="Record"/> as bytes: what goes over the wire, into the commit log and into tables, unchanged.</summary>
public static class RecordCodec
{
    /// <summary>Encodes a record.</summary>
    public static byte[] Encode(Record record)
    {
        var size = default(WireWriter);
        Write(ref size, record);
        var bytes = new byte[size.Length];
        var writer = new WireWriter(bytes);
        Write(ref writer, record);
        return bytes;
    }

    /// <summary>
    /// Decodes a record; its values share memory with <paramref name="bytes"/>. Throws <see cref="InvalidDataException"/> if these are
    /// not the bytes of a record.
    /// </summary>
    public static Record Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            // Siblings name their actors by their places in the vector, and nothing says that it comes first: it is read first.
            var (vectorLength, siblingsLength, copiesLength) = CountParts(bytes);
            var entries = vectorLength == 0 ? [] : new VectorEntry[vectorLength];
            ReadVector(bytes, entries);
            var siblings = new Sibling[siblingsLength];
            var copies = copiesLength == 0 ? [] : new SupersededRetry[copiesLength];
            (siblingsLength, copiesLength) = (0, 0);
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                switch (reader.Field, reader.Type)
                {
                    case (Wire.Record.SiblingsFieldNumber, WireType.Bytes):
                        siblings[siblingsLength++] = ReadSibling(reader.Part(), entries);
                        break;
                    case (Wire.Record.SupersededRetriesFieldNumber, WireType.Bytes):
                        copies[copiesLength++] = ReadSupersededRetry(reader.Part(), entries);
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }

            return Record.Of(VersionVector.OfOwned(entries), siblings, copies);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"These {bytes.Length} bytes are not a record: {e.Message}", e);
        }
    }

    internal static Wire.WriteId ToWire(WriteId id) => new()
    {
        Source = ByteString.CopyFrom(id.Source.ToByteArray()),
        Number = id.Number,
        IsRetry = id.IsRetry,
    };

    internal static WriteId FromWire(Wire.WriteId wire) => new(new Guid(wire.Source.Span), wire.Number, wire.IsRetry);

    /// <summary>A write id as a field of a message.</summary>
    internal static void WriteId(ref WireWriter writer, int field, WriteId id)
    {
        var size = default(WireWriter);
        Write(ref size, id);
        writer.Begin(field, size.Length);
        Write(ref writer, id);
    }

    private static void Write(ref WireWriter writer, Record record)
    {
        foreach (var entry in record.Vector.Entries)
        {
            var size = default(WireWriter);
            Write(ref size, entry);
            writer.Begin(Wire.Record.VectorFieldNumber, size.Length);
            Write(ref writer, entry);
        }

        foreach (var sibling in record.Siblings)
        {
            var size = default(WireWriter);
            Write(ref size, sibling, record.Vector);
            writer.Begin(Wire.Record.SiblingsFieldNumber, size.Length);
            Write(ref writer, sibling, record.Vector);
        }

        foreach (var copy in record.SupersededCopies)
        {
            var size = default(WireWriter);
            Write(ref size, copy, record.Vector);
            writer.Begin(Wire.Record.SupersededRetriesFieldNumber, size.Length);
            Write(ref writer, copy, record.Vector);
        }
    }

    private static void Write(ref WireWriter writer, VectorEntry entry)
    {
        writer.Fixed64(Wire.VectorEntry.ReplicaFieldNumber, entry.Actor.Replica.Value);
        writer.Number(Wire.VectorEntry.EpochFieldNumber, entry.Actor.Epoch);
        writer.Number(Wire.VectorEntry.CounterFieldNumber, entry.Counter);
    }

    private static void Write(ref WireWriter writer, WriteId id)
    {
        writer.Guid(Wire.WriteId.SourceFieldNumber, id.Source);
        writer.Number(Wire.WriteId.NumberFieldNumber, id.Number);
        writer.Flag(Wire.WriteId.IsRetryFieldNumber, id.IsRetry);
    }

    private static void Write(ref WireWriter writer, Sibling sibling, VersionVector vector)
    {
        writer.Number(Wire.Sibling.ActorFieldNumber, (uint)vector.IndexOf(sibling.Dot.Actor));
        writer.Number(Wire.Sibling.CounterFieldNumber, sibling.Dot.Counter);
        WriteId(ref writer, Wire.Sibling.WriteIdFieldNumber, sibling.WriteId);
        writer.Fixed64(Wire.Sibling.TimestampFieldNumber, sibling.Timestamp.Value);
        if (sibling.ExpiresAtUnixMilliseconds is { } end) writer.PresentNumber(Wire.Sibling.ExpiresAtFieldNumber, (ulong)end);
        writer.Text(Wire.Sibling.ContentTypeFieldNumber, sibling.ContentType);
        writer.Flag(Wire.Sibling.IsTombstoneFieldNumber, sibling.IsTombstone);
        writer.Bytes(Wire.Sibling.ValueFieldNumber, sibling.Value.Span);
        WritePast(ref writer, sibling, vector);
        if (sibling.DroppedValueHash is { } hash) writer.PresentFixed64(Wire.Sibling.DroppedValueHashFieldNumber, hash);
    }

    private static void Write(ref WireWriter writer, SupersededRetry copy, VersionVector vector)
    {
        writer.Number(Wire.SupersededRetry.ActorFieldNumber, (uint)vector.IndexOf(copy.Dot.Actor));
        writer.Number(Wire.SupersededRetry.CounterFieldNumber, copy.Dot.Counter);
        WriteId(ref writer, Wire.SupersededRetry.WriteIdFieldNumber, copy.WriteId);
    }

    /// <summary>Two packed lists: the places where the past is not the usual one, and its counters there.</summary>
    private static void WritePast(ref WireWriter writer, Sibling sibling, VersionVector vector)
    {
        var places = default(WireWriter);
        AppendPast(ref places, sibling, vector, isPlaces: true);
        if (places.Length == 0) return;
        var counters = default(WireWriter);
        AppendPast(ref counters, sibling, vector, isPlaces: false);
        writer.Begin(Wire.Sibling.PastActorsFieldNumber, places.Length);
        AppendPast(ref writer, sibling, vector, isPlaces: true);
        writer.Begin(Wire.Sibling.PastCountersFieldNumber, counters.Length);
        AppendPast(ref writer, sibling, vector, isPlaces: false);
    }

    private static void AppendPast(ref WireWriter writer, Sibling sibling, VersionVector vector, bool isPlaces)
    {
        for (var place = 0; place < vector.Entries.Length; place++)
        {
            var counter = sibling.Past.CounterOf(vector.Entries[place].Actor);
            if (counter != UsualPast(vector.Entries[place], sibling.Dot)) writer.Varint(isPlaces ? (ulong)place : counter);
        }
    }

    /// <summary>What the writer of a dot had seen of an actor where nothing is concurrent with the write: all but the write.</summary>
    private static ulong UsualPast(VectorEntry entry, Dot written) =>
        entry.Actor == written.Actor ? written.Counter - 1 : entry.Counter;

    private static (int Vector, int Siblings, int Copies) CountParts(ReadOnlyMemory<byte> bytes)
    {
        var (vector, siblings, copies) = (0, 0, 0);
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.Record.VectorFieldNumber, WireType.Bytes):
                    vector++;
                    break;
                case (Wire.Record.SiblingsFieldNumber, WireType.Bytes):
                    siblings++;
                    break;
                case (Wire.Record.SupersededRetriesFieldNumber, WireType.Bytes):
                    copies++;
                    break;
            }

            reader.Skip();
        }

        return (vector, siblings, copies);
    }

    private static void ReadVector(ReadOnlyMemory<byte> bytes, VectorEntry[] entries)
    {
        var at = 0;
        var reader = new WireReader(bytes);
        while (at < entries.Length && reader.Next())
        {
            if ((reader.Field, reader.Type) is (Wire.Record.VectorFieldNumber, WireType.Bytes)) entries[at++] = ReadEntry(reader.Part());
            else reader.Skip();
        }
    }

    private static VectorEntry ReadEntry(WireReader reader)
    {
        var (replica, epoch, counter) = (0UL, 0U, 0UL);
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.VectorEntry.ReplicaFieldNumber, WireType.Fixed64):
                    replica = reader.Fixed64();
                    break;
                case (Wire.VectorEntry.EpochFieldNumber, WireType.Varint):
                    epoch = reader.Number32();
                    break;
                case (Wire.VectorEntry.CounterFieldNumber, WireType.Varint):
                    counter = reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new VectorEntry(new VersionActor(new ReplicaId(replica), epoch), counter);
    }

    private static SupersededRetry ReadSupersededRetry(WireReader reader, VectorEntry[] entries)
    {
        var (actor, counter) = (0U, 0UL);
        var id = default(WireWriteId);
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.SupersededRetry.ActorFieldNumber, WireType.Varint):
                    actor = reader.Number32();
                    break;
                case (Wire.SupersededRetry.CounterFieldNumber, WireType.Varint):
                    counter = reader.Varint();
                    break;
                case (Wire.SupersededRetry.WriteIdFieldNumber, WireType.Bytes):
                    id.Read(reader.Part());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new SupersededRetry(new Dot(ActorAt(entries, actor), counter), id.Required());
    }

    private static Sibling ReadSibling(WireReader reader, VectorEntry[] entries)
    {
        var (actor, counter, timestamp) = (0U, 0UL, 0UL);
        var id = default(WireWriteId);
        var past = default(WirePast);
        long? expiresAt = null;
        ulong? droppedValueHash = null;
        var contentType = "";
        var isTombstone = false;
        ReadOnlyMemory<byte> value = default;
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.Sibling.ActorFieldNumber, WireType.Varint):
                    actor = reader.Number32();
                    break;
                case (Wire.Sibling.CounterFieldNumber, WireType.Varint):
                    counter = reader.Varint();
                    break;
                case (Wire.Sibling.WriteIdFieldNumber, WireType.Bytes):
                    id.Read(reader.Part());
                    break;
                case (Wire.Sibling.TimestampFieldNumber, WireType.Fixed64):
                    timestamp = reader.Fixed64();
                    break;
                case (Wire.Sibling.ExpiresAtFieldNumber, WireType.Varint):
                    expiresAt = (long)reader.Varint();
                    break;
                case (Wire.Sibling.ContentTypeFieldNumber, WireType.Bytes):
                    contentType = reader.Text();
                    break;
                case (Wire.Sibling.IsTombstoneFieldNumber, WireType.Varint):
                    isTombstone = reader.Flag();
                    break;
                case (Wire.Sibling.ValueFieldNumber, WireType.Bytes):
                    value = reader.Bytes();
                    break;
                case (Wire.Sibling.PastActorsFieldNumber or Wire.Sibling.PastCountersFieldNumber, WireType.Bytes or WireType.Varint):
                    past.Read(ref reader);
                    break;
                case (Wire.Sibling.DroppedValueHashFieldNumber, WireType.Fixed64):
                    droppedValueHash = reader.Fixed64();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var dot = new Dot(ActorAt(entries, actor), counter);
        return new Sibling
        {
            Dot = dot,
            Past = PastOf(past, dot, entries),
            WriteId = id.Required(),
            Timestamp = new HybridTimestamp(timestamp),
            ExpiresAtUnixMilliseconds = expiresAt,
            ContentType = contentType,
            IsTombstone = isTombstone,
            Value = value,
            DroppedValueHash = droppedValueHash,
        };
    }

    private static VersionVector PastOf(WirePast unusual, Dot dot, VectorEntry[] entries)
    {
        var past = new VectorEntry[entries.Length];
        for (var i = 0; i < past.Length; i++) past[i] = entries[i] with { Counter = UsualPast(entries[i], dot) };
        unusual.ApplyTo(past);
        return VersionVector.OfOwned(past);
    }

    private static VersionActor ActorAt(VectorEntry[] entries, uint place) =>
        place < entries.Length ? entries[place].Actor : throw new InvalidDataException($"the vector has no place {place}");
}
