using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>Lane messages to and from their wire types.</summary>
internal static class LaneCodec
{
    public static Wire.LaneHello ToWire(LaneHello hello) => new()
    {
        Version = hello.Version,
        ClusterId = hello.ClusterId == Guid.Empty ? ByteString.Empty : ByteString.CopyFrom(hello.ClusterId.ToByteArray()),
        Replica = hello.Replica.Value,
        Name = hello.Name,
        Session = hello.Session,
        RingEpoch = (ulong)hello.RingEpoch,
        Starts = hello.Starts,
        PhysicalMilliseconds = (ulong)hello.PhysicalMilliseconds,
    };

    public static LaneHello FromWire(Wire.LaneHello wire) => new(
        wire.ClusterId.IsEmpty ? Guid.Empty : new Guid(wire.ClusterId.Span),
        new ReplicaId(wire.Replica), wire.Name, wire.Session, (long)wire.RingEpoch, wire.Starts)
    {
        Version = wire.Version,
        PhysicalMilliseconds = (long)wire.PhysicalMilliseconds,
    };

    public static Wire.LaneWelcome ToWire(LaneWelcome welcome) => new() { Session = welcome.Session, Self = ToWire(welcome.Self) };

    public static LaneWelcome FromWire(Wire.LaneWelcome wire) => new(wire.Session, FromWire(wire.Self ?? new Wire.LaneHello()));

    public static Wire.LaneRefused ToWire(LaneRefused refused) => new() { Session = refused.Session, Reason = refused.Reason };

    public static LaneRefused FromWire(Wire.LaneRefused wire) => new(wire.Session, wire.Reason);

    /// <summary>Rounded up, so that what still has time is not taken for timeless; what does not fit is the longest that does.</summary>
    public static uint Milliseconds(TimeSpan time) => (uint)Math.Clamp(Math.Ceiling(time.TotalMilliseconds), 0, uint.MaxValue);
}
