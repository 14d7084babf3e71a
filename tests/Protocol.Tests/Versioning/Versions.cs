using System.Text;

namespace AkkaKv.Protocol.Tests;

/// <summary>Short words for the replicas, dots, vectors and versions of tests.</summary>
internal static class Versions
{
    public static ReplicaId Sx { get; } = new(1);

    public static ReplicaId Sy { get; } = new(2);

    public static ReplicaId Sz { get; } = new(3);

    public static Guid SomeClient { get; } = Guid.Parse("11111111111111111111111111111111");

    public static Guid OtherClient { get; } = Guid.Parse("22222222222222222222222222222222");

    public static Dot Dot(ReplicaId replica, ulong counter, uint epoch = 1) => new(new VersionActor(replica, epoch), counter);

    public static VersionVector Vector(params IEnumerable<Dot> dots) =>
        VersionVector.Of(dots.Select(dot => new VectorEntry(dot.Actor, dot.Counter)));

    public static string NameOf(ReplicaId replica) => replica.Value switch { 1 => "Sx", 2 => "Sy", 3 => "Sz", _ => "S" + replica.Value };

    public static Sibling Of(Dot dot, WriteId id, ulong stamp = 1, bool isTombstone = false) =>
        Of(dot, id, isTombstone ? "" : $"value of {id.AsFirst()}", stamp, isTombstone);

    public static Sibling Of(Dot dot, WriteId id, string value, ulong stamp = 1, bool isTombstone = false) => new()
    {
        Dot = dot,
        WriteId = id,
        Timestamp = new HybridTimestamp(stamp),
        IsTombstone = isTombstone,
        Value = Encoding.UTF8.GetBytes(value),
    };

    public static string Text(this Sibling sibling) => sibling.IsTombstone ? "(deleted)" : Encoding.UTF8.GetString(sibling.Value.Span);
}
