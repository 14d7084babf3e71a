using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>A version as it was born: one effect of one write of a client.</summary>
/// <param name="Place">Its place in the key's history.</param>
/// <param name="Dot">Its dot.</param>
/// <param name="Past">Everything its writer had seen: what it supersedes.</param>
/// <param name="Write">The client's write; a write sent twice may be born twice.</param>
/// <param name="IsRetry">Whether it was marked as sent before.</param>
/// <param name="Stamp">By the hybrid clock of its replica.</param>
/// <param name="ExpiresAt">Milliseconds since 1970; null if never.</param>
internal sealed record Birth(int Place, Dot Dot, DotSet Past, ClientWrite Write, bool IsRetry, HybridTimestamp Stamp, long? ExpiresAt)
{
    /// <summary>What a reader finds at that moment; null for nothing.</summary>
    public string? ValueAt(DateTimeOffset now) => now.ToUnixTimeMilliseconds() >= ExpiresAt ? null : Write.Value;

    public override string ToString() => $"{Write} {Dot}{(IsRetry ? " (repeated)" : "")}";
}

/// <summary>Something a client wanted written, however often it was sent.</summary>
/// <param name="Number">Of all writes of the run.</param>
/// <param name="Value">Null for a delete; no two writes have the same.</param>
internal sealed record ClientWrite(int Number, string? Value)
{
    public override string ToString() => Value ?? $"delete {Number}";
}

/// <summary>
/// Everything that ever happened to one key, and what follows from it for whoever knows a part of it. Causality is kept as sets of writes,
/// never as vectors.
/// </summary>
internal sealed class KeyHistory
{
    private readonly List<Birth> _births = [];
    private readonly Dictionary<Dot, Birth> _byDot = [];
    private readonly Dictionary<string, DotSet> _contexts = [];
    private readonly Dictionary<string, DotSet> _etags = [];
    private readonly Dictionary<string, DotSet> _versions = [];
    private readonly Dictionary<LevelPromise, DotSet> _acknowledged = [];

    public KeyHistory(string key, ConflictPolicy policy) => (Key, IsLastWriteWins) = (key, policy == ConflictPolicy.LastWriteWins);

    public string Key { get; }

    public bool IsLastWriteWins { get; }

    public IReadOnlyList<Birth> Births => _births;

    /// <summary>Everything acknowledged at any level.</summary>
    public DotSet Acknowledged => _acknowledged.Values.Aggregate(DotSet.Empty, (all, some) => all.Union(some));

    public Birth? BirthOf(Dot dot) => _byDot.GetValueOrDefault(dot);

    public Birth Bear(Sibling version, DotSet past, ClientWrite write, bool isRetry)
    {
        var dot = version.Dot;
        if (_byDot.TryGetValue(dot, out var first))
            throw new SimulationFault($"The dot {dot} of {first.Write} was given again, to {write}.");
        if (dot.Counter == 0) throw new SimulationFault($"The dot {dot} counts from 0.");
        var birth = new Birth(_births.Count, dot, past, write, isRetry, version.Timestamp, version.ExpiresAtUnixMilliseconds);
        _births.Add(birth);
        _byDot.Add(dot, birth);
        return birth;
    }

    /// <summary>A write was acknowledged at level W, and with it everything that its record had seen.</summary>
    public void Acknowledge(LevelPromise level, DotSet known) => _acknowledged[level] = _acknowledged.GetValueOrDefault(level).Union(known);

    /// <summary>What a read that begins now must have seen, if only owners answer it.</summary>
    public DotSet PromisedTo(LevelPromise read) => _acknowledged.Where(pair => pair.Key.Meets(read))
        .Aggregate(DotSet.Empty, (all, pair) => all.Union(pair.Value));

    /// <summary>What nothing known supersedes.</summary>
    public IReadOnlyList<Birth> MaximalOf(DotSet known)
    {
        var superseded = known.Places().Aggregate(DotSet.Empty, (all, place) => all.Union(_births[place].Past));
        return [.. known.Except(superseded).Places().Select(place => _births[place])];
    }

    /// <summary>
    /// The maximal ones without those of which a repeated copy is superseded: these may be shown or not, by what the replicas happened to
    /// meet, until all have met.
    /// </summary>
    public IReadOnlyList<Birth> CertainOf(DotSet known)
    {
        var maximal = MaximalOf(known);
        var repeated = known.Places().Select(place => _births[place])
            .Where(birth => birth.IsRetry && !maximal.Contains(birth)).Select(birth => birth.Write).ToHashSet();
        return [.. maximal.Where(birth => !repeated.Contains(birth.Write))];
    }

    /// <summary>The certain ones, each write under the dot that readers are shown, its lowest.</summary>
    public IEnumerable<Birth> LowestOf(DotSet known) => CertainOf(known).GroupBy(birth => birth.Write).Select(copies => copies.MinBy(birth => birth.Dot)!);

    /// <summary>What a reader is shown where the last write wins; null where it is not certain.</summary>
    public Birth? WinnerOf(DotSet known) =>
        CertainOf(known).Count < MaximalOf(known).Count ? null : LowestOf(known).MaxBy(birth => (birth.Stamp, birth.Dot));

    /// <summary>What decides whether a reader finds anything.</summary>
    public IEnumerable<Birth> DecisiveOf(DotSet known) => !IsLastWriteWins ? LowestOf(known) : WinnerOf(known) is { } winner ? [winner] : [];

