using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace AkkaKv.Protocol;

/// <summary>
/// What a replica holds for a key: the vector of all that has been seen of it, and the versions that nothing seen has superseded.
/// Immutable.
/// </summary>
/// <remarks>
/// <para>A dotted version vector set (Preguiça et al., "Dotted Version Vectors: Logical Clocks for Optimistic Replication", 2010): a version
/// that another record's vector covers and that record does not hold has been superseded. <see cref="Merge"/> is commutative,
/// associative and idempotent, so replicas that have met the same writes in any order hold the same record.</para>
/// <para>A write that its client sent twice can be coordinated twice and then has two dots. When one of them that was marked as a
/// repetition is superseded, the record remembers that (<see cref="SupersededCopies"/>), and the other copy, arriving late, is superseded
/// with it. Copies are folded when the record is read (<see cref="Versions"/>), never when it is merged: dropping them at merging was
/// tried, and two writes that were each repeated behind the other, at two replicas, then took each other away, and a third one's arrival
/// decided whether anything of them was left. So merging knows nothing of write ids, and reading sees the whole: among writes
/// that each superseded a copy of the other, all stand. It takes the exact <see cref="Sibling.Past"/> of each version to tell.</para>
/// <para>Invariants: at least one sibling; siblings in ascending order of distinct dots; the vector covers their dots and pasts.</para>
/// </remarks>
public sealed class Record : IEquatable<Record>
{
    /// <summary>From so many siblings on a write that would add one is refused.</summary>
    public const int MaximumSiblings = 100;

    /// <summary>Limit of an encoded record, in bytes.</summary>
    public const int MaximumBytes = 4 * 1024 * 1024;

    private Sibling[]? _versions;

    /// <summary>Builds a record from its parts, in any order; throws <see cref="ArgumentException"/> if they break an invariant.</summary>
    public Record(VersionVector vector, IEnumerable<Sibling> siblings, IEnumerable<SupersededRetry>? supersededCopies = null)
        : this(vector, Sorted([.. siblings]), Sorted([.. supersededCopies ?? []]))
    {
    }

    private Record(VersionVector vector, ImmutableArray<Sibling> siblings, ImmutableArray<SupersededRetry> supersededCopies)
    {
        Vector = vector;
        Siblings = siblings;
        SupersededCopies = supersededCopies;
        if (Siblings.IsEmpty) throw new ArgumentException("A record holds at least one sibling.", nameof(siblings));
        for (var i = 0; i < Siblings.Length; i++)
        {
            if (Siblings[i].Dot.Counter == 0) throw new ArgumentException("Dots count from 1.", nameof(siblings));
            if (!vector.Covers(Siblings[i].Dot) || !vector.Descends(Siblings[i].Past))
                throw new ArgumentException($"The vector {vector} does not cover the sibling {Siblings[i].Dot}.", nameof(siblings));
            if (i > 0 && Siblings[i].Dot == Siblings[i - 1].Dot)
                throw new ArgumentException($"Two siblings have the dot {Siblings[i].Dot}.", nameof(siblings));
        }

        foreach (var copy in SupersededCopies)
        {
            if (!vector.Covers(copy.Dot))
                throw new ArgumentException($"The vector {vector} does not cover {copy.Dot}.", nameof(supersededCopies));
        }
    }

    /// <summary>As the constructor, from arrays that the caller gives away.</summary>
    internal static Record Of(VersionVector vector, Sibling[] siblings, SupersededRetry[] supersededCopies) =>
        new(vector, Sorted(siblings), Sorted(supersededCopies));

    /// <summary>Everything that has been seen of the key.</summary>
    public VersionVector Vector { get; }

    /// <summary>The versions that nothing in <see cref="Vector"/> supersedes, in ascending order of their dots.</summary>
    public ImmutableArray<Sibling> Siblings { get; }

    /// <summary>The superseded versions that were repetitions, in ascending order of their dots.</summary>
    public ImmutableArray<SupersededRetry> SupersededCopies { get; }

    /// <summary>The write ids (as first sent) of <see cref="SupersededCopies"/>, each once.</summary>
    public ImmutableArray<WriteId> SupersededRetries => [.. SupersededCopies.Select(copy => copy.WriteId).Distinct()];

    /// <summary>
    /// What a reader is shown, at least one: the siblings without those of which another one's writer saw a repeated copy, and a write
    /// that took effect twice only once, under its lower dot.
    /// </summary>
    public IEnumerable<Sibling> Versions => _versions ??= RepeatedWrites.Fold(Siblings, SupersededCopies);

