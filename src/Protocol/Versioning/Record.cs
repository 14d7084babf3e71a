using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Hashing;

namespace AkkaKv.Protocol;

/// <summary>
/// What a replica holds for a key: the vector of all that has been seen of it, and the versions that nothing seen has superseded.
/// Immutable.
/// </summary>
/// <remarks>
/// <para>A dotted version vector set (Preguiça et al., "Dotted Version Vectors: Logical Clocks for Optimistic Replication", 2010): a version
/// that another record's vector covers and that record does not hold has been superseded. <see cref="Merge"/> is commutative,
/// associative and idempotent, so replicas that have met the same writes in any order hold the same record.</para>
/// <para>A Put that its client sent twice can be coordinated twice and then has two dots. Merging keeps both, because only so does it stay
/// associative; readers are shown one, under the lower dot (<see cref="Versions"/>). When a version of a <em>repeated</em> write is
/// superseded, the record remembers its write id, and the other copy, arriving late, is superseded too
/// (<see cref="SupersededRetries"/>).</para>
/// <para>Invariants: at least one sibling; siblings in ascending order of distinct dots, each covered by the vector.</para>
/// </remarks>
public sealed class Record : IEquatable<Record>
{
    /// <summary>From so many siblings on a write that would add one is refused.</summary>
    public const int MaximumSiblings = 100;

    /// <summary>Limit of an encoded record, in bytes.</summary>
    public const int MaximumBytes = 4 * 1024 * 1024;

    /// <summary>Builds a record from its parts, in any order; throws <see cref="ArgumentException"/> if they break an invariant.</summary>
    public Record(VersionVector vector, IEnumerable<Sibling> siblings, IEnumerable<WriteId>? supersededRetries = null)
    {
        Vector = vector;
        Siblings = [.. siblings.OrderBy(sibling => sibling.Dot)];
        SupersededRetries = supersededRetries is null ? [] : InOrder(supersededRetries);
        if (Siblings.IsEmpty) throw new ArgumentException("A record holds at least one sibling.", nameof(siblings));
        for (var i = 0; i < Siblings.Length; i++)
        {
            if (!vector.Covers(Siblings[i].Dot))
                throw new ArgumentException($"The vector {vector} does not cover the sibling {Siblings[i].Dot}.", nameof(siblings));
            if (i > 0 && Siblings[i].Dot == Siblings[i - 1].Dot)
                throw new ArgumentException($"Two siblings have the dot {Siblings[i].Dot}.", nameof(siblings));
        }
    }

    /// <summary>Everything that has been seen of the key.</summary>
    public VersionVector Vector { get; }

    /// <summary>The versions that nothing in <see cref="Vector"/> supersedes, in ascending order of their dots.</summary>
    public ImmutableArray<Sibling> Siblings { get; }

    /// <summary>Write ids (as first sent) of superseded versions that were repetitions, in ascending order.</summary>
    public ImmutableArray<WriteId> SupersededRetries { get; }

    /// <summary>What a reader is shown: the siblings, a write that took effect twice only once, under its lower dot.</summary>
    public IEnumerable<Sibling> Versions
    {
        get
        {
            for (var i = 0; i < Siblings.Length; i++)
            {
                var sibling = Siblings[i];
                if (!Siblings.Take(i).Any(lower => lower.IsSameWriteAs(sibling))) yield return sibling;
            }
        }
    }

    /// <summary>The latest stamp among the siblings.</summary>
    public HybridTimestamp LatestTimestamp => Siblings.Max(sibling => sibling.Timestamp);

    /// <summary>True if a reader at that moment finds nothing.</summary>
    public bool IsDeletedAt(DateTimeOffset now) => Siblings.All(sibling => sibling.IsDeletedAt(now));

