using System.Collections.Immutable;
using System.Globalization;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Turns records into what clients are shown: values, versions in print, ETags, contexts.</summary>
internal static class Presenter
{
    /// <summary>The ETag of a record, 16 hex digits.</summary>
    public static string ETagOf(Record record) => record.VersionsHash().ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>The version of a record, in print.</summary>
    public static string VersionOf(Ring ring, Record record) => Print(ring, record.Vector);

    /// <summary>The context token of a record.</summary>
    public static ReadOnlyMemory<byte> ContextOf(Ring ring, Token token, Record record) =>
        ring.Seal.Seal(new CausalContext(record.Vector, token, PurgeNumber: 0));

    /// <summary>The names of the nodes that an answer stands on, where the request asked for them.</summary>
    public static ImmutableArray<string> Names(Ring ring, ClientRequest request, IEnumerable<ReplicaId> replicas) =>
        request.WantsReplicas ? [.. replicas.Select(ring.NameOf).Order(StringComparer.Ordinal)] : [];

    /// <summary>The answer to a read, with the nodes that it stands on.</summary>
    public static ClientReply WithReplicas(ClientReply reply, ImmutableArray<string> replicas) => (reply, replicas.IsEmpty) switch
    {
        (Protocol.Found found, false) => found with { Replicas = replicas },
        (NotFound none, false) => none with { Replicas = replicas },
        _ => reply,
    };

    /// <summary>The answer to a read.</summary>
    public static ClientReply Read(Ring ring, Token token, Record? record, bool isSloppy, DateTimeOffset now)
    {
        if (record is null) return new NotFound(ReadOnlyMemory<byte>.Empty);
        return record.IsDeletedAt(now)
            ? new NotFound(ContextOf(ring, token, record))
            : Found(ring, token, record, isSloppy, now);
    }

    /// <summary>The value or values of a record that has any.</summary>
    public static Found Found(Ring ring, Token token, Record record, bool isSloppy, DateTimeOffset now) => new(
        [.. record.Versions.Select(version => new VersionedValue(
            version.IsDeletedAt(now) ? ReadOnlyMemory<byte>.Empty : version.Value,
            version.ContentType,
            version.IsDeletedAt(now),
            Print(ring, record.VectorOf(version)))
        {
            ExpiresAtUnixMilliseconds = version.IsDeletedAt(now) ? null : version.ExpiresAtUnixMilliseconds,
            TimeToLive = version.IsDeletedAt(now) || version.ExpiresAtUnixMilliseconds is not { } end
                ? null
                : TimeSpan.FromMilliseconds(end - now.ToUnixTimeMilliseconds()),
        })],
        ContextOf(ring, token, record),
        ETagOf(record),
        VersionOf(ring, record),
        isSloppy);

    /// <summary>A vector with names, in the order of the names: replica ids are random, and so is their order.</summary>
    private static string Print(Ring ring, VersionVector vector) => vector.Entries.Length == 1
        ? vector.ToString(ring.NameOf)
        : string.Join(',', vector.Entries
            .OrderBy(entry => ring.NameOf(entry.Actor.Replica), StringComparer.Ordinal)
            .ThenBy(entry => entry.Actor.Epoch)
            .Select(entry => VersionVector.Of(entry).ToString(ring.NameOf)));
}
