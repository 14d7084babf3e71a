namespace AkkaKv.Protocol;

/// <summary>The requests for one key, straight to and from their bytes.</summary>
internal static class RequestWire
{
    public static void Write(ref WireWriter writer, Put put)
    {
        WriteHead(ref writer, Wire.Put.HeadFieldNumber, put);
        WriteWrite(ref writer, Wire.Put.WriteFieldNumber, put);
        writer.Bytes(Wire.Put.ValueFieldNumber, put.Value.Span);
        writer.Text(Wire.Put.ContentTypeFieldNumber, put.ContentType);
        if (put.TimeToLive is { } time) writer.PresentNumber(Wire.Put.TimeToLiveMillisecondsFieldNumber, ClientCodec.Milliseconds(time));
    }

    public static Put ReadPut(WireReader reader)
    {
        var (head, write) = (default(RequestParts), default(WriteParts));
        ReadOnlyMemory<byte> value = default;
        var contentType = "";
        TimeSpan? timeToLive = null;
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.Put.HeadFieldNumber, WireType.Bytes):
                    head.Read(reader.Part());
                    break;
                case (Wire.Put.WriteFieldNumber, WireType.Bytes):
                    write.Read(reader.Part());
                    break;
                case (Wire.Put.ValueFieldNumber, WireType.Bytes):
                    value = reader.Bytes();
                    break;
                case (Wire.Put.ContentTypeFieldNumber, WireType.Bytes):
                    contentType = reader.Text();
                    break;
                case (Wire.Put.TimeToLiveMillisecondsFieldNumber, WireType.Varint):
                    timeToLive = ClientCodec.Time(reader.Varint());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        head.Require();
        write.Require();
        return new Put(head.Key, value)
        {
            ContentType = contentType,
            TimeToLive = timeToLive,
            Timeout = head.Timeout,
            WantsReplicas = head.WantsReplicas,
            Context = head.Context,
            W = new Consistency(write.W),
            WriteId = write.WriteId,
            Condition = write.Condition,
        };
    }

    public static void Write(ref WireWriter writer, Delete delete)
    {
        WriteHead(ref writer, Wire.Delete.HeadFieldNumber, delete);
        WriteWrite(ref writer, Wire.Delete.WriteFieldNumber, delete);
    }

    public static Delete ReadDelete(WireReader reader)
    {
        var (head, write) = (default(RequestParts), default(WriteParts));
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.Delete.HeadFieldNumber, WireType.Bytes):
                    head.Read(reader.Part());
                    break;
                case (Wire.Delete.WriteFieldNumber, WireType.Bytes):
                    write.Read(reader.Part());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        head.Require();
        write.Require();
        return new Delete(head.Key)
        {
            Timeout = head.Timeout,
            WantsReplicas = head.WantsReplicas,
            Context = head.Context,
            W = new Consistency(write.W),
            WriteId = write.WriteId,
            Condition = write.Condition,
        };
    }

    public static void Write(ref WireWriter writer, Get get)
    {
        WriteHead(ref writer, Wire.Get.HeadFieldNumber, get);
        writer.SignedNumber(Wire.Get.RFieldNumber, get.R.Code);
        writer.Flag(Wire.Get.IsStrictFieldNumber, get.IsStrict);
    }

    public static Get ReadGet(WireReader reader)
    {
        var head = default(RequestParts);
        var r = 0;
        var isStrict = false;
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.Get.HeadFieldNumber, WireType.Bytes):
                    head.Read(reader.Part());
                    break;
                case (Wire.Get.RFieldNumber, WireType.Varint):
                    r = reader.SignedNumber();
                    break;
                case (Wire.Get.IsStrictFieldNumber, WireType.Varint):
                    isStrict = reader.Flag();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        head.Require();
        return new Get(head.Key)
        {
            Timeout = head.Timeout,
            WantsReplicas = head.WantsReplicas,
            Context = head.Context,
            R = new Consistency(r),
            IsStrict = isStrict,
        };
    }

    private static void WriteHead(ref WireWriter writer, int field, ClientRequest request)
    {
        var size = default(WireWriter);
        Write(ref size, request);
        writer.Begin(field, size.Length);
        Write(ref writer, request);

        static void Write(ref WireWriter writer, ClientRequest request)
        {
            writer.Bytes(Wire.RequestHead.KeyFieldNumber, request.Key.Span);
            if (request.Timeout is { } timeout)
                writer.PresentNumber(Wire.RequestHead.TimeoutMillisecondsFieldNumber, LaneCodec.Milliseconds(timeout));
            writer.Bytes(Wire.RequestHead.ContextFieldNumber, request.Context.Span);
            writer.Flag(Wire.RequestHead.WantsReplicasFieldNumber, request.WantsReplicas);
        }
    }

    private static void WriteWrite(ref WireWriter writer, int field, WriteRequest request)
    {
        var size = default(WireWriter);
        Write(ref size, request);
        writer.Begin(field, size.Length);
        Write(ref writer, request);

        static void Write(ref WireWriter writer, WriteRequest request)
        {
            writer.SignedNumber(Wire.WriteHead.WFieldNumber, request.W.Code);
            if (request.WriteId is { } id) RecordCodec.WriteId(ref writer, Wire.WriteHead.WriteIdFieldNumber, id);
            writer.Number(Wire.WriteHead.ConditionFieldNumber, (uint)request.Condition.Kind);
            writer.Text(Wire.WriteHead.ConditionTextFieldNumber, request.Condition.Text);
        }
    }

    /// <summary>What every request begins with, as it is read.</summary>
    private struct RequestParts
    {
        private bool _isGiven;

        public ReadOnlyMemory<byte> Key { get; private set; }

        public ReadOnlyMemory<byte> Context { get; private set; }

        public TimeSpan? Timeout { get; private set; }

        public bool WantsReplicas { get; private set; }

        public void Read(WireReader reader)
        {
            _isGiven = true;
            while (reader.Next())
            {
                switch (reader.Field, reader.Type)
                {
                    case (Wire.RequestHead.KeyFieldNumber, WireType.Bytes):
                        Key = reader.Bytes();
                        break;
                    case (Wire.RequestHead.TimeoutMillisecondsFieldNumber, WireType.Varint):
                        Timeout = TimeSpan.FromMilliseconds(reader.Number32());
                        break;
                    case (Wire.RequestHead.ContextFieldNumber, WireType.Bytes):
                        Context = reader.Bytes();
                        break;
                    case (Wire.RequestHead.WantsReplicasFieldNumber, WireType.Varint):
                        WantsReplicas = reader.Flag();
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
        }

        public readonly void Require()
        {
            if (!_isGiven) throw new InvalidDataException("it has no head");
        }
    }

    /// <summary>What every write says beyond that, as it is read.</summary>
    private struct WriteParts
    {
        private bool _isGiven;
        private uint _condition;
        private string? _conditionText;
        private WireWriteId _id;

        public int W { get; private set; }

        public readonly WriteId? WriteId => _id.Given();

        public readonly WriteCondition Condition =>
            _condition == 0 && _conditionText is null or "" ? default : new WriteCondition((WriteConditionKind)_condition, _conditionText ?? "");

        public void Read(WireReader reader)
        {
            _isGiven = true;
            while (reader.Next())
            {
                switch (reader.Field, reader.Type)
                {
                    case (Wire.WriteHead.WFieldNumber, WireType.Varint):
                        W = reader.SignedNumber();
                        break;
                    case (Wire.WriteHead.WriteIdFieldNumber, WireType.Bytes):
                        _id.Read(reader.Part());
                        break;
                    case (Wire.WriteHead.ConditionFieldNumber, WireType.Varint):
                        _condition = reader.Number32();
                        break;
                    case (Wire.WriteHead.ConditionTextFieldNumber, WireType.Bytes):
                        _conditionText = reader.Text();
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
        }

        public readonly void Require()
        {
            if (!_isGiven) throw new InvalidDataException("it has no write");
        }
    }
}
