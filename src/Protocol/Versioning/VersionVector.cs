using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;

namespace AkkaKv.Protocol;

/// <summary>An entry of a <see cref="VersionVector"/>: the writes 1 to <paramref name="Counter"/> of one actor have been seen.</summary>
/// <param name="Actor">Whose writes.</param>
/// <param name="Counter">The highest seen, from 1.</param>
public readonly record struct VectorEntry(VersionActor Actor, ulong Counter);

/// <summary>
/// What has been seen of a key: per actor, the highest counter. Immutable; entries are kept in the order of their actors.
/// </summary>
/// <remarks>
/// An entry covers dots of its own (replica, epoch) only. That is what keeps a replica that lost its last writes from claiming, by a
/// later write under a higher number, to have seen them (Almeida et al., "Scalable and Accurate Causality Tracking for Eventually
/// Consistent Stores", 2014, gives the algebra of vectors with dots).
/// </remarks>
public sealed class VersionVector : IEquatable<VersionVector>
{
    private readonly ImmutableArray<VectorEntry> _entries;

    private VersionVector(ImmutableArray<VectorEntry> entries) => _entries = entries;

    /// <summary>The vector that has seen nothing.</summary>
    public static VersionVector Empty { get; } = new([]);

    /// <summary>The entries, in ascending order of their actors.</summary>
    public ImmutableArray<VectorEntry> Entries => _entries;

    /// <summary>True if nothing has been seen.</summary>
    public bool IsEmpty => _entries.IsEmpty;

    /// <summary>Builds a vector from entries in any order; of two entries of one actor the higher counts, counters of 0 are left out.</summary>
    public static VersionVector Of(params IEnumerable<VectorEntry> entries)
    {
        var highest = new SortedDictionary<VersionActor, ulong>();
        foreach (var entry in entries)
        {
            if (entry.Counter > highest.GetValueOrDefault(entry.Actor))
                highest[entry.Actor] = entry.Counter;
        }

        return highest.Count == 0 ? Empty : new VersionVector([.. highest.Select(pair => new VectorEntry(pair.Key, pair.Value))]);
    }

    /// <summary>
    /// Builds a vector from entries that the caller gives away. In ascending order of their actors they are taken as they are, but for
    /// counters of 0; else it is as with <see cref="Of"/>.
    /// </summary>
    internal static VersionVector OfOwned(VectorEntry[] entries)
    {
        var length = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            if (i > 0 && entries[i - 1].Actor >= entries[i].Actor) return Of(entries);
            if (entries[i].Counter != 0) length++;
        }

        if (length == 0) return Empty;
        return new VersionVector(ImmutableCollectionsMarshal.AsImmutableArray(
            length == entries.Length ? entries : Array.FindAll(entries, entry => entry.Counter != 0)));
    }

    /// <summary>The highest counter seen of an actor, 0 if none.</summary>
    public ulong CounterOf(VersionActor actor)
    {
        var at = IndexOf(actor);
        return at >= 0 ? _entries[at].Counter : 0;
    }

    /// <summary>The place of an actor's entry in <see cref="Entries"/>; if it has none, the complement of where it would be, which is negative.</summary>
    public int IndexOf(VersionActor actor)
    {
        int low = 0, high = _entries.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = _entries[middle].Actor.CompareTo(actor);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }

    /// <summary>True if the write of that name has been seen.</summary>
    public bool Covers(Dot dot) => dot.Counter <= CounterOf(dot.Actor);

    /// <summary>True if everything that <paramref name="other"/> has seen has been seen here: a partial order.</summary>
    public bool Descends(VersionVector other)
    {
        foreach (var entry in other._entries)
        {
            if (CounterOf(entry.Actor) < entry.Counter) return false;
        }

        return true;
    }

    /// <summary>The least vector that descends from both.</summary>
    public VersionVector Merge(VersionVector other)
    {
        if (Descends(other)) return this;
        if (other.Descends(this)) return other;
        var merged = new List<VectorEntry>(_entries.Length + other._entries.Length);
        int mine = 0, theirs = 0;
        while (mine < _entries.Length && theirs < other._entries.Length)
        {
            var (left, right) = (_entries[mine], other._entries[theirs]);
            var order = left.Actor.CompareTo(right.Actor);
            merged.Add(order < 0 || (order == 0 && left.Counter > right.Counter) ? left : right);
            if (order <= 0) mine++;
            if (order >= 0) theirs++;
        }

        merged.AddRange(_entries.AsSpan()[mine..]);
        merged.AddRange(other._entries.AsSpan()[theirs..]);
        return new VersionVector([.. merged]);
    }

    /// <summary>This vector with one more write seen.</summary>
    public VersionVector With(Dot dot)
    {
        var at = IndexOf(dot.Actor);
        var entry = new VectorEntry(dot.Actor, dot.Counter);
        if (at >= 0) return _entries[at].Counter >= dot.Counter ? this : new VersionVector(_entries.SetItem(at, entry));
        return dot.Counter == 0 ? this : new VersionVector(_entries.Insert(~at, entry));
    }

    /// <inheritdoc/>
    public bool Equals(VersionVector? other) => other is not null && _entries.AsSpan().SequenceEqual(other._entries.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VersionVector);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var entry in _entries) hash.Add(entry);
        return hash.ToHashCode();
    }

    /// <summary>The textbook's form, <c>[Sx,2],[Sy,1]</c>, with replica ids for names.</summary>
    public override string ToString() => ToString(id => id.ToString());

    /// <summary>
    /// The textbook's form, <c>[Sx,2],[Sy,1]</c>. An epoch later than a replica's first is part of what is compared, so it is printed:
    /// <c>[Sx.3,2]</c>.
    /// </summary>
    /// <param name="nameOf">Gives each replica a name that no other replica has or had.</param>
    public string ToString(Func<ReplicaId, string> nameOf) => string.Join(',', _entries.Select(entry =>
        entry.Actor.Epoch == 1
            ? string.Create(CultureInfo.InvariantCulture, $"[{nameOf(entry.Actor.Replica)},{entry.Counter}]")
            : string.Create(CultureInfo.InvariantCulture, $"[{nameOf(entry.Actor.Replica)}.{entry.Actor.Epoch},{entry.Counter}]")));
}
