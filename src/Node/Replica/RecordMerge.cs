using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// What a coordinator asks of its own replica: give this write a dot, and keep it. Answered by <see cref="Minted"/> at once, then by
/// <see cref="ReplicaStored"/> when it is synced, or <see cref="ReplicaRefusal"/>. Never leaves the process.
/// </summary>
internal sealed record MintRequest : ReplicaRequest
{
    /// <summary>The key.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>The sender's name of the write.</summary>
    public required WriteId WriteId { get; init; }

    /// <summary>What the writer has seen; it is superseded.</summary>
    public required VersionVector Past { get; init; }

    /// <summary>
    /// What was read for the write, if anything: the replica takes it in with the write. So a write that took effect elsewhere before it was
    /// repeated here is known, and does not get a second dot behind those that superseded it.
    /// </summary>
    public Record? Seen { get; init; }

    /// <summary>True if the write supersedes what this replica holds as well: it came without a context.</summary>
    public bool IsBlind { get; init; }

    /// <summary>
    /// True if a condition was checked against <see cref="Seen"/>: a replica that holds more than that by now refuses the write, and what it
    /// holds is checked first. So of two conditional writes that one replica coordinates at the same time, one is checked after the other.
    /// </summary>
    public bool IsChecked { get; init; }

    /// <summary>True for a delete.</summary>
    public bool IsTombstone { get; init; }

    /// <summary>The value of a put.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>The media type of a put.</summary>
    public string ContentType { get; init; } = "";

    /// <summary>When the value of a put expires, milliseconds since 1970 (UTC); null if never.</summary>
    public long? ExpiresAtUnixMilliseconds { get; init; }

    /// <summary>The version that the write makes.</summary>
    public Sibling Version(Dot dot, HybridTimestamp timestamp) => new()
    {
        Dot = dot,
        WriteId = WriteId,
        Timestamp = timestamp,
        ContentType = ContentType,
        IsTombstone = IsTombstone,
        Value = Value,
        ExpiresAtUnixMilliseconds = ExpiresAtUnixMilliseconds,
    };

    /// <summary>True if the write was sent before and has its effect in what was read for it.</summary>
    public bool IsSeen => Seen is { } seen && seen.Knows(Version(default, default));
}

/// <summary>The write has its dot; it is not durable yet.</summary>
/// <param name="Record">The record with it.</param>
/// <param name="Encoded">The same in bytes, encoded once for every replica.</param>
internal sealed record Minted(Record Record, ReadOnlyMemory<byte> Encoded) : ReplicaReply;

/// <summary>What a write makes of the record that was held.</summary>
/// <param name="Record">What is to be held now; null if the write was refused.</param>
/// <param name="IsChanged">True if that is not what was held.</param>
/// <param name="Refusal">Why the write was refused.</param>
internal readonly record struct WriteOutcome(Record? Record, bool IsChanged, ReplicaRefusal? Refusal = null);

/// <summary>
/// The read-modify-write of one replica, without disk or actor: which dot a write gets, what it supersedes, what a record from elsewhere
/// adds.
/// </summary>
/// <remarks>
/// <para>Invariant: the store holds every dot it has given in the current epoch. Whatever speaks of one that it does not hold, a context
/// or a record that comes back, proves that dots were lost; then the epoch is raised, durably and first, and the old one is never
/// incremented again.</para>
/// <para>One thread at a time.</para>
/// </remarks>
internal sealed class RecordMerge
{
    private readonly ReplicaId _self;
    private readonly HybridLogicalClock _clock;
    private readonly Func<uint> _raiseEpoch;
    private uint _epoch;

    /// <summary>The rules of one store of a replica.</summary>
    /// <param name="self">The replica.</param>
    /// <param name="epoch">Its epoch now.</param>
    /// <param name="clock">Stamps writes.</param>
    /// <param name="raiseEpoch">Makes the next epoch durable and returns it.</param>
    public RecordMerge(ReplicaId self, uint epoch, HybridLogicalClock clock, Func<uint> raiseEpoch)
    {
        _self = self;
        _epoch = epoch;
        _clock = clock;
        _raiseEpoch = raiseEpoch;
    }

    /// <summary>When a write is refused because of the siblings it would leave.</summary>
    public SiblingLimits Limits { get; init; } = SiblingLimits.Default;

    private VersionActor Actor => new(_self, _epoch);

    /// <summary>Gives a write its dot and makes the record with it. One that was sent before and has its effect here changes nothing.</summary>
    public WriteOutcome Mint(Record? held, MintRequest request)
    {
        var before = held;
        if (request.Seen is { } seen) held = Store(held, seen).Record;
        var written = request.Version(new Dot(Actor, (held?.Vector.CounterOf(Actor) ?? 0) + 1), _clock.Next(held?.LatestTimestamp ?? default));
        if (held is not null && held.Knows(written)) return new WriteOutcome(held, IsChanged: !held.Equals(before));
        if (request.IsChecked && before is not null && !(request.Seen?.Vector ?? VersionVector.Empty).Descends(before.Vector))
            return new WriteOutcome(null, false, new ReplicaRefusal(RefusalReason.Changed, "the key has changed since it was checked"));
        if (RaiseEpochIfLost(held, request.Past)) written = written with { Dot = new Dot(Actor, 1) };

        var past = request.IsBlind && held is not null ? request.Past.Merge(held.Vector) : request.Past;
        var record = Record.Write(held, past, written);
        return Limits.Refuses(held, record)
            ? new WriteOutcome(null, false, new ReplicaRefusal(RefusalReason.TooManySiblings, $"{held?.Siblings.Length ?? 0}"))
            : new WriteOutcome(record, IsChanged: true);
    }

    /// <summary>Merges a record that was made elsewhere.</summary>
    public WriteOutcome Store(Record? held, Record incoming)
    {
        RaiseEpochIfLost(held, incoming.Vector);
        if (held is null) return new WriteOutcome(incoming, IsChanged: true);
        if (Supersedes(incoming, held)) return new WriteOutcome(incoming, IsChanged: true);
        var merged = Record.Merge(held, incoming);
        return new WriteOutcome(merged, IsChanged: !merged.Equals(held));
    }

    /// <summary>
    /// True if one record is all that merging would leave of both, with nothing of the other: the usual overwrite. It has seen all that the
    /// other has, holds only versions that the other has not seen, and the other has no repeated writes to be remembered.
    /// </summary>
    private static bool Supersedes(Record incoming, Record held)
    {
        if (!held.SupersededCopies.IsEmpty || !incoming.Vector.Descends(held.Vector)) return false;
        foreach (var sibling in held.Siblings)
        {
            if (sibling.WriteId.IsRetry) return false;
        }

        foreach (var sibling in incoming.Siblings)
        {
            if (held.Vector.Covers(sibling.Dot)) return false;
        }

        return true;
    }

    private bool RaiseEpochIfLost(Record? held, VersionVector told)
    {
        if (told.CounterOf(Actor) <= (held?.Vector.CounterOf(Actor) ?? 0)) return false;
        _epoch = _raiseEpoch();
        return true;
    }
}
