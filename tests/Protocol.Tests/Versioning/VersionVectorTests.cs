using CsCheck;

namespace AkkaKv.Protocol.Tests;

public class VersionVectorTests
{
    private static readonly Gen<Dot> Dots = Gen.Select(
        Gen.ULong[1, 4], Gen.UInt[1, 3], Gen.ULong[1, 6],
        (replica, epoch, counter) => Versions.Dot(new ReplicaId(replica), counter, epoch));

    private static readonly Gen<VersionVector> Vectors = Dots.Array[0, 8].Select(dots => Versions.Vector(dots));

    [Fact]
    public void Descends_is_reflexive() => Vectors.Sample(a => a.Descends(a) && a.Descends(VersionVector.Empty));

    [Fact]
    public void Descends_is_antisymmetric() =>
        Gen.Select(Vectors, Vectors).Sample((a, b) => !(a.Descends(b) && b.Descends(a)) || a.Equals(b), iter: 20_000);

    [Fact]
    public void Descends_is_transitive() => Gen.Select(Vectors, Vectors, Vectors).Sample(
        (a, b, c) =>
        {
            // Chains are rare among random vectors, so one is made too.
            var (ab, abc) = (a.Merge(b), a.Merge(b).Merge(c));
            return abc.Descends(ab) && ab.Descends(a) && abc.Descends(a) && (!(a.Descends(b) && b.Descends(c)) || a.Descends(c));
        });

    [Fact]
    public void Merge_is_the_least_upper_bound() => Gen.Select(Vectors, Vectors, Vectors).Sample(
        (a, b, other) =>
        {
            var bound = a.Merge(b);
            return bound.Descends(a) && bound.Descends(b)
                && (!(other.Descends(a) && other.Descends(b)) || other.Descends(bound))
                && a.Merge(b).Merge(other).Descends(bound);
        });

    [Fact]
    public void Merge_is_commutative_associative_and_idempotent() => Gen.Select(Vectors, Vectors, Vectors).Sample(
        (a, b, c) => a.Merge(b).Equals(b.Merge(a))
            && a.Merge(b).Merge(c).Equals(a.Merge(b.Merge(c)))
            && a.Merge(a).Equals(a)
            && a.Merge(b).GetHashCode() == b.Merge(a).GetHashCode());

    [Fact]
    public void Descends_means_that_every_dot_is_covered() => Gen.Select(Vectors, Vectors).Sample(
        (a, b) => a.Descends(b) == DotsOf(b).All(a.Covers), iter: 10_000);

    [Fact]
    public void A_new_epoch_never_covers_dots_of_an_old_one() => Gen.Select(Dots, Gen.ULong[1, ulong.MaxValue], Gen.UInt[1, 5]).Sample(
        (old, counter, later) =>
        {
            var reborn = new Dot(old.Actor with { Epoch = old.Actor.Epoch + later }, counter);
            return !Versions.Vector(reborn).Covers(old) && !Versions.Vector(old).Covers(reborn)
                && Versions.Vector(old).With(reborn).Covers(old);
        });

    [Fact]
    public void With_adds_one_dot_and_keeps_the_rest() => Gen.Select(Vectors, Dots).Sample(
        (vector, dot) => vector.With(dot).Covers(dot) && vector.With(dot).Equals(vector.Merge(Versions.Vector(dot))));

    [Fact]
    public void Entries_are_in_order_and_found_by_their_actor() => Gen.Select(Vectors, Dots).Sample(
        (vector, dot) => vector.Entries.SequenceEqual(vector.Entries.OrderBy(entry => entry.Actor))
            && vector.Entries.All(entry => entry.Counter > 0 && vector.CounterOf(entry.Actor) == entry.Counter)
            && vector.IndexOf(dot.Actor) >= 0 == vector.Entries.Any(entry => entry.Actor == dot.Actor));

    private static IEnumerable<Dot> DotsOf(VersionVector vector) => vector.Entries.SelectMany(entry =>
        Enumerable.Range(1, (int)entry.Counter).Select(counter => new Dot(entry.Actor, (ulong)counter)));
}
