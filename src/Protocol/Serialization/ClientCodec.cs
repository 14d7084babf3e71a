using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>Client messages to and from their wire types.</summary>
internal static class ClientCodec
{
    public static Wire.Put ToWire(Put put)
    {
        var wire = new Wire.Put { Head = Head(put), Write = WriteHead(put), Value = Wrap(put.Value), ContentType = put.ContentType };
        if (put.TimeToLive is { } time) wire.TimeToLiveMilliseconds = Milliseconds(time);
        return wire;
    }

    public static Put FromWire(Wire.Put wire)
    {
        var (head, write) = (Given(wire.Head), Given(wire.Write));
        return new Put(head.Key.Memory, wire.Value.Memory)
        {
            ContentType = wire.ContentType,
            TimeToLive = wire.HasTimeToLiveMilliseconds ? Time(wire.TimeToLiveMilliseconds) : null,
            Timeout = Timeout(head),
            WantsReplicas = head.WantsReplicas,
            Context = head.Context.Memory,
            W = new Consistency(write.W),
            WriteId = Id(write),
            Condition = Condition(write),
        };
    }

    public static Wire.Delete ToWire(Delete delete) => new() { Head = Head(delete), Write = WriteHead(delete) };

    public static Delete FromWire(Wire.Delete wire)
    {
        var (head, write) = (Given(wire.Head), Given(wire.Write));
        return new Delete(head.Key.Memory)
        {
            Timeout = Timeout(head),
            WantsReplicas = head.WantsReplicas,
            Context = head.Context.Memory,
            W = new Consistency(write.W),
            WriteId = Id(write),
            Condition = Condition(write),
        };
    }

    public static Wire.Get ToWire(Get get) => new() { Head = Head(get), R = get.R.Code, IsStrict = get.IsStrict };

    public static Get FromWire(Wire.Get wire)
    {
        var head = Given(wire.Head);
        return new Get(head.Key.Memory)
        {
            Timeout = Timeout(head),
            WantsReplicas = head.WantsReplicas,
            Context = head.Context.Memory,
            R = new Consistency(wire.R),
            IsStrict = wire.IsStrict,
        };
    }

    public static Wire.Scan ToWire(Scan scan)
    {
        var wire = new Wire.Scan { Cursor = Wrap(scan.Cursor), Limit = (uint)Math.Max(0, scan.Limit) };
        if (scan.Timeout is { } timeout) wire.TimeoutMilliseconds = LaneCodec.Milliseconds(timeout);
        return wire;
    }

    public static Scan FromWire(Wire.Scan wire) => new()
    {
        Cursor = wire.Cursor.Memory,
        Limit = checked((int)wire.Limit),
        Timeout = wire.HasTimeoutMilliseconds ? TimeSpan.FromMilliseconds(wire.TimeoutMilliseconds) : null,
    };

    public static Wire.WriteDone ToWire(WriteDone done)
    {
        var wire = new Wire.WriteDone { Context = Wrap(done.Context), Etag = done.ETag, Version = done.Version, Warning = done.Warning };
        wire.Replicas.AddRange(done.Replicas);
        return wire;
    }

    public static Written WrittenFromWire(Wire.WriteDone wire) =>
        new(wire.Context.Memory, wire.Etag, wire.Version) { Warning = wire.Warning, Replicas = [.. wire.Replicas] };

    public static Deleted DeletedFromWire(Wire.WriteDone wire) =>
        new(wire.Context.Memory, wire.Etag, wire.Version) { Warning = wire.Warning, Replicas = [.. wire.Replicas] };

    public static Wire.Found ToWire(Found found)
    {
        var wire = new Wire.Found { Context = Wrap(found.Context), Etag = found.ETag, Version = found.Version, IsSloppy = found.IsSloppy };
        wire.Versions.AddRange(found.Versions.Select(ToWire));
        wire.Replicas.AddRange(found.Replicas);
        return wire;
    }

