using System.Collections.Immutable;
using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>The tallies of writes and reads. A, B, C are owners; D and E are not.</summary>
public sealed class QuorumTests
{
    private static readonly ReplicaId A = new(1);
    private static readonly ReplicaId B = new(2);
    private static readonly ReplicaId C = new(3);
    private static readonly ReplicaId D = new(4);
    private static readonly ReplicaId E = new(5);
    private static readonly ImmutableArray<ReplicaId> Owners = [A, B, C];
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(60);

    [Fact]
    public void Write_should_be_enough_once_w_distinct_owners_have_it()
    {
        var quorum = Write(required: 2);
        quorum.Acknowledged(A);
        quorum.Acknowledged(A);
        quorum.Acknowledged(D);
        Assert.False(quorum.IsEnough);
        quorum.Acknowledged(C);
        Assert.True(quorum.IsEnough);
        Assert.Equal([A, C], quorum.Durable.Order());
    }

    [Fact]
    public void Write_should_be_impossible_once_too_few_can_still_answer()
    {
        var quorum = Write(required: 2);
        quorum.Failed(A);
        Assert.False(quorum.IsImpossible);
        quorum.Acknowledged(B);
        quorum.Failed(B);
        Assert.False(quorum.IsImpossible);
        quorum.Failed(C);
        Assert.True(quorum.IsImpossible);
        Assert.Equal(1, quorum.Weakest.Count);
    }

    [Fact]
    public void Write_that_asks_for_more_than_there_are_should_be_impossible_at_once() =>
        Assert.True(Write(required: 4).IsImpossible);

    [Fact]
    public void Fallback_should_count_where_the_owner_counts_that_it_holds_a_hint_for()
    {
        var quorum = Write(required: 3);
        quorum.Acknowledged(A);
        // One disk is one disk, for however many owners it stands.
        quorum.Acknowledged(D, B);
        quorum.Acknowledged(D, C);
        Assert.Equal([A, D], quorum.Durable.Order());
        // B's place is filled, whoever else comes to fill it.
        quorum.Acknowledged(E, B);
        quorum.Acknowledged(B);
        Assert.False(quorum.IsEnough);
        quorum.Acknowledged(E, C);
        Assert.True(quorum.IsEnough);
        Assert.Equal([A, D, E], quorum.Durable.Order());
    }

    [Fact]
    public void Read_should_ask_r_and_one_more_for_each_failure_and_each_hedge()
    {
        var quorum = Read(required: 2);
        Assert.Equal([A, B], quorum.Next(Now));
        Assert.Empty(quorum.Next(Now));
        quorum.Failed(A);
        Assert.Equal([C], quorum.Next(Now));
        quorum.Hedge();
        Assert.Equal([D], quorum.Next(Now));
        Assert.False(quorum.IsExhausted);
    }

    [Fact]
    public void Read_should_be_enough_with_r_answers_of_which_one_has_a_value()
    {
        var quorum = Read(required: 2);
        quorum.Next(Now);
        quorum.Answered(A, null);
        Assert.False(quorum.IsEnough(Now));
        quorum.Answered(B, Value());
        Assert.True(quorum.IsEnough(Now));
        Assert.False(quorum.IsSloppy);
        Assert.Equal([A], quorum.StaleOwners);
    }

    [Fact]
    public void Not_found_should_take_r_owners()
    {
        var quorum = Read(required: 2);
        quorum.Next(Now);
        quorum.Answered(A, null);
        quorum.Failed(B);
        Assert.Equal([C], quorum.Next(Now));
        quorum.Failed(C);
        Assert.Equal([D], quorum.Next(Now));
        quorum.Answered(D, null);
        Assert.Equal([E], quorum.Next(Now));
        quorum.Answered(E, null);
        Assert.Equal(1, quorum.Weakest.Count);
        Assert.False(quorum.IsEnough(Now));
        Assert.True(quorum.IsExhausted);
    }

    [Fact]
    public void Tombstone_of_a_fallback_should_be_no_proof_and_all_others_be_asked()
    {
        var quorum = Read(required: 2);
        quorum.Next(Now);
        quorum.Answered(A, null);
        quorum.Failed(B);
        quorum.Next(Now);
        quorum.Failed(C);
        quorum.Next(Now);
        quorum.Answered(D, Tombstone());
        Assert.Equal(2, quorum.Weakest.Count);
        Assert.False(quorum.IsEnough(Now));
        Assert.Equal([E], quorum.Next(Now));
        quorum.Failed(E);
        Assert.True(quorum.IsExhausted);
    }

    [Fact]
    public void Copy_of_a_fallback_should_count_and_be_sloppy()
    {
        var quorum = Read(required: 1, owners: [A]);
        quorum.Next(Now);
        quorum.Failed(A);
        Assert.Equal([D], quorum.Next(Now));
        quorum.Answered(D, Value());
        Assert.True(quorum.IsEnough(Now));
        Assert.True(quorum.IsSloppy);
        Assert.Empty(quorum.StaleOwners);
    }

    [Fact]
    public void Floor_should_have_everybody_asked_and_be_reached_or_exhausted()
    {
        var floor = VersionVector.Of(new VectorEntry(new VersionActor(B, 1), 1));
        var quorum = new ReadQuorum(Owners, Fallbacks, Requires(1), floor, _ => "");
        Assert.Equal([A], quorum.Next(Now));
        quorum.Answered(A, null);
        Assert.Equal([B, C, D, E], quorum.Next(Now));
        quorum.Answered(C, null);
        quorum.Answered(D, null);
        Assert.False(quorum.IsEnough(Now));
        quorum.Answered(B, Value());
        Assert.True(quorum.IsEnough(Now));
    }

    [Fact]
    public void Answer_of_somebody_who_was_not_asked_should_not_count()
    {
        var quorum = Read(required: 1);
        quorum.Answered(A, Value());
        Assert.Equal(0, quorum.Weakest.Count);
    }

    private static RingMember[] Fallbacks { get; } =
        [.. new[] { D, E }.Select(id => new RingMember($"{id}", id, "host", 1, "dc1", "r1", 1, RingMemberState.Member))];

    private static WriteQuorum Write(int required) => new(Owners, Requires(required));

    private static ReadQuorum Read(int required, ImmutableArray<ReplicaId>? owners = null) =>
        new(owners ?? Owners, Fallbacks, Requires(required, owners), VersionVector.Empty, _ => "");

    private static QuorumRequirement Requires(int required, ImmutableArray<ReplicaId>? owners = null) =>
        new(Consistency.Of(required), [new QuorumGroup("", owners ?? Owners, required)]);

    private static Record Value() => Written(isTombstone: false);

    private static Record Tombstone() => Written(isTombstone: true);

    private static Record Written(bool isTombstone) => Record.Write(null, VersionVector.Empty, new Sibling
    {
        Dot = new Dot(new VersionActor(B, 1), 1),
        WriteId = new WriteId(Guid.Empty, 1),
        Timestamp = HybridTimestamp.Of(1),
        IsTombstone = isTombstone,
        Value = isTombstone ? ReadOnlyMemory<byte>.Empty : Encoding.UTF8.GetBytes("v"),
    });
}
