namespace AkkaKv.Protocol;

/// <summary>The ring as clients are shown it, to and from its wire type.</summary>
internal static class ClientRingCodec
{
    public static Wire.ClientRing ToWire(ClientRing ring)
    {
        var wire = new Wire.ClientRing { Epoch = (ulong)ring.Epoch };
        wire.Members.AddRange(ring.Members.Select(member => new Wire.ClientRingMember
        {
            Replica = member.Replica.Value,
            Host = member.Host,
            Port = (uint)member.Port,
            DataCenter = member.DataCenter,
        }));
        foreach (var partition in ring.Partitions)
        {
            var wirePartition = new Wire.ClientPartition();
            wirePartition.Owners.AddRange(partition.Owners.Select(owner => (uint)owner));
            wire.Partitions.Add(wirePartition);
        }

        return wire;
    }

    public static ClientRing FromWire(Wire.ClientRing wire) => new(
        (long)wire.Epoch,
        [.. wire.Members.Select(member => new ClientRingMember(
            new ReplicaId(member.Replica), member.Host, checked((int)member.Port), member.DataCenter))],
        [.. wire.Partitions.Select(partition => new ClientPartition([.. partition.Owners.Select(owner => checked((int)owner))]))]);
}
