using Kind = AkkaKv.Protocol.Wire.Failure.Types.Kind;

namespace AkkaKv.Protocol;

/// <summary>Failures to and from their one wire type.</summary>
internal static class FailureCodec
{
    public static Wire.Failure ToWire(RequestFailure failure) => failure switch
    {
        NotEnoughReplicas f => new() { Kind = Kind.NotEnoughReplicas, First = f.Required, Second = f.Reachable, Text = f.DataCenter, Level = f.Level.Code },
        RequestTimeout f => new() { Kind = Kind.Timeout, First = f.Acks, Second = f.Required, Text = f.DataCenter, Level = f.Level.Code },
        Overloaded f => new() { Kind = Kind.Overloaded, First = (long)f.RetryAfter.TotalMilliseconds },
        KeyTooLarge f => new() { Kind = Kind.KeyTooLarge, First = f.Bytes, Second = f.Limit },
        ValueTooLarge f => new() { Kind = Kind.ValueTooLarge, First = f.Bytes, Second = f.Limit },
        TooManySiblings f => new() { Kind = Kind.TooManySiblings, First = f.Siblings },
        StaleRing f => new() { Kind = Kind.StaleRing, First = f.RingEpoch },
        BadContext f => new() { Kind = Kind.BadContext, Text = f.Reason },
        BadRequest f => new() { Kind = Kind.BadRequest, Text = f.Reason },
        PreconditionFailed f => new() { Kind = Kind.PreconditionFailed, Text = f.ETag, Version = f.Version },
        VersionMismatch f => new() { Kind = Kind.VersionMismatch, Text = f.ETag, Version = f.Version },
        NotReady f => new() { Kind = Kind.NotReady, Text = f.Reason },
        ClockOff f => new() { Kind = Kind.ClockOff, Text = f.Node, First = f.LeadMilliseconds },
        TooManyEntries f => new() { Kind = Kind.TooManyEntries, First = f.Entries, Second = f.Limit },
        RequestTooLarge f => new() { Kind = Kind.RequestTooLarge, First = f.Bytes, Second = f.Limit },
        AnswerTooLarge f => new() { Kind = Kind.AnswerTooLarge, First = f.Bytes, Second = f.Limit },
        _ => throw new ArgumentException($"{failure.GetType()} has no schema.", nameof(failure)),
    };

    public static RequestFailure FromWire(Wire.Failure wire) => wire.Kind switch
    {
        Kind.NotEnoughReplicas => new NotEnoughReplicas((int)wire.First, (int)wire.Second)
        {
            DataCenter = wire.Text,
            Level = new Consistency(wire.Level),
        },
        Kind.Timeout => new RequestTimeout((int)wire.First, (int)wire.Second)
        {
            DataCenter = wire.Text,
            Level = new Consistency(wire.Level),
        },
        Kind.Overloaded => new Overloaded(TimeSpan.FromMilliseconds(wire.First)),
        Kind.KeyTooLarge => new KeyTooLarge((int)wire.First, (int)wire.Second),
        Kind.ValueTooLarge => new ValueTooLarge(wire.First, wire.Second),
        Kind.TooManySiblings => new TooManySiblings((int)wire.First),
        Kind.StaleRing => new StaleRing(wire.First),
        Kind.BadContext => new BadContext(wire.Text),
        Kind.BadRequest => new BadRequest(wire.Text),
        Kind.PreconditionFailed => new PreconditionFailed(wire.Text, wire.Version),
        Kind.VersionMismatch => new VersionMismatch(wire.Text, wire.Version),
        Kind.NotReady => new NotReady(wire.Text),
        Kind.ClockOff => new ClockOff(wire.Text, wire.First),
        Kind.TooManyEntries => new TooManyEntries((int)wire.First, (int)wire.Second),
        Kind.RequestTooLarge => new RequestTooLarge(wire.First, wire.Second),
        Kind.AnswerTooLarge => new AnswerTooLarge(wire.First, wire.Second),
        // A kind of a newer release: what it is called is lost, that the request was not done is not.
        _ => new NotReady($"the node answered with a failure of kind {(int)wire.Kind}, which this release does not know"),
    };
}
