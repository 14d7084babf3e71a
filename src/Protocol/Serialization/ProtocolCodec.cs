using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>
/// Every <see cref="IProtocolMessage"/> to and from its bytes under <c>akkakv.proto</c>. The one table of kinds, encoders and decoders.
/// </summary>
public static class ProtocolCodec
{
    /// <summary>The kind of a message; throws <see cref="ArgumentException"/> for one that has no schema.</summary>
    public static MessageKind KindOf(IProtocolMessage message) => message switch
    {
        Put => MessageKind.Put,
        Delete => MessageKind.Delete,
        Get => MessageKind.Get,
        Scan => MessageKind.Scan,
        MultiGet => MessageKind.MultiGet,
        MultiPut => MessageKind.MultiPut,
        ClientRingQuery => MessageKind.ClientRingQuery,
        Written => MessageKind.Written,
        Deleted => MessageKind.Deleted,
        Found => MessageKind.Found,
        NotFound => MessageKind.NotFound,
        ScanPage => MessageKind.ScanPage,
        RequestFailure => MessageKind.Failure,
        MultiReply => MessageKind.MultiReply,
        ClientRing => MessageKind.ClientRing,
        ReplicaRead => MessageKind.ReplicaRead,
        ReplicaStore => MessageKind.ReplicaStore,
        ReplicaScan => MessageKind.ReplicaScan,
        ReplicaRecord => MessageKind.ReplicaRecord,
        ReplicaStored => MessageKind.ReplicaStored,
        ReplicaRows => MessageKind.ReplicaRows,
        ReplicaRefusal => MessageKind.ReplicaRefusal,
        LaneHello => MessageKind.LaneHello,
        LaneWelcome => MessageKind.LaneWelcome,
        LaneRefused => MessageKind.LaneRefused,
        LaneFrame => MessageKind.LaneFrame,
        LaneAck => MessageKind.LaneAck,
        SignOfLife => MessageKind.SignOfLife,
        TreeQuery => MessageKind.TreeQuery,
        LeafQuery => MessageKind.LeafQuery,
        RecordQuery => MessageKind.RecordQuery,
        RecordPush => MessageKind.RecordPush,
        EntryOffer => MessageKind.EntryOffer,
        TreeHashes => MessageKind.TreeHashes,
        LeafEntries => MessageKind.LeafEntries,
        EntriesWanted => MessageKind.EntriesWanted,
        _ => throw new ArgumentException($"{message.GetType()} has no schema.", nameof(message)),
    };

    /// <summary>Encodes a message; throws <see cref="ArgumentException"/> for one that has no schema.</summary>
    public static byte[] Encode(IProtocolMessage message)
    {
        var size = default(WireWriter);
        if (!TryWrite(ref size, message)) return Generated(message).ToByteArray();
        var bytes = new byte[size.Length];
        var writer = new WireWriter(bytes);
        TryWrite(ref writer, message);
        return bytes;
    }

