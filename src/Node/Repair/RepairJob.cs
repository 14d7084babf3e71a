using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Two owners that are to be compared.</summary>
/// <param name="Source">The one that runs the exchange.</param>
/// <param name="Target">The other.</param>
internal readonly record struct RepairPair(ReplicaId Source, ReplicaId Target);

/// <summary>Why a round is run. The numbers are kept.</summary>
internal enum RepairRoundKind
{
    /// <summary>All owners are compared, until they are found equal.</summary>
    Full = 0,

    /// <summary>The holder of hints that were too many to keep singly is compared with whom it holds them for.</summary>
    HintedRange = 1,
}

/// <summary>A round of a partition's repair.</summary>
/// <param name="Number">Counts the partition's rounds from 1.</param>
/// <param name="Kind">Why it is run.</param>
/// <param name="StartedAt">Milliseconds since 1970 (UTC).</param>
internal sealed record RepairRound(long Number, RepairRoundKind Kind, long StartedAt)
{
    /// <summary>Milliseconds since 1970 (UTC); 0 until then.</summary>
    public long EndedAt { get; init; }

    /// <summary>How it ended: equal if its last comparisons found no difference.</summary>
    public ExchangeOutcome Outcome { get; init; }

    /// <summary>Comparisons so far.</summary>
    public int Exchanges { get; init; }

    /// <summary>Keys that differed, counted for each pair.</summary>
    public long Differences { get; init; }

    /// <summary>Bytes that the exchanges sent and received.</summary>
    public long Bytes { get; init; }
}

/// <summary>
/// The repair of one partition, as it is kept: what is under way, what is to come, what was. Pure and immutable; time, owners and reports come in
/// as arguments.
/// </summary>
/// <remarks>
/// <para>A full round goes along the list of owners and compares each with the next, then back, so that what one has reaches all; it ends when a
/// way along the list has found nothing that differs, or after <see cref="MaximumPasses"/> of them, because there are always writes. Collapsed
/// hint ranges go before full rounds.</para>
/// <para>Nothing here is needed for correctness: a round that two jobs run at once, or that is begun again after its state was lost, compares what
/// is equal already.</para>
/// </remarks>
internal sealed record RepairJob(int Partition) : IRepairMessage
{
    /// <summary>Ways along the list of owners in one round.</summary>
    public const int MaximumPasses = 4;

    /// <summary>Rounds that are remembered.</summary>
    public const int MaximumHistory = 20;

    /// <summary>Collapsed ranges that wait; each pair of nodes once, so beyond it a full round does for the rest.</summary>
    public const int MaximumHintedRanges = 32;

    /// <summary>True from a pause to a resume by an operator.</summary>
    public bool IsPaused { get; init; }

    /// <summary>True if a full round was asked for.</summary>
    public bool IsRequested { get; init; }

    /// <summary>The round under way; null while idle. A pause keeps it.</summary>
    public RepairRound? Current { get; init; }

    /// <summary>The owners that the round under way compares.</summary>
    public ImmutableArray<ReplicaId> Owners { get; init; } = [];

    /// <summary>What is left of this pass, the next one first.</summary>
    public ImmutableArray<RepairPair> Left { get; init; } = [];

    /// <summary>Which way along the list this is, from 1.</summary>
    public int Pass { get; init; }

    /// <summary>Keys that differed in this pass.</summary>
    public long PassDifferences { get; init; }

    /// <summary>Ranges of hints that were collapsed, the oldest first.</summary>
    public ImmutableArray<RepairPair> HintedRanges { get; init; } = [];

    /// <summary>When the last full round ended, milliseconds since 1970 (UTC); 0 for never.</summary>
    public long LastFullRoundAt { get; init; }

    /// <summary>When the last full round ended that found all owners equal; 0 for never.</summary>
    public long LastEqualRoundAt { get; init; }

    /// <summary>The last rounds, the oldest first.</summary>
    public ImmutableArray<RepairRound> History { get; init; } = [];

    /// <summary>Rounds begun so far.</summary>
    public long Rounds { get; init; }

    /// <summary>True if there is something to do now.</summary>
    /// <param name="now">Milliseconds since 1970 (UTC).</param>
    /// <param name="interval">Milliseconds between full rounds.</param>
    public bool IsDue(long now, long interval) =>
        !IsPaused && (Current is not null || IsRequested || !HintedRanges.IsEmpty || now - LastFullRoundAt >= interval);

    /// <summary>What is due first among partitions: collapsed ranges, then what was asked for, then the longest unrepaired. The least first.</summary>
    public long Urgency => !HintedRanges.IsEmpty ? -2 : IsRequested || Current is not null ? -1 : LastFullRoundAt;

