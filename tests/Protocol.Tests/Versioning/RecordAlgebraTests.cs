using CsCheck;

namespace AkkaKv.Protocol.Tests;

/// <summary>The laws of <see cref="Record"/>, over everything that replicas, clients, retries, losses and late messages can bring about.</summary>
public class RecordAlgebraTests
{
    private const int Steps = 24;

    [Fact]
    public void Merge_is_commutative() => RecordHistory.Runs(Steps).SelectMany(run => Pick(run, 2).Select(picked => (run, picked))).Sample(
        (_, picked) => Record.Merge(picked[0].Record, picked[1].Record).Equals(Record.Merge(picked[1].Record, picked[0].Record)),
        iter: 8_000);

    [Fact]
    public void Merge_is_associative() => RecordHistory.Runs(Steps).SelectMany(run => Pick(run, 3).Select(picked => (run, picked))).Sample(
        (_, picked) =>
        {
            var (a, b, c) = (picked[0].Record, picked[1].Record, picked[2].Record);
            return Record.Merge(Record.Merge(a, b), c).Equals(Record.Merge(a, Record.Merge(b, c)));
        },
        iter: 8_000);

    [Fact]
    public void Merge_is_idempotent() => RecordHistory.Runs(Steps).SelectMany(run => Pick(run, 2).Select(picked => (run, picked))).Sample(
        (_, picked) =>
        {
            var merged = Record.Merge(picked[0].Record, picked[1].Record);
            var again = RecordCodec.Decode(RecordCodec.Encode(merged));
            return Record.Merge(merged, again).Equals(merged)
                && Record.Merge(merged, picked[0].Record).Equals(merged)
                && Record.Merge(picked[1].Record, merged).Equals(merged);
        },
        iter: 8_000);

    [Fact]
    public void A_record_holds_exactly_the_writes_that_no_other_writes_past_contains() => RecordHistory.Runs(Steps).Sample(
        run => run.Reached.All(state =>
            state.Record.Siblings.Select(sibling => sibling.Dot).SequenceEqual(state.Maximal.Select(e => e.Dot).Order())),
        iter: 6_000);

    [Fact]
    public void Merging_all_replicas_loses_no_maximal_write() => RecordHistory.Runs(Steps).Where(run => run.Final.Any()).Sample(
        run =>
        {
            var all = run.Final.Aggregate(RecordHistory.State.Merge);
            return all.Record.Siblings.Select(sibling => sibling.Dot).SequenceEqual(all.Maximal.Select(e => e.Dot).Order())
                && all.Record.Versions.Select(version => version.Dot).SequenceEqual(all.Shown);
        },
        iter: 8_000);

    [Fact]
    public void A_reader_is_always_shown_something() => RecordHistory.Runs(Steps).Sample(
        run => run.Reached.All(state => state.Record.Versions.Any()), iter: 3_000);

    [Fact]
    public void The_vector_covers_exactly_what_was_seen() => RecordHistory.Runs(Steps).Sample(
        run => run.Reached.All(state =>
            state.Record.Vector.Equals(Versions.Vector(state.History)) && state.History.All(state.Record.Vector.Covers)),
        iter: 3_000);

    [Fact]
    public void Two_records_with_the_same_hash_are_the_same_record() => RecordHistory.Runs(Steps).Sample(
        run =>
        {
            byte[] key = [1, 2, 3];
            return run.Reached.GroupBy(state => state.Record.Hash(key)).All(group =>
                group.All(state => Shell(state.Record).Equals(Shell(group.First().Record))));
        },
        iter: 3_000);

    /// <summary>Trees, hints and digest reads of replicas that have compacted and of those that have not must not find a difference.</summary>
    [Fact]
    public void Dropping_expired_values_changes_neither_hash_nor_what_supersedes_what() => RecordHistory.Runs(Steps).Sample(
        run => run.Reached.All(state =>
            Shell(state.Record) is var shell
            && shell.Hash([1]) == state.Record.Hash([1])
            && shell.VersionsHash() == state.Record.VersionsHash()
            && shell.Vector.Equals(state.Record.Vector)
            && Record.Merge(state.Record, shell).Equals(shell)
            && Record.Merge(shell, state.Record).Equals(shell)),
        iter: 3_000);

    [Fact]
    public void The_last_write_is_the_same_wherever_and_in_whatever_order_records_met() => RecordHistory.Runs(Steps).Sample(
        run => run.Reached.All(state =>
        {
            var winner = state.Record.Resolve(ConflictPolicy.LastWriteWins).Versions.Single().Dot;
            return state.Shown.Contains(winner)
                && state.Record.Siblings.Single(sibling => sibling.Dot == winner) is var won
                && state.Shown.Select(dot => state.Record.Siblings.Single(sibling => sibling.Dot == dot)).All(other =>
                    other.Timestamp < won.Timestamp || (other.Timestamp == won.Timestamp && other.Dot <= won.Dot));
        }),
        iter: 3_000);

    [Fact]
    public void The_last_write_is_shown_under_all_that_was_seen() => RecordHistory.Runs(Steps).Sample(
        run => run.Reached.All(state =>
        {
            var shown = state.Record.Resolve(ConflictPolicy.LastWriteWins);
            return shown.Vector.Equals(state.Record.Vector)
                && (shown.Siblings.Length == state.Record.Siblings.Length || shown.VectorOf(shown.Versions.Single()).Equals(shown.Vector));
        }),
        iter: 1_000);

    [Fact]
    public void The_earliest_expiry_is_found_without_decoding() => RecordHistory.Runs(Steps).Sample(
        run => run.Reached.All(state =>
            RecordExpiry.EarliestOf(RecordCodec.Encode(state.Record)) == state.Record.Siblings.Min(sibling => sibling.ExpiresAtUnixMilliseconds)),
        iter: 1_000);

    [Fact]
    public void No_bytes_keep_the_search_for_expiries_from_ending() => Gen.Byte.Array[0, 64].Sample(
        garbage => _ = RecordExpiry.EarliestOf(garbage), iter: 20_000);

    [Fact]
    public void A_record_survives_encoding() => RecordHistory.Runs(Steps).Sample(
        run => run.Reached.All(state => RecordCodec.Decode(RecordCodec.Encode(state.Record)).Equals(state.Record)), iter: 3_000);

    private static Record Shell(Record record) => record.WithoutValuesExpiredBy(long.MaxValue);

    private static Gen<RecordHistory.State[]> Pick(RecordHistory run, int count) =>
        run.Reached.Count == 0
            ? Gen.Const(Enumerable.Repeat(Nothing, count).ToArray())
            : Gen.Int[0, run.Reached.Count - 1].Select(at => run.Reached[at]).Array[count];

    /// <summary>For a run in which nothing was written.</summary>
    private static RecordHistory.State Nothing { get; } =
        new(Record.Write(null, VersionVector.Empty, Versions.Of(Versions.Dot(Versions.Sx, 1), default)), [], []);
}