    /// <summary>
    /// Decodes a message, whose values may share memory with <paramref name="bytes"/>; throws <see cref="InvalidDataException"/> if
    /// these are not the bytes of that kind.
    /// </summary>
    public static IProtocolMessage Decode(MessageKind kind, ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        try
        {
            return kind switch
            {
                MessageKind.Put => RequestWire.ReadPut(new WireReader(bytes)),
                MessageKind.Delete => RequestWire.ReadDelete(new WireReader(bytes)),
                MessageKind.Get => RequestWire.ReadGet(new WireReader(bytes)),
                MessageKind.Scan => ClientCodec.FromWire(Wire.Scan.Parser.ParseFrom(span)),
                MessageKind.MultiGet => MultiCodec.FromWire(Wire.MultiGet.Parser.ParseFrom(span)),
                MessageKind.MultiPut => MultiCodec.FromWire(Wire.MultiPut.Parser.ParseFrom(span)),
                MessageKind.ClientRingQuery => new ClientRingQuery(),
                MessageKind.Written => ClientCodec.WrittenFromWire(Wire.WriteDone.Parser.ParseFrom(span)),
                MessageKind.Deleted => ClientCodec.DeletedFromWire(Wire.WriteDone.Parser.ParseFrom(span)),
                MessageKind.Found => ClientCodec.FromWire(Wire.Found.Parser.ParseFrom(span)),
                MessageKind.NotFound => ClientCodec.FromWire(Wire.NotFound.Parser.ParseFrom(span)),
                MessageKind.ScanPage => ClientCodec.FromWire(Wire.ScanPage.Parser.ParseFrom(span)),
                MessageKind.Failure => FailureCodec.FromWire(Wire.Failure.Parser.ParseFrom(span)),
                MessageKind.MultiReply => MultiCodec.FromWire(Wire.MultiReply.Parser.ParseFrom(span)),
                MessageKind.ClientRing => ClientRingCodec.FromWire(Wire.ClientRing.Parser.ParseFrom(span)),
                MessageKind.ReplicaRead => ReplicaWire.ReadRead(new WireReader(bytes)),
                MessageKind.ReplicaStore => ReplicaWire.ReadStore(new WireReader(bytes)),
                MessageKind.ReplicaScan => ReplicaCodec.FromWire(Wire.ReplicaScan.Parser.ParseFrom(span)),
                MessageKind.ReplicaRecord => ReplicaWire.ReadRecord(new WireReader(bytes)),
                MessageKind.ReplicaStored => new ReplicaStored(),
                MessageKind.ReplicaRows => ReplicaCodec.FromWire(Wire.ReplicaRows.Parser.ParseFrom(span)),
                MessageKind.ReplicaRefusal => ReplicaCodec.FromWire(Wire.ReplicaRefusal.Parser.ParseFrom(span)),
                MessageKind.LaneHello => LaneCodec.FromWire(Wire.LaneHello.Parser.ParseFrom(span)),
                MessageKind.LaneWelcome => LaneCodec.FromWire(Wire.LaneWelcome.Parser.ParseFrom(span)),
                MessageKind.LaneRefused => LaneCodec.FromWire(Wire.LaneRefused.Parser.ParseFrom(span)),
                MessageKind.LaneFrame => LaneWire.ReadFrame(new WireReader(bytes)),
                MessageKind.LaneAck => LaneWire.ReadAck(new WireReader(bytes)),
                MessageKind.SignOfLife => SignCodec.FromWire(Wire.SignOfLife.Parser.ParseFrom(span)),
                MessageKind.TreeQuery => AntiEntropyCodec.FromWire(Wire.TreeQuery.Parser.ParseFrom(span)),
                MessageKind.LeafQuery => AntiEntropyCodec.FromWire(Wire.LeafQuery.Parser.ParseFrom(span)),
                MessageKind.RecordQuery => AntiEntropyCodec.FromWire(Wire.RecordQuery.Parser.ParseFrom(span)),
                MessageKind.RecordPush => AntiEntropyCodec.FromWire(Wire.RecordPush.Parser.ParseFrom(span)),
                MessageKind.EntryOffer => AntiEntropyCodec.FromWire(Wire.EntryOffer.Parser.ParseFrom(span)),
                MessageKind.TreeHashes => AntiEntropyCodec.FromWire(Wire.TreeHashes.Parser.ParseFrom(span)),
                MessageKind.LeafEntries => AntiEntropyCodec.FromWire(Wire.LeafEntries.Parser.ParseFrom(span)),
                MessageKind.EntriesWanted => AntiEntropyCodec.FromWire(Wire.EntriesWanted.Parser.ParseFrom(span)),
                _ => throw new InvalidDataException($"There is no message of kind {(int)kind}."),
            };
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"These {bytes.Length} bytes are not a message of kind {kind}: {e.Message}", e);
        }
    }

    /// <summary>Writes a message of the data plane; false for all others, which are too rare to be written by hand.</summary>
    private static bool TryWrite(ref WireWriter writer, IProtocolMessage message)
    {
        switch (message)
        {
            case Put put:
                RequestWire.Write(ref writer, put);
                return true;
            case Delete delete:
                RequestWire.Write(ref writer, delete);
                return true;
            case Get get:
                RequestWire.Write(ref writer, get);
                return true;
            case LaneFrame frame:
                LaneWire.Write(ref writer, frame);
                return true;
            case LaneAck ack:
                LaneWire.Write(ref writer, ack);
                return true;
            case ReplicaRead read:
                ReplicaWire.Write(ref writer, read);
                return true;
            case ReplicaStore store:
                ReplicaWire.Write(ref writer, store);
                return true;
            case ReplicaRecord record:
                ReplicaWire.Write(ref writer, record);
                return true;
            case ReplicaStored:
                return true;
            default:
                return false;
        }
    }

    private static IMessage Generated(IProtocolMessage message) => message switch
    {
        Scan scan => ClientCodec.ToWire(scan),
        MultiGet multi => MultiCodec.ToWire(multi),
        MultiPut multi => MultiCodec.ToWire(multi),
        ClientRingQuery => new Wire.ClientRingQuery(),
        WriteDone done => ClientCodec.ToWire(done),
        Found found => ClientCodec.ToWire(found),
        NotFound notFound => ClientCodec.ToWire(notFound),
        ScanPage page => ClientCodec.ToWire(page),
        RequestFailure failure => FailureCodec.ToWire(failure),
        MultiReply multi => MultiCodec.ToWire(multi),
        ClientRing ring => ClientRingCodec.ToWire(ring),
        ReplicaScan scan => ReplicaCodec.ToWire(scan),
        ReplicaRows rows => ReplicaCodec.ToWire(rows),
        ReplicaRefusal refusal => ReplicaCodec.ToWire(refusal),
        LaneHello hello => LaneCodec.ToWire(hello),
        LaneWelcome welcome => LaneCodec.ToWire(welcome),
        LaneRefused refused => LaneCodec.ToWire(refused),
        SignOfLife sign => SignCodec.ToWire(sign),
        TreeQuery query => AntiEntropyCodec.ToWire(query),
        LeafQuery query => AntiEntropyCodec.ToWire(query),
        RecordQuery query => AntiEntropyCodec.ToWire(query),
        RecordPush push => AntiEntropyCodec.ToWire(push),
        EntryOffer offer => AntiEntropyCodec.ToWire(offer),
        TreeHashes hashes => AntiEntropyCodec.ToWire(hashes),
        LeafEntries entries => AntiEntropyCodec.ToWire(entries),
        EntriesWanted wanted => AntiEntropyCodec.ToWire(wanted),
        _ => throw new ArgumentException($"{message.GetType()} has no schema.", nameof(message)),
    };
}