    /// <summary>What both together hold.</summary>
    public static Record Merge(Record left, Record right)
    {
        if (ReferenceEquals(left, right)) return left;
        var vector = left.Vector.Merge(right.Vector);
        var superseded = left.SupersededRetries.Union(right.SupersededRetries).ToHashSet();
        var kept = new Dictionary<Dot, Sibling>();
        Keep(left, right, kept, superseded);
        Keep(right, left, kept, superseded);

        var remaining = kept.Values.Where(sibling => !superseded.Contains(sibling.WriteId.AsFirst())).ToList();
        if (remaining.Count > 0) return new Record(vector, remaining, superseded);

        // Each claims to have superseded all of the other: no run of the rules ends here, so a rule was broken. Losing both would make it
        // worse; both are kept for a reader to see.
        return new Record(vector, left.Siblings.Concat(right.Siblings).DistinctBy(sibling => sibling.Dot), superseded);
    }

    /// <summary>
    /// What is held after a write: the new version supersedes exactly what its writer had seen.
    /// </summary>
    /// <param name="held">The record before, null if none.</param>
    /// <param name="past">What the writer had seen.</param>
    /// <param name="written">The new version. Its dot is one that nobody has given before.</param>
    public static Record Write(Record? held, VersionVector past, Sibling written)
    {
        var vector = past.With(written.Dot);
        if (held is null) return new Record(vector, [written]);
        var superseded = held.Siblings.Where(sibling => past.Covers(sibling.Dot) && sibling.WriteId.IsRetry);
        return new Record(
            vector.Merge(held.Vector),
            held.Siblings.Where(sibling => !past.Covers(sibling.Dot)).Append(written),
            held.SupersededRetries.Concat(superseded.Select(sibling => sibling.WriteId.AsFirst())));
    }

    /// <summary>
    /// The hash by which two copies are compared: over key, vector, dots and expiry. A vector alone does not identify a record; values
    /// are left out because a dot names one value.
    /// </summary>
    public ulong Hash(ReadOnlySpan<byte> key)
    {
        var hash = new XxHash3();
        hash.Append(key);
        Span<byte> buffer = stackalloc byte[28];
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
    /// The vector shown beside one version: all that this record has seen but its other versions. Without concurrency it is
    /// <see cref="Vector"/>.
    /// </summary>
    public VersionVector VectorOf(Sibling version)
    {
        var others = Siblings.Where(sibling => sibling.Dot != version.Dot && !sibling.IsSameWriteAs(version)).ToList();
        return VersionVector.Of(Vector.Entries.Select(entry => entry with
        {
            Counter = others.Where(other => other.Dot.Actor == entry.Actor && other.Dot.Counter > LowestOf(version, entry.Actor))
                .Select(other => other.Dot.Counter - 1)
                .Append(entry.Counter)
                .Min(),
        }));
    }

    /// <inheritdoc/>
    public bool Equals(Record? other) =>
        other is not null
        && Vector.Equals(other.Vector)
        && Siblings.AsSpan().SequenceEqual(other.Siblings.AsSpan())
        && SupersededRetries.AsSpan().SequenceEqual(other.SupersededRetries.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Record);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Vector, Siblings.Length);

    /// <inheritdoc/>
    public override string ToString() => $"{Vector} {{{string.Join(' ', Siblings.Select(s => (s.IsTombstone ? "-" : "") + s.Dot))}}}";

    /// <summary>Keeps the siblings of one record that the other has not superseded; notes the repeated writes among those it has.</summary>
    private static void Keep(Record from, Record other, Dictionary<Dot, Sibling> kept, HashSet<WriteId> superseded)
    {
        foreach (var sibling in from.Siblings)
        {
            if (other.Holds(sibling.Dot) || !other.Vector.Covers(sibling.Dot)) kept[sibling.Dot] = sibling;
            else if (sibling.WriteId.IsRetry) superseded.Add(sibling.WriteId.AsFirst());
        }
    }

    private bool Holds(Dot dot)
    {
        foreach (var sibling in Siblings)
        {
            if (sibling.Dot == dot) return true;
        }

        return false;
    }

    private static ulong LowestOf(Sibling version, VersionActor actor) => version.Dot.Actor == actor ? version.Dot.Counter : 0;

    private static ImmutableArray<WriteId> InOrder(IEnumerable<WriteId> ids) =>
        [.. ids.Distinct().OrderBy(id => id.Source).ThenBy(id => id.Number)];

    private static void WriteDot(Span<byte> buffer, VersionActor actor, ulong counter)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(buffer, actor.Replica.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[8..], actor.Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[12..], counter);
    }
}