    /// <summary>The latest stamp among the siblings.</summary>
    public HybridTimestamp LatestTimestamp
    {
        get
        {
            var latest = Siblings[0].Timestamp;
            foreach (var sibling in Siblings)
            {
                if (sibling.Timestamp > latest) latest = sibling.Timestamp;
            }

            return latest;
        }
    }

    /// <summary>True if a reader at that moment finds nothing.</summary>
    public bool IsDeletedAt(DateTimeOffset now) => Versions.All(version => version.IsDeletedAt(now));

    /// <summary>
    /// The record without the values of versions that expired at that moment or before; itself if there is none. Vector, dots and expiries
    /// stay, so it hashes as before and supersedes as before.
    /// </summary>
    /// <param name="unixMilliseconds">Milliseconds since 1970 (UTC).</param>
    public Record WithoutValuesExpiredBy(long unixMilliseconds)
    {
        return Siblings.Any(IsToDrop)
            ? new Record(Vector, Siblings.Select(sibling => IsToDrop(sibling) ? sibling.WithoutValue() : sibling), SupersededCopies)
            : this;

        bool IsToDrop(Sibling sibling) => sibling.DependsOnClock && sibling.ExpiresAtUnixMilliseconds <= unixMilliseconds;
    }

    /// <summary>What both together hold.</summary>
    public static Record Merge(Record left, Record right)
    {
        if (ReferenceEquals(left, right)) return left;
        var superseded = new List<SupersededRetry>(left.SupersededCopies.Length + right.SupersededCopies.Length);
        superseded.AddRange(left.SupersededCopies.AsSpan());
        superseded.AddRange(right.SupersededCopies.AsSpan());
        var kept = new List<Sibling>(left.Siblings.Length + right.Siblings.Length);
        Keep(left, right, kept, superseded, isFirst: true);
        Keep(right, left, kept, superseded, isFirst: false);

        // Each claims to have superseded all of the other: no run of the rules ends here, so a rule was broken. Losing both would make it
        // worse; both are kept for a reader to see.
        if (kept.Count == 0) kept = [.. left.Siblings, .. right.Siblings];
        return Of(left.Vector.Merge(right.Vector), [.. kept], [.. superseded]);
    }

    /// <summary>
    /// What is held after a write: the new version supersedes exactly what its writer had seen. A write that has its effect here already,
    /// because it was sent before, changes nothing.
    /// </summary>
    /// <param name="held">The record before, null if none.</param>
    /// <param name="past">What the writer had seen.</param>
    /// <param name="written">The new version. Its dot is one that nobody has given before.</param>
    public static Record Write(Record? held, VersionVector past, Sibling written)
    {
        var version = written with { Past = past };
        var vector = past.With(written.Dot);
        if (held is null) return Of(vector, [version], []);
        if (held.Knows(written)) return held;
        var kept = new List<Sibling>(held.Siblings.Length + 1);
        List<SupersededRetry>? superseded = null;
        foreach (var sibling in held.Siblings)
        {
            if (!past.Covers(sibling.Dot)) kept.Add(sibling);
            else if (sibling.WriteId.IsRetry) (superseded ??= [.. held.SupersededCopies]).Add(AsSuperseded(sibling));
        }

        kept.Add(version);
        var copies = superseded is null ? held.SupersededCopies : Sorted([.. superseded]);
        return new Record(vector.Merge(held.Vector), Sorted([.. kept]), copies);
    }

    /// <summary>True if the write was sent before and has its effect here: a copy of it stands, or was superseded.</summary>
    public bool Knows(Sibling written)
    {
        foreach (var sibling in Siblings)
        {
            if (sibling.IsSameWriteAs(written)) return true;
        }

        foreach (var copy in SupersededCopies)
        {
            if (copy.WriteId == written.WriteId.AsFirst()) return true;
        }

        return false;
    }

    /// <summary>
    /// The hash by which two copies are compared: over key, vector, dots, expiry and superseded retries (which decide what a reader is
    /// shown). A vector alone does not identify a record; values and pasts are left out because a dot names one of each.
    /// </summary>
    public ulong Hash(ReadOnlySpan<byte> key)
    {
        var hash = new XxHash3();
        Span<byte> buffer = stackalloc byte[28];
        BinaryPrimitives.WriteInt32LittleEndian(buffer, key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[4..], Vector.Entries.Length);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[8..], Siblings.Length);
        hash.Append(buffer[..12]);
        hash.Append(key);
        foreach (var entry in Vector.Entries)
        {
            WriteDot(buffer, entry.Actor, entry.Counter);
            hash.Append(buffer[..20]);
        }

