using System.IO.Hashing;

namespace AkkaKv.Protocol;

/// <summary>One version of a key: a value or the mark of a delete, and the write that made it.</summary>
public sealed record Sibling
{
    /// <summary>The name of the write; covered by the vector of the record it stands in.</summary>
    public required Dot Dot { get; init; }

    /// <summary>
    /// What its writer had seen: exactly what this version supersedes. Part of the version for ever; <see cref="Record.Write"/> fills it in.
    /// </summary>
    public VersionVector Past { get; init; } = VersionVector.Empty;

    /// <summary>The sender's name of the write: equal when it was sent twice.</summary>
    public required WriteId WriteId { get; init; }

    /// <summary>When it was made, by the coordinating replica's hybrid clock.</summary>
    public required HybridTimestamp Timestamp { get; init; }

    /// <summary>Milliseconds since 1970 (UTC) from which on this version counts as deleted; null if never.</summary>
    public long? ExpiresAtUnixMilliseconds { get; init; }

    /// <summary>The media type the writer named; empty if none.</summary>
    public string ContentType { get; init; } = "";

    /// <summary>True for a delete, whose <see cref="Value"/> is empty.</summary>
    public bool IsTombstone { get; init; }

    /// <summary>The bytes, 0 to 1 MiB.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>
    /// XxHash3 of the value, where the value was dropped after it had expired: what is left is the shell. Null while the value is there.
    /// The hash still tells the write from another one that was sent under its write id.
    /// </summary>
    public ulong? DroppedValueHash { get; init; }

    /// <summary>True if whether a reader finds it depends on the clock: it has an expiry and still has its value.</summary>
    public bool DependsOnClock => ExpiresAtUnixMilliseconds is not null && !IsTombstone && DroppedValueHash is null;

    /// <summary>True if a reader at that moment finds nothing: a delete, or expired, which is a delete with the same dot.</summary>
    public bool IsDeletedAt(DateTimeOffset now) =>
        IsTombstone || DroppedValueHash is not null || (ExpiresAtUnixMilliseconds is { } end && now.ToUnixTimeMilliseconds() >= end);

    /// <summary>The same version without its value: dot, past and expiry stay, so it goes on superseding what it superseded.</summary>
    public Sibling WithoutValue() => DroppedValueHash is not null
        ? this
        : this with { Value = ReadOnlyMemory<byte>.Empty, DroppedValueHash = XxHash3.HashToUInt64(Value.Span) };

    /// <summary>True if both carry the same write with the same content, under whatever dots.</summary>
    public bool IsSameWriteAs(Sibling other) =>
        WriteId.IsSameWriteAs(other.WriteId)
        && IsTombstone == other.IsTombstone
        && ContentType == other.ContentType
        && (DroppedValueHash is null && other.DroppedValueHash is null
            ? Value.Span.SequenceEqual(other.Value.Span)
            : WithoutValue().DroppedValueHash == other.WithoutValue().DroppedValueHash);

    /// <summary>Equality by content.</summary>
    public bool Equals(Sibling? other) =>
        other is not null
        && Dot == other.Dot
        && Past.Equals(other.Past)
        && WriteId == other.WriteId
        && Timestamp == other.Timestamp
        && ExpiresAtUnixMilliseconds == other.ExpiresAtUnixMilliseconds
        && ContentType == other.ContentType
        && IsTombstone == other.IsTombstone
        && DroppedValueHash == other.DroppedValueHash
        && Value.Span.SequenceEqual(other.Value.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Dot, WriteId, Timestamp);
}
