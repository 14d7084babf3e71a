using System.Collections.Immutable;
using System.Numerics;
using AkkaKv.Protocol;
using CsCheck;

namespace AkkaKv.Simulation.Tests;

/// <summary>What must hold of every claim, whatever the nodes.</summary>
public sealed class ClaimPlannerTests
{
    private static readonly Gen<(ImmutableArray<RingMember> Members, int Replicas)> Clusters =
        from nodes in Gen.Int[1, 30]
        from replicas in Gen.Int[1, Math.Min(5, nodes)]
        from racks in Gen.Int[1, 5]
        from members in Gen.Select(Gen.Int[1, 8], Gen.Int[1, racks]).Array[nodes]
        select (Members(members), replicas);

    [Fact]
    public void Every_partition_should_have_n_distinct_owners_in_as_many_racks_as_there_are() => Clusters.Sample(cluster =>
    {
        var racks = cluster.Members.Select(member => member.Rack).Distinct().Count();
        foreach (var owners in Claim(cluster.Members, cluster.Replicas))
        {
            Assert.Equal(cluster.Replicas, owners.Distinct().Count());
            Assert.Equal(Math.Min(cluster.Replicas, racks), owners.Select(place => cluster.Members[place].Rack).Distinct().Count());
        }
    }, iter: 150);

    [Fact]
    public void Claim_should_be_the_same_every_time() => Clusters.Sample(cluster =>
        Assert.Equal(
            Claim(cluster.Members, cluster.Replicas).SelectMany(owners => owners),
            Claim(cluster.Members, cluster.Replicas).SelectMany(owners => owners)), iter: 50);

    [Fact]
    public void First_owners_should_be_dealt_by_weight_to_one_partition() => Clusters.Sample(cluster =>
    {
        var claim = Claim(cluster.Members, cluster.Replicas);
        var total = cluster.Members.Sum(member => member.Weight);
        for (var place = 0; place < cluster.Members.Length; place++)
        {
            var fair = (double)claim.Length * cluster.Members[place].Weight / total;
            Assert.InRange(claim.Count(owners => owners[0] == place), fair - 1, fair + 1);
        }
    }, iter: 150);

    [Fact]
    public void Equal_nodes_should_be_loaded_equally()
    {
        for (var nodes = 1; nodes <= 30; nodes++)
        {
            for (var replicas = 1; replicas <= Math.Min(5, nodes); replicas++)
            {
                var claim = Claim(Members([.. Enumerable.Repeat((1, 1), nodes)]), replicas);
                var loads = Enumerable.Range(0, nodes).Select(place => claim.Count(owners => owners.Contains(place))).ToList();
                Assert.True(
                    loads.Max() <= 1.05 * loads.Average(),
                    $"{nodes} nodes, N={replicas}, Q={claim.Length}: {string.Join(' ', loads)}");
            }
        }
    }

    [Fact]
    public void Walk_beyond_the_owners_should_meet_every_other_member_once() => Clusters.Sample(cluster =>
    {
        var ring = RingOf(cluster.Members, cluster.Replicas);
        for (var partition = 0; partition < ring.Document.Partitions.Length; partition++)
        {
            var walk = ring.OwnersOf(partition).Concat(ring.FallbacksOf(partition)).Select(member => member.Name).ToList();
            Assert.Equal(walk.Count, walk.Distinct().Count());
            Assert.Equal(cluster.Members.Length, walk.Count);
        }
    }, iter: 60);

    [Fact]
    public void Tokens_should_fall_into_the_partitions_that_begin_before_them() => Gen.Select(Clusters, Gen.ULong)
        .Sample((cluster, value) =>
    {
        var ring = RingOf(cluster.Members, cluster.Replicas);
        var token = new Token(value);
        var partition = ring.PartitionOf(token);
        Assert.True(ring.StartOf(partition) <= token);
        if (partition + 1 < ring.Document.Partitions.Length) Assert.True(token < ring.StartOf(partition + 1));
        Assert.Equal(partition, ring.PartitionOf(ring.StartOf(partition)));
        Assert.Equal(1.0, ring.Members.Sum(member => ring.ShareOf(member.ReplicaId)), 6);
    }, iter: 60);

    [Fact]
    public void Ring_that_contradicts_itself_should_be_refused()
    {
        var ring = RingOf(Members([(1, 1), (1, 1), (1, 1)]), 2).Document;
        Assert.Throws<InvalidDataException>(() => new Ring(ring with { Partitions = [.. ring.Partitions.Skip(1)] }));
        Assert.Throws<InvalidDataException>(() => new Ring(ring with { Partitions = [ring.Partitions[0] with { Owners = [0, 0] }] }));
        Assert.Throws<InvalidDataException>(() => new Ring(ring with { Partitions = [ring.Partitions[0] with { Owners = [0, 3] }] }));
        Assert.Throws<InvalidDataException>(() => new Ring(ring with { Partitions = [ring.Partitions[0] with { Owners = [0] }] }));
    }

    private static ImmutableArray<RingMember> Members((int Weight, int Rack)[] nodes) => [.. nodes.Select((node, place) => new RingMember(
        $"node{place}", new ReplicaId((ulong)place + 1), "host", 1, "dc1", $"rack{node.Rack}", node.Weight, RingMemberState.Member))];

    private static ImmutableArray<ImmutableArray<int>> Claim(ImmutableArray<RingMember> members, int replicas) =>
        ClaimPlanner.Claim(members, (int)BitOperations.RoundUpToPowerOf2((uint)(20 * members.Length)), replicas);

    private static Ring RingOf(ImmutableArray<RingMember> members, int replicas) => new(new RingDocument
    {
        ClusterId = Guid.Empty,
        Epoch = 1,
        Members = members,
        Partitions = [.. Claim(members, replicas).Select(owners => new Partition(owners, 1))],
        Replicas = replicas,
        WriteQuorum = 1,
        ReadQuorum = 1,
        ContextKey = [.. new byte[32]],
    });
}
