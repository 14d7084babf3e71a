namespace AkkaKv.Protocol;

/// <summary>Messages for several keys to and from their wire types: each entry is the message for one key.</summary>
internal static class MultiCodec
{
    public static Wire.MultiGet ToWire(MultiGet multi)
    {
        var wire = new Wire.MultiGet();
        if (multi.Timeout is { } timeout) wire.TimeoutMilliseconds = LaneCodec.Milliseconds(timeout);
        wire.Gets.AddRange(multi.Gets.Select(ClientCodec.ToWire));
        return wire;
    }

    public static MultiGet FromWire(Wire.MultiGet wire) => new([.. wire.Gets.Select(ClientCodec.FromWire)])
    {
        Timeout = wire.HasTimeoutMilliseconds ? TimeSpan.FromMilliseconds(wire.TimeoutMilliseconds) : null,
    };

    public static Wire.MultiPut ToWire(MultiPut multi)
    {
        var wire = new Wire.MultiPut();
        if (multi.Timeout is { } timeout) wire.TimeoutMilliseconds = LaneCodec.Milliseconds(timeout);
        wire.Writes.AddRange(multi.Writes.Select(write => write switch
        {
            Put put => new Wire.MultiWrite { Put = ClientCodec.ToWire(put) },
            Delete delete => new Wire.MultiWrite { Delete = ClientCodec.ToWire(delete) },
            _ => throw new ArgumentException($"{write.GetType()} has no schema.", nameof(multi)),
        }));
        return wire;
    }

    public static MultiPut FromWire(Wire.MultiPut wire) => new([.. wire.Writes.Select<Wire.MultiWrite, WriteRequest>(write => write.WriteCase switch
    {
        Wire.MultiWrite.WriteOneofCase.Put => ClientCodec.FromWire(write.Put),
        Wire.MultiWrite.WriteOneofCase.Delete => ClientCodec.FromWire(write.Delete),
        _ => throw new ArgumentException("it has an entry that is no write"),
    })])
    {
        Timeout = wire.HasTimeoutMilliseconds ? TimeSpan.FromMilliseconds(wire.TimeoutMilliseconds) : null,
    };

    public static Wire.MultiReply ToWire(MultiReply multi)
    {
        var wire = new Wire.MultiReply();
        wire.Replies.AddRange(multi.Replies.Select(reply => reply switch
        {
            Written written => new Wire.KeyReply { Written = ClientCodec.ToWire(written) },
            Deleted deleted => new Wire.KeyReply { Deleted = ClientCodec.ToWire(deleted) },
            Found found => new Wire.KeyReply { Found = ClientCodec.ToWire(found) },
            NotFound notFound => new Wire.KeyReply { NotFound = ClientCodec.ToWire(notFound) },
            RequestFailure failure => new Wire.KeyReply { Failure = FailureCodec.ToWire(failure) },
            _ => throw new ArgumentException($"{reply.GetType()} is no answer for one key.", nameof(multi)),
        }));
        return wire;
    }

    public static MultiReply FromWire(Wire.MultiReply wire) => new([.. wire.Replies.Select<Wire.KeyReply, ClientReply>(reply => reply.ReplyCase switch
    {
        Wire.KeyReply.ReplyOneofCase.Written => ClientCodec.WrittenFromWire(reply.Written),
        Wire.KeyReply.ReplyOneofCase.Deleted => ClientCodec.DeletedFromWire(reply.Deleted),
        Wire.KeyReply.ReplyOneofCase.Found => ClientCodec.FromWire(reply.Found),
        Wire.KeyReply.ReplyOneofCase.NotFound => ClientCodec.FromWire(reply.NotFound),
        Wire.KeyReply.ReplyOneofCase.Failure => FailureCodec.FromWire(reply.Failure),
        _ => throw new ArgumentException("it has an entry that is no answer"),
    })]);
}
