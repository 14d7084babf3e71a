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

    /// <summary>A value with a media type and an expiry, after one that it superseded.</summary>
    public static Record OneSibling()
    {
        var first = Record.Write(null, VersionVector.Empty, Of(Dot(Sx, 1), new WriteId(SomeClient, 1), "v1"));
        return Record.Write(first, first.Vector, Of(Dot(Sx, 2), new WriteId(SomeClient, 2), "v2", stamp: 0x0001_8BCF_E568_0007) with
        {
            ContentType = "text/plain",
            ExpiresAtUnixMilliseconds = 1_700_000_000_000,
        });
    }

    /// <summary>A value, a delete and a retry, concurrent, of several epochs.</summary>
    public static Record SeveralSiblings()
    {
        var common = Record.Write(null, VersionVector.Empty, Of(Dot(Sx, 1), new WriteId(SomeClient, 1), "v1"));
        var value = Record.Write(common, common.Vector, Of(Dot(Sy, 1, epoch: 7), new WriteId(SomeClient, 2), "v2", stamp: 2));
        var deleted = Record.Write(common, common.Vector, Of(Dot(Sz, 1), new WriteId(OtherClient, 1), "", stamp: 3, isTombstone: true));
        var retry = Record.Write(null, VersionVector.Empty, Of(Dot(Sx, 1, epoch: 2), new WriteId(OtherClient, 2, IsRetry: true), "v3", stamp: 4));
        return Record.Merge(Record.Merge(value, deleted), retry);
    }

    /// <summary>A delete that superseded a retried write, beside the late copy of that write.</summary>
    public static Record SupersededRetry()
    {
        var id = new WriteId(SomeClient, 1);
        var late = Record.Write(null, VersionVector.Empty, Of(Dot(Sx, 1), id, "v1"));
        var retry = Record.Write(null, VersionVector.Empty, Of(Dot(Sy, 1), id.AsRetry(), "v1"));
        var deleted = Record.Write(retry, retry.Vector, Of(Dot(Sy, 2), new WriteId(OtherClient, 1), "", stamp: 2, isTombstone: true));
        return Record.Merge(late, deleted);
    }

    public static string Text(this Sibling sibling) => sibling.IsTombstone ? "(deleted)" : Encoding.UTF8.GetString(sibling.Value.Span);
}
