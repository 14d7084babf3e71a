using System.Collections.Immutable;
using CsCheck;

namespace AkkaKv.Protocol.Tests;

public class ContextSealTests
{
    private static readonly byte[] ClusterKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly ImmutableArray<ReplicaId> Replicas = [.. Enumerable.Range(1, 40).Select(i => new ReplicaId(0xABCD_0000_0000_0000UL + (ulong)i))];
    private static readonly ContextSeal Seal = new(ClusterKey, Replicas);

    private static readonly Gen<CausalContext> Contexts = Gen.Select(
        Gen.Select(Gen.Int[0, Replicas.Length - 1], Gen.UInt, Gen.ULong[1, ulong.MaxValue],
            (place, epoch, counter) => new VectorEntry(new VersionActor(Replicas[place], epoch), counter)).Array[0, 200],
        Gen.ULong, Gen.ULong,
        (entries, token, purge) => new CausalContext(VersionVector.Of(entries), new Token(token), purge));

    private static readonly CausalContext Some = new(
        Versions.Vector(new Dot(new VersionActor(Replicas[0], 1), 7), new Dot(new VersionActor(Replicas[2], 3), 300)), Token.Of([1, 2, 3]), 5);

    [Fact]
    public void A_context_of_up_to_200_entries_comes_back_as_it_was_and_fits_in_4_KB() => Contexts.Sample(context =>
    {
        var token = Seal.Seal(context);
        return token.Length <= ContextSeal.MaximumBytes
            && Seal.Open(token, context.KeyToken, out var opened) == ContextVerdict.Genuine
            && opened.Equals(context);
    });

    [Fact]
    public void Two_hundred_of_the_largest_entries_fit_in_4_KB()
    {
        var vector = VersionVector.Of(Enumerable.Range(0, 200).Select(i =>
            new VectorEntry(new VersionActor(Replicas[i % Replicas.Length], uint.MaxValue - (uint)i), ulong.MaxValue)));
        Assert.Equal(200, vector.Entries.Length);
        Assert.InRange(Seal.Seal(new CausalContext(vector, new Token(ulong.MaxValue), ulong.MaxValue)).Length, 1, ContextSeal.MaximumBytes);
    }

    [Fact]
    public void A_usual_context_is_short() => Assert.InRange(Seal.Seal(Some).Length, 1, 30);

    [Fact]
    public void Every_flipped_bit_is_forged()
    {
        var token = Seal.Seal(Some).ToArray();
        for (var bit = 0; bit < token.Length * 8; bit++)
        {
            var flipped = token.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(ContextVerdict.Forged, Seal.Open(flipped, Some.KeyToken, out var opened));
            Assert.Empty(opened.Vector.Entries);
        }
    }

    [Fact]
    public void Every_truncation_and_every_addition_is_forged()
    {
        var token = Seal.Seal(Some).ToArray();
        for (var length = 0; length < token.Length; length++)
            Assert.Equal(ContextVerdict.Forged, Seal.Open(token.AsMemory(0, length), Some.KeyToken, out _));
        for (var more = 1; more < 40; more++)
            Assert.Equal(ContextVerdict.Forged, Seal.Open((byte[])[.. token, .. new byte[more]], Some.KeyToken, out _));
        Assert.Equal(ContextVerdict.Forged, Seal.Open(new byte[ContextSeal.MaximumBytes + 1], Some.KeyToken, out _));
    }

    [Fact]
    public void A_context_of_another_key_is_told_so()
    {
        Assert.Equal(ContextVerdict.OtherKey, Seal.Open(Seal.Seal(Some), Token.Of([1, 2, 4]), out var opened));
        Assert.Empty(opened.Vector.Entries);
    }

    [Fact]
    public void A_context_of_another_cluster_is_forged() =>
        Assert.Equal(ContextVerdict.Forged, new ContextSeal(new byte[32], Replicas).Open(Seal.Seal(Some), Some.KeyToken, out _));

    [Fact]
    public void A_replica_that_the_ring_at_hand_does_not_list_yet_is_a_newer_ring() =>
        Assert.Equal(ContextVerdict.NewerRing, new ContextSeal(ClusterKey, Replicas[..2]).Open(Seal.Seal(Some), Some.KeyToken, out _));

    [Fact]
    public void A_list_of_replicas_that_has_grown_opens_old_contexts()
    {
        var token = new ContextSeal(ClusterKey, Replicas[..3]).Seal(Some);
        Assert.Equal(ContextVerdict.Genuine, Seal.Open(token, Some.KeyToken, out var opened));
        Assert.Equal(Some, opened);
    }

    [Fact]
    public void A_vector_with_an_unknown_replica_cannot_be_sealed() =>
        Assert.Throws<InvalidOperationException>(() => new ContextSeal(ClusterKey, Replicas[..2]).Seal(Some));

    [Fact]
    public void Garbage_is_forged_and_never_throws() => Gen.Byte.Array[0, 200].Sample(garbage =>
    {
        byte[] withVersion = [1, .. garbage];
        return Seal.Open(garbage, Some.KeyToken, out _) == ContextVerdict.Forged
            && Seal.Open(withVersion, Some.KeyToken, out _) == ContextVerdict.Forged;
    });
}