    /// <summary>A vector must cover exactly the known writes.</summary>
    public void Verify(VersionVector vector, DotSet known, string whose)
    {
        foreach (var birth in _births)
        {
            if (vector.Covers(birth.Dot) != known.Contains(birth.Place))
                throw new SimulationFault(
                    $"{whose}: the vector {vector} {(vector.Covers(birth.Dot) ? "covers" : "does not cover")} {birth}; "
                    + $"known are {Print(known)}.");
        }

        foreach (var entry in vector.Entries)
        {
            if (!_byDot.ContainsKey(new Dot(entry.Actor, entry.Counter)))
                throw new SimulationFault($"{whose}: the vector {vector} speaks of writes of {entry.Actor} that never were.");
        }
    }

    /// <summary>A record must hold exactly the maximal versions, as they were written.</summary>
    public void Verify(Record record, DotSet known, string whose)
    {
        Verify(record.Vector, known, whose);
        var maximal = MaximalOf(known);
        foreach (var sibling in record.Siblings)
        {
            if (!_byDot.TryGetValue(sibling.Dot, out var birth))
                throw new SimulationFault($"{whose} holds {sibling.Dot}, which was never written.");
            if (!maximal.Contains(birth))
                throw new SimulationFault($"{whose} holds {birth}, which is superseded; known are {Print(known)}.");
            if (sibling.DroppedValueHash is null && TextOf(sibling) != birth.Write.Value)
                throw new SimulationFault($"{whose} holds '{TextOf(sibling)}' under the dot of {birth}.");
        }

        var lost = CertainOf(known).FirstOrDefault(birth => record.Siblings.All(sibling => sibling.Dot != birth.Dot));
        if (lost is not null) throw new SimulationFault($"{whose} lacks {lost}, which nothing known supersedes; known are {Print(known)}.");
    }

    /// <summary>A context must stand for exactly what was known where it was given.</summary>
    public void NoteContext(Ring ring, ReadOnlyMemory<byte> context, DotSet known, string whose)
    {
        if (ring.Seal.Open(context, Token.Of(Encoding.UTF8.GetBytes(Key)), out var opened) != ContextVerdict.Genuine)
            throw new SimulationFault($"{whose} gave a context that does not open.");
        Verify(opened.Vector, known, whose);
        _contexts[Convert.ToHexString(context.Span)] = known;
    }

    /// <summary>What a context stands for.</summary>
    public DotSet KnownTo(ReadOnlyMemory<byte> context) => context.IsEmpty ? DotSet.Empty : _contexts[Convert.ToHexString(context.Span)];

    /// <summary>One ETag, one set of versions shown; and where that is certain, one set, one ETag.</summary>
    public void NoteETag(string etag, DotSet known, string whose)
    {
        if (ShownOf(known) is not { } shown) return;
        Note(_etags, etag, shown, $"{whose}: the ETag {etag}");
    }

    /// <summary>One printed version, one set of known writes.</summary>
    public void NoteVersion(string version, DotSet known, string whose) =>
        Note(_versions, version, known, $"{whose}: the version {version}");

    /// <summary>
    /// Whether a condition holds where so much is known; null if that cannot be told. Nothing but "does not exist" holds of a key without
    /// a value, however well its ETag is known.
    /// </summary>
    public bool? Meets(WriteCondition condition, DotSet known, DateTimeOffset now)
    {
        if (IsLastWriteWins && !known.IsEmpty && WinnerOf(known) is null) return null;
        var hasValue = DecisiveOf(known).Any(birth => birth.ValueAt(now) is not null);
        if (!hasValue && !IsLastWriteWins && CertainOf(known).Count < MaximalOf(known).Count) return null;
        switch (condition.Kind)
        {
            case WriteConditionKind.ETagIs when _etags.TryGetValue(condition.Text, out var shown):
                return ShownOf(known) is { } present ? hasValue && present.Equals(shown) : null;
            case WriteConditionKind.VersionIs when _versions.TryGetValue(condition.Text, out var seen):
                return hasValue && seen.Equals(known);
            case WriteConditionKind.Exists or WriteConditionKind.DoesNotExist:
                return hasValue == (condition.Kind == WriteConditionKind.Exists);
            default:
                return null;
        }
    }

    public string Print(DotSet known) => known.IsEmpty
        ? "none"
        : string.Join(", ", known.Places().Select(place => _births[place].ToString()));

    public static string? TextOf(Sibling sibling) =>
        sibling.IsTombstone || sibling.DroppedValueHash is not null ? null : Encoding.UTF8.GetString(sibling.Value.Span);

    /// <summary>What a reader is shown, a write that took effect twice under its lower dot; null where it is not certain.</summary>
    private DotSet? ShownOf(DotSet known)
    {
        if (known.IsEmpty) return DotSet.Empty;
        return CertainOf(known).Count < MaximalOf(known).Count
            ? null
            : DecisiveOf(known).Aggregate(DotSet.Empty, (all, birth) => all.With(birth.Place));
    }

    private void Note(Dictionary<string, DotSet> notes, string text, DotSet known, string what)
    {
        if (notes.TryGetValue(text, out var before) && !before.Equals(known))
            throw new SimulationFault($"{what} stands for {Print(known)}, and stood for {Print(before)}.");
        notes[text] = known;
    }
}