    public static Found FromWire(Wire.Found wire) => new(
        [.. wire.Versions.Select(FromWire)],
        wire.Context.Memory, wire.Etag, wire.Version, wire.IsSloppy)
    {
        Replicas = [.. wire.Replicas],
    };

    public static Wire.NotFound ToWire(NotFound notFound)
    {
        var wire = new Wire.NotFound { Context = Wrap(notFound.Context) };
        wire.Replicas.AddRange(notFound.Replicas);
        return wire;
    }

    public static NotFound FromWire(Wire.NotFound wire) => new(wire.Context.Memory) { Replicas = [.. wire.Replicas] };

    public static Wire.ScanPage ToWire(ScanPage page)
    {
        var wire = new Wire.ScanPage { Cursor = Wrap(page.Cursor) };
        wire.Rows.AddRange(page.Rows.Select(row => new Wire.ScanRow { Key = Wrap(row.Key), Row = ToWire(row.Row) }));
        return wire;
    }

    public static ScanPage FromWire(Wire.ScanPage wire) =>
        new([.. wire.Rows.Select(row => new ScanRow(row.Key.Memory, FromWire(Given(row.Row))))], wire.Cursor.Memory);

    private static Wire.VersionedValue ToWire(VersionedValue version)
    {
        var wire = new Wire.VersionedValue
        {
            Value = Wrap(version.Value),
            ContentType = version.ContentType,
            IsDeleted = version.IsDeleted,
            Version = version.Version,
        };
        if (version.ExpiresAtUnixMilliseconds is { } end) wire.ExpiresAt = end;
        if (version.TimeToLive is { } time) wire.TimeToLiveMilliseconds = Milliseconds(time);
        return wire;
    }

    private static VersionedValue FromWire(Wire.VersionedValue wire) => new(wire.Value.Memory, wire.ContentType, wire.IsDeleted, wire.Version)
    {
        ExpiresAtUnixMilliseconds = wire.HasExpiresAt ? wire.ExpiresAt : null,
        TimeToLive = wire.HasTimeToLiveMilliseconds ? Time(wire.TimeToLiveMilliseconds) : null,
    };

    /// <summary>Rounded up, so that what is not over yet is not nothing.</summary>
    internal static ulong Milliseconds(TimeSpan time) => (ulong)Math.Max(0, Math.Ceiling(time.TotalMilliseconds));

    /// <summary>What is longer than a time span can say is the longest that it can: beyond every limit all the same.</summary>
    internal static TimeSpan Time(ulong milliseconds) =>
        milliseconds > (ulong)TimeSpan.MaxValue.TotalMilliseconds ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds((long)milliseconds);

    /// <summary>The schema cannot say that a part is required; a message without it is none of ours.</summary>
    private static T Given<T>(T? part)
        where T : class => part ?? throw new ArgumentException($"it has no {typeof(T).Name}");

    private static ByteString Wrap(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);

    private static Wire.RequestHead Head(ClientRequest request)
    {
        var head = new Wire.RequestHead { Key = Wrap(request.Key), Context = Wrap(request.Context), WantsReplicas = request.WantsReplicas };
        if (request.Timeout is { } timeout) head.TimeoutMilliseconds = LaneCodec.Milliseconds(timeout);
        return head;
    }

    private static TimeSpan? Timeout(Wire.RequestHead head) =>
        head.HasTimeoutMilliseconds ? TimeSpan.FromMilliseconds(head.TimeoutMilliseconds) : null;

    private static Wire.WriteHead WriteHead(WriteRequest request) => new()
    {
        W = request.W.Code,
        WriteId = request.WriteId is { } id ? RecordCodec.ToWire(id) : null,
        Condition = (uint)request.Condition.Kind,
        ConditionText = request.Condition.Text,
    };

    private static WriteId? Id(Wire.WriteHead head) => head.WriteId is { } id ? RecordCodec.FromWire(id) : null;

    private static WriteCondition Condition(Wire.WriteHead head) =>
        head.Condition == 0 && head.ConditionText.Length == 0 ? default : new WriteCondition((WriteConditionKind)head.Condition, head.ConditionText);
}
