using System.Collections.Immutable;
using AkkaKv.Protocol;
using CsCheck;

namespace AkkaKv.Simulation.Tests;

/// <summary>What levels ask, and that the tallies go by it, in rings of one to three data centres.</summary>
public sealed class LevelTests
{
    private static readonly Gen<Consistency> Levels = Gen.Int[-4, 2].Select(code => new Consistency(code));

    private static readonly Gen<(Ring Ring, Consistency Level, string Near)> Requests =
        from dataCenters in Gen.Int[1, 3]
        from replicas in Gen.Int[1, 5].Array[dataCenters]
        from level in Levels
        from near in Gen.Int[0, dataCenters - 1]
        let ring = RingOf(replicas)
        select (ring, level, ring.DataCenters[near]);

    [Theory]
    [InlineData("one", "dc2:1")]
    [InlineData("2", "dc2:2")]
    [InlineData("local-quorum", "dc2:2")]
    [InlineData("each-quorum", "dc1:3 dc2:2")]
    [InlineData("quorum", ":5")]
    [InlineData("all", ":8")]
    [InlineData("default", "dc2:2")]
    public void Level_should_ask_of_five_owners_and_three(string text, string asked)
    {
        var level = Consistency.TryParse(text, out var parsed) ? parsed : Consistency.Default;
        Assert.Equal(asked, string.Join(' ', Required(RingOf(5, 3), level, "dc2").Groups.Select(group => $"{group.DataCenter}:{group.Required}")));
    }

    [Fact]
    public void Default_should_be_all_owners_of_a_data_centre_that_has_fewer() =>
        Assert.Equal(1, Required(RingOf(3, 1), Consistency.Default, "dc2").Groups.Single().Required);

    [Fact]
    public void Ring_that_names_no_data_centres_should_be_one()
    {
        var document = RingOf(2, 1).Document with { DataCenters = [] };
        var group = Required(new Ring(document), Consistency.LocalQuorum, "").Groups.Single();
        Assert.Equal(("", 2, 3), (group.DataCenter, group.Required, group.Owners.Length));
    }

    [Fact]
    public void Write_should_be_enough_exactly_when_every_group_has_its_distinct_durable_nodes() =>
        Gen.Select(Requests, Gen.Int[0, 100].Array[0, 30]).Sample((request, events) =>
        {
            var requirement = Required(request.Ring, request.Level, request.Near);
            var owners = request.Ring.OwnersOf(0).Select(owner => owner.ReplicaId).ToImmutableArray();
            var quorum = new WriteQuorum(owners, requirement);
            HashSet<ReplicaId> durable = [], failed = [];
            foreach (var happens in events)
            {
                var replica = owners[happens % owners.Length];
                if (happens % 3 == 0)
                {
                    quorum.Failed(replica);
                    if (!durable.Contains(replica)) failed.Add(replica);
                }
                else
                {
                    quorum.Acknowledged(replica);
                    if (!failed.Contains(replica)) durable.Add(replica);
                }

                Assert.Equal(Met(requirement, durable.Contains), quorum.IsEnough);
                Assert.Equal(!Met(requirement, owner => !failed.Contains(owner)), quorum.IsImpossible);
                Assert.Equal(durable.Order(), quorum.Durable.Order());
            }
        }, iter: 500);

    [Fact]
    public void Read_should_ask_no_more_than_the_level_needs_and_go_on_until_it_has_them_or_nobody_is_left() =>
        Gen.Select(Requests, Gen.Int[0, 3].Array[40]).Sample((request, fates) =>
        {
            var requirement = Required(request.Ring, request.Level, request.Near);
            var owners = request.Ring.OwnersOf(0).Select(owner => owner.ReplicaId).ToImmutableArray();
            var quorum = new ReadQuorum(owners, [], requirement, VersionVector.Empty, request.Ring.DataCenterOf);
            HashSet<ReplicaId> answered = [], failed = [];
            var now = DateTimeOffset.UnixEpoch;
            while (!quorum.IsEnough(now) && !quorum.IsExhausted)
            {
                var asked = quorum.Next(now);
                Assert.NotEmpty(asked);
                if (failed.Count == 0) Assert.True(asked.Count <= requirement.Groups.Sum(group => group.Required));
                foreach (var replica in asked)
                {
                    Assert.Contains(requirement.Groups, group => group.Owners.Contains(replica));
                    if (fates[replica.Value] == 0)
                    {
                        quorum.Failed(replica);
                        failed.Add(replica);
                    }
                    else
                    {
                        quorum.Answered(replica, null);
                        answered.Add(replica);
                    }
                }
            }

            Assert.Equal(Met(requirement, answered.Contains), quorum.IsEnough(now));
            Assert.Equal(Met(requirement, owner => fates[owner.Value] != 0), quorum.IsEnough(now));
        }, iter: 500);

    [Fact]
    public void Default_write_and_read_of_one_data_centre_should_meet_where_w_and_r_are_more_than_n() => Requests.Sample(request =>
    {
        var (ring, _, near) = request;
        for (var w = 1; w <= 5; w++)
        {
            for (var r = 1; r <= 5; r++)
            {
                if (w + r <= ring.Document.DataCenters.Select(dataCenter => dataCenter.Replicas).DefaultIfEmpty(ring.Document.Replicas).Max()) continue;
                var write = LevelPromise.Of(QuorumRequirement.Of(ring, 0, Consistency.Default, w, near));
                Assert.True(write.Meets(LevelPromise.Of(QuorumRequirement.Of(ring, 0, Consistency.Default, r, near))));
            }
        }
    }, iter: 50);

    private static QuorumRequirement Required(Ring ring, Consistency level, string near) => QuorumRequirement.Of(ring, 0, level, byDefault: 2, near);

    private static bool Met(QuorumRequirement requirement, Func<ReplicaId, bool> counts) =>
        requirement.Groups.All(group => group.Owners.Count(counts) >= group.Required);

    private static Ring RingOf(params int[] replicas)
    {
        var members = replicas.SelectMany((count, dataCenter) => Enumerable.Range(0, count).Select(_ => $"dc{dataCenter + 1}"))
            .Select((dataCenter, place) => new RingMember(
                $"n{place}", new ReplicaId((ulong)place + 1), "host", 1, dataCenter, "r1", 1, RingMemberState.Member)).ToImmutableArray();
        return new Ring(new RingDocument
        {
            ClusterId = Guid.Empty,
            Epoch = 1,
            Members = members,
            Partitions = [new Partition([.. Enumerable.Range(0, members.Length)], 1)],
            Replicas = members.Length,
            DataCenters = replicas.Length == 1
                ? []
                : [.. replicas.Select((count, dataCenter) => new DataCenterReplicas($"dc{dataCenter + 1}", count))],
            WriteQuorum = 2,
            ReadQuorum = 2,
            ContextKey = [.. new byte[32]],
        });
    }
}
