namespace AkkaKv.Protocol;

/// <summary>The replica messages that every read and write sends, straight to and from their bytes.</summary>
internal static class ReplicaWire
{
    public static void Write(ref WireWriter writer, ReplicaRead read)
    {
        writer.Bytes(Wire.ReplicaRead.KeyFieldNumber, read.Key.Span);
        writer.Fixed64(Wire.ReplicaRead.KnownHashFieldNumber, read.KnownHash);
    }

    public static ReplicaRead ReadRead(WireReader reader)
    {
        ReadOnlyMemory<byte> key = default;
        var knownHash = 0UL;
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.ReplicaRead.KeyFieldNumber, WireType.Bytes):
                    key = reader.Bytes();
                    break;
                case (Wire.ReplicaRead.KnownHashFieldNumber, WireType.Fixed64):
                    knownHash = reader.Fixed64();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new ReplicaRead(key, knownHash);
    }

    public static void Write(ref WireWriter writer, ReplicaStore store)
    {
        writer.Bytes(Wire.ReplicaStore.KeyFieldNumber, store.Key.Span);
        writer.Bytes(Wire.ReplicaStore.RecordFieldNumber, store.Record.Span);
    }

    public static ReplicaStore ReadStore(WireReader reader)
    {
        ReadOnlyMemory<byte> key = default, record = default;
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.ReplicaStore.KeyFieldNumber, WireType.Bytes):
                    key = reader.Bytes();
                    break;
                case (Wire.ReplicaStore.RecordFieldNumber, WireType.Bytes):
                    record = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new ReplicaStore(key, record);
    }

    public static void Write(ref WireWriter writer, ReplicaRecord record)
    {
        writer.Fixed64(Wire.ReplicaRecord.HashFieldNumber, record.Hash);
        writer.Bytes(Wire.ReplicaRecord.RecordFieldNumber, record.Record.Span);
    }

    public static ReplicaRecord ReadRecord(WireReader reader)
    {
        var hash = 0UL;
        ReadOnlyMemory<byte> record = default;
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.ReplicaRecord.HashFieldNumber, WireType.Fixed64):
                    hash = reader.Fixed64();
                    break;
                case (Wire.ReplicaRecord.RecordFieldNumber, WireType.Bytes):
                    record = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new ReplicaRecord(hash, record);
    }
}
