namespace AkkaKv.Simulation.Tests;

/// <summary>
/// A set of writes of one key, by their place in its history. Immutable. It is what vectors compress, kept uncompressed, so that the model
/// shares no code with what it judges.
/// </summary>
internal readonly struct DotSet : IEquatable<DotSet>
{
    private readonly ulong[]? _words;

    private DotSet(ulong[] words) => _words = words;

    public static DotSet Empty => default;

    public bool IsEmpty => !Words.ContainsAnyExcept(0UL);

    private ReadOnlySpan<ulong> Words => _words;

    public bool Contains(int place) => place >> 6 < Words.Length && (Words[place >> 6] >> (place & 63) & 1) != 0;

    public DotSet With(int place)
    {
        var words = new ulong[Math.Max(Words.Length, (place >> 6) + 1)];
        Words.CopyTo(words);
        words[place >> 6] |= 1UL << (place & 63);
        return new DotSet(words);
    }

    public DotSet Union(DotSet other)
    {
        if (other.Words.IsEmpty) return this;
        if (Words.IsEmpty) return other;
        var words = new ulong[Math.Max(Words.Length, other.Words.Length)];
        Words.CopyTo(words);
        for (var i = 0; i < other.Words.Length; i++) words[i] |= other.Words[i];
        return new DotSet(words);
    }

    public DotSet Except(DotSet other)
    {
        var words = Words.ToArray();
        for (var i = 0; i < Math.Min(words.Length, other.Words.Length); i++) words[i] &= ~other.Words[i];
        return new DotSet(words);
    }

    public bool Holds(DotSet other) => other.Except(this).IsEmpty;

    public IEnumerable<int> Places()
    {
        for (var place = 0; place < (_words?.Length ?? 0) * 64; place++)
        {
            if (Contains(place)) yield return place;
        }
    }

    public bool Equals(DotSet other) => Holds(other) && other.Holds(this);

    public override bool Equals(object? obj) => obj is DotSet other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var word in Words.TrimEnd(0UL)) hash.Add(word);
        return hash.ToHashCode();
    }
}
