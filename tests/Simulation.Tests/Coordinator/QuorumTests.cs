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
        var quorum = new WriteQuorum(Owners, required: 2);
        quorum.Acknowledged(A);
        quorum.Acknowledged(A);
        quorum.Acknowledged(D);
        Assert.False(quorum.IsEnough);
        quorum.Acknowledged(C);
        Assert.True(quorum.IsEnough);
        Assert.Equal(2, quorum.Acks);
    }

    [Fact]
    public void Write_should_be_impossible_once_too_few_can_still_answer()
    {
        var quorum = new WriteQuorum(Owners, required: 2);
        quorum.Failed(A);
        Assert.False(quorum.IsImpossible);
        quorum.Acknowledged(B);
        quorum.Failed(B);
        Assert.False(quorum.IsImpossible);
        quorum.Failed(C);
        Assert.True(quorum.IsImpossible);
        Assert.Equal(1, quorum.Acks);
    }

    [Fact]
    public void Write_that_asks_for_more_than_there_are_should_be_impossible_at_once() =>
        Assert.True(new WriteQuorum(Owners, required: 4).IsImpossible);

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
        Assert.Equal(1, quorum.Count);
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
        Assert.Equal(2, quorum.Count);
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
        var quorum = new ReadQuorum(Owners, [D, E], required: 1, floor);
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
        Assert.Equal(0, quorum.Count);
    }

    private static ReadQuorum Read(int required, ImmutableArray<ReplicaId>? owners = null) =>
        new(owners ?? Owners, [D, E], required, VersionVector.Empty);

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
