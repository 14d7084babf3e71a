using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>Signs of life to and from their wire types.</summary>
internal static class SignCodec
{
    public static Wire.SignOfLife ToWire(SignOfLife sign)
    {
        var wire = new Wire.SignOfLife
        {
            ClusterId = ByteString.CopyFrom(sign.ClusterId.ToByteArray()),
            Replica = sign.Replica.Value,
            Starts = sign.Incarnation.Starts,
            Count = sign.Incarnation.Count,
            SentAt = (ulong)sign.SentAt,
            Echo = (ulong)sign.Echo,
            IsPartial = sign.IsPartial,
            AkkaUid = sign.AkkaUid,
            AkkaMembers = (uint)sign.AkkaMembers,
            AkkaLowest = sign.AkkaLowest.Value,
            SharesAkka = sign.SharesAkka,
        };
        foreach (var suspicion in sign.Suspicions)
        {
            wire.Suspicions.Add(new Wire.Suspicion
            {
                Subject = suspicion.Subject.Value,
                Starts = suspicion.Incarnation.Starts,
                Count = suspicion.Incarnation.Count,
            });
        }

        return wire;
    }

    public static SignOfLife FromWire(Wire.SignOfLife wire) => new(
        new Guid(wire.ClusterId.Span),
        new ReplicaId(wire.Replica),
        new Incarnation(wire.Starts, wire.Count),
        (long)wire.SentAt,
        (long)wire.Echo)
    {
        Suspicions = [.. wire.Suspicions.Select(suspicion => new Suspicion(
            new ReplicaId(suspicion.Subject), new Incarnation(suspicion.Starts, suspicion.Count)))],
        IsPartial = wire.IsPartial,
        AkkaUid = wire.AkkaUid,
        AkkaMembers = (int)wire.AkkaMembers,
        AkkaLowest = new ReplicaId(wire.AkkaLowest),
        SharesAkka = wire.SharesAkka,
    };
}