        foreach (var sibling in Siblings)
        {
            WriteDot(buffer, sibling.Dot.Actor, sibling.Dot.Counter);
            BinaryPrimitives.WriteInt64LittleEndian(buffer[20..], sibling.ExpiresAtUnixMilliseconds ?? -1);
            hash.Append(buffer);
        }

        foreach (var copy in SupersededCopies)
        {
            WriteDot(buffer, copy.Dot.Actor, copy.Dot.Counter);
            hash.Append(buffer[..20]);
        }

        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>The hash over the dots that a reader is shown: the strong <c>ETag</c> of conditional writes.</summary>
    public ulong VersionsHash()
    {
        var hash = new XxHash3();
        Span<byte> buffer = stackalloc byte[20];
        foreach (var sibling in Versions)
        {
            WriteDot(buffer, sibling.Dot.Actor, sibling.Dot.Counter);
            hash.Append(buffer);
        }

        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>
    /// The vector shown beside one of <see cref="Versions"/>: all that this record has seen but its other versions. Without concurrency
    /// it is <see cref="Vector"/>.
    /// </summary>
    public VersionVector VectorOf(Sibling version)
    {
        var others = Versions.Where(other => other.Dot != version.Dot).ToList();
        return Siblings.Where(sibling => !others.Any(other => other.IsSameWriteAs(sibling)))
            .Aggregate(VersionVector.Empty, (seen, sibling) => seen.Merge(sibling.Past.With(sibling.Dot)));
    }

    /// <inheritdoc/>
    public bool Equals(Record? other) =>
        other is not null
        && Vector.Equals(other.Vector)
        && Siblings.AsSpan().SequenceEqual(other.Siblings.AsSpan())
        && SupersededCopies.AsSpan().SequenceEqual(other.SupersededCopies.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Record);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Vector, Siblings.Length);

    /// <inheritdoc/>
    public override string ToString() => $"{Vector} {{{string.Join(' ', Siblings.Select(s => (s.IsTombstone ? "-" : "") + s.Dot))}}}";

    /// <summary>
    /// Keeps the siblings of one record that the other has not superseded; notes the repeated writes among those it has. What both hold is
    /// kept with the first.
    /// </summary>
    private static void Keep(Record from, Record other, List<Sibling> kept, List<SupersededRetry> superseded, bool isFirst)
    {
        foreach (var sibling in from.Siblings)
        {
            // Of one dot there is one version; where one side has dropped its value, it has expired, and expired wins.
            if (other.Find(sibling.Dot) is { } same)
            {
                if (isFirst) kept.Add(same.DroppedValueHash is null ? sibling : same);
            }
            else if (!other.Vector.Covers(sibling.Dot)) kept.Add(sibling);
            else if (sibling.WriteId.IsRetry) superseded.Add(AsSuperseded(sibling));
        }
    }

    /// <summary>Ascending by dot; most often it is so, and mostly there is one.</summary>
    private static ImmutableArray<Sibling> Sorted(Sibling[] siblings)
    {
        for (var i = 1; i < siblings.Length; i++)
        {
            if (siblings[i - 1].Dot >= siblings[i].Dot) return [.. siblings.OrderBy(sibling => sibling.Dot)];
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(siblings);
    }

    /// <summary>Ascending by dot, each once.</summary>
    private static ImmutableArray<SupersededRetry> Sorted(SupersededRetry[] copies)
    {
        for (var i = 1; i < copies.Length; i++)
        {
            if (copies[i - 1].Dot >= copies[i].Dot) return [.. copies.Distinct().OrderBy(copy => copy.Dot)];
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(copies);
    }

    private static SupersededRetry AsSuperseded(Sibling sibling) => new(sibling.Dot, sibling.WriteId.AsFirst());

    private Sibling? Find(Dot dot)
    {
        foreach (var sibling in Siblings)
        {
            if (sibling.Dot == dot) return sibling;
        }

        return null;
    }

    private static void WriteDot(Span<byte> buffer, VersionActor actor, ulong counter)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(buffer, actor.Replica.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[8..], actor.Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[12..], counter);
    }
}
