using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>A <see cref="RingDocument"/> as bytes, for disk and wire.</summary>
public static class RingCodec
{
    /// <summary>Encodes a ring.</summary>
    public static byte[] Encode(RingDocument ring)
    {
        var wire = new Wire.RingDocument
        {
            ClusterId = ByteString.CopyFrom(ring.ClusterId.ToByteArray()),
            Epoch = (ulong)ring.Epoch,
            Replicas = (uint)ring.Replicas,
            WriteQuorum = (uint)ring.WriteQuorum,
            ReadQuorum = (uint)ring.ReadQuorum,
            ContextKey = ByteString.CopyFrom(ring.ContextKey.AsSpan()),
        };
        wire.Members.AddRange(ring.Members.Select(member => new Wire.RingMember
        {
            Name = member.Name,
            Replica = member.ReplicaId.Value,
            Host = member.Host,
            Port = (uint)member.Port,
            DataCenter = member.DataCenter,
            Rack = member.Rack,
            Weight = (uint)member.Weight,
            State = (uint)member.State,
        }));
        wire.DataCenters.AddRange(ring.DataCenters.Select(dataCenter => new Wire.DataCenterReplicas
        {
            Name = dataCenter.Name,
            Replicas = (uint)dataCenter.Replicas,
        }));
        wire.ConflictRules.AddRange(ring.ConflictRules.Select(rule => new Wire.ConflictRule
        {
            Prefix = ByteString.CopyFrom(rule.Prefix.AsSpan()),
            Policy = (uint)rule.Policy,
        }));
        foreach (var partition in ring.Partitions)
        {
            var wirePartition = new Wire.Partition { ChangedInEpoch = (ulong)partition.ChangedInEpoch };
            wirePartition.Owners.AddRange(partition.Owners.Select(owner => (uint)owner));
            wire.Partitions.Add(wirePartition);
        }

        return wire.ToByteArray();
    }

    /// <summary>Decodes a ring; throws <see cref="InvalidDataException"/> if these are not the bytes of one.</summary>
    public static RingDocument Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var wire = Wire.RingDocument.Parser.ParseFrom(bytes);
            return new RingDocument
            {
                ClusterId = new Guid(wire.ClusterId.Span),
                Epoch = (long)wire.Epoch,
                Members = [.. wire.Members.Select(member => new RingMember(
                    member.Name, new ReplicaId(member.Replica), member.Host, (int)member.Port, member.DataCenter, member.Rack,
                    (int)member.Weight, (RingMemberState)member.State))],
                Partitions = [.. wire.Partitions.Select(partition => new Partition(
                    [.. partition.Owners.Select(owner => (int)owner)], (long)partition.ChangedInEpoch))],
                Replicas = (int)wire.Replicas,
                WriteQuorum = (int)wire.WriteQuorum,
                ReadQuorum = (int)wire.ReadQuorum,
                ContextKey = [.. wire.ContextKey.Span],
                DataCenters = [.. wire.DataCenters.Select(wished => new DataCenterReplicas(wished.Name, (int)wished.Replicas))],
                ConflictRules = [.. wire.ConflictRules.Select(rule => new ConflictRule([.. rule.Prefix.Span], (ConflictPolicy)rule.Policy))],
            };
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentException)
        {
            throw new InvalidDataException($"These {bytes.Length} bytes are not a ring: {e.Message}", e);
        }
    }
}