    /// <summary>An operator, or the node that collapsed hints, wants something.</summary>
    public RepairJob Paused() => this with { IsPaused = true };

    /// <inheritdoc cref="Paused"/>
    public RepairJob Resumed() => this with { IsPaused = false };

    /// <inheritdoc cref="Paused"/>
    public RepairJob Requested() => this with { IsRequested = true };

    /// <inheritdoc cref="Paused"/>
    public RepairJob Hinted(RepairPair range) =>
        HintedRanges.Contains(range) ? this
        : HintedRanges.Length == MaximumHintedRanges ? Requested()
        : this with { HintedRanges = HintedRanges.Add(range) };

    /// <summary>
    /// Begins what is due, or goes on with what is under way. A full round of owners that are not the owners any more begins anew.
    /// </summary>
    /// <param name="owners">The partition's owners in their order.</param>
    /// <param name="now">Milliseconds since 1970 (UTC).</param>
    public RepairJob Begun(ImmutableArray<ReplicaId> owners, long now)
    {
        if (Current is { Kind: RepairRoundKind.Full } && !Owners.SequenceEqual(owners)) return Ended(ExchangeOutcome.Failed, now).Begun(owners, now);
        if (Current is not null) return this;
        var begun = this with { Rounds = Rounds + 1, Pass = 1, PassDifferences = 0 };
        if (!HintedRanges.IsEmpty)
            return begun with { Current = new RepairRound(begun.Rounds, RepairRoundKind.HintedRange, now), Owners = [], Left = [HintedRanges[0]] };
        begun = begun with
        {
            Current = new RepairRound(begun.Rounds, RepairRoundKind.Full, now),
            Owners = owners,
            Left = PairsAlong(owners),
            IsRequested = false,
        };
        // One owner is equal to itself.
        return begun.Left.IsEmpty ? begun.Ended(ExchangeOutcome.Equal, now) : begun;
    }

    /// <summary>A comparison has ended that was the next one; one that is not, of an earlier round, changes nothing.</summary>
    /// <param name="pair">Whom it compared.</param>
    /// <param name="report">What it did; a failed one changes nothing but is to be tried again.</param>
    /// <param name="now">Milliseconds since 1970 (UTC).</param>
    public RepairJob Compared(RepairPair pair, ExchangeReport report, long now)
    {
        if (Current is null || Left.IsEmpty || Left[0] != pair || report.Outcome == ExchangeOutcome.Failed) return this;
        var next = this with
        {
            Left = Left.RemoveAt(0),
            PassDifferences = PassDifferences + report.Differences,
            Current = Current with
            {
                Exchanges = Current.Exchanges + 1,
                Differences = Current.Differences + report.Differences,
                Bytes = Current.Bytes + report.BytesSent + report.BytesReceived,
            },
        };
        if (!next.Left.IsEmpty) return next;
        if (next.Current.Kind == RepairRoundKind.HintedRange)
            return (next with { HintedRanges = HintedRanges.Remove(pair) }).Ended(report.Outcome, now);
        if (next.PassDifferences == 0) return next.Ended(ExchangeOutcome.Equal, now);
        return next.Pass == MaximumPasses
            ? next.Ended(ExchangeOutcome.Mended, now)
            : next with { Pass = next.Pass + 1, PassDifferences = 0, Left = PairsAlong(next.Pass % 2 == 1 ? [.. Owners.Reverse()] : Owners) };
    }

    /// <summary>Gives a hinted range up that cannot be compared, such as that of a node that has left; a full round does for it.</summary>
    public RepairJob GaveUpRange(long now) => Current is { Kind: RepairRoundKind.HintedRange }
        ? (this with { HintedRanges = HintedRanges.RemoveAt(0), IsRequested = true }).Ended(ExchangeOutcome.Failed, now)
        : this;

    private RepairJob Ended(ExchangeOutcome outcome, long now)
    {
        var isFull = Current!.Kind == RepairRoundKind.Full && outcome != ExchangeOutcome.Failed;
        var history = History.Add(Current with { EndedAt = now, Outcome = outcome });
        return this with
        {
            Current = null,
            Owners = [],
            Left = [],
            Pass = 0,
            PassDifferences = 0,
            LastFullRoundAt = isFull ? now : LastFullRoundAt,
            LastEqualRoundAt = isFull && outcome == ExchangeOutcome.Equal ? now : LastEqualRoundAt,
            History = history.Length > MaximumHistory ? history.RemoveAt(0) : history,
        };
    }

    private static ImmutableArray<RepairPair> PairsAlong(ImmutableArray<ReplicaId> owners) =>
        [.. owners.Zip(owners.Skip(1), (source, target) => new RepairPair(source, target))];
}
