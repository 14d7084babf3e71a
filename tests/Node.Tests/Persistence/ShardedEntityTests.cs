using System.Collections.Concurrent;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Persistence;

namespace AkkaKv.Node.Tests;

/// <summary>Cluster sharding inside the nodes, with all it remembers kept in the cluster itself.</summary>
public sealed class ShardedEntityTests
{
    private const string Fast = """
        akka.cluster.sharding {
          retry-interval = 200ms
          coordinator-failure-backoff = 200ms
          shard-failure-backoff = 200ms
          entity-restart-backoff = 300ms
        }
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        """;

    [Fact]
    public async Task Entities_should_be_started_again_with_their_state_when_the_node_of_the_coordinator_is_gone()
    {
        var alive = new ConcurrentDictionary<string, string>();
        await using var cluster = await TestCluster.StartAsync(3, Fast);
        var regions = cluster.Nodes.ToDictionary(node => node.Name, node => Start(node, alive));
        for (var turn = 1; turn <= 3; turn++)
        {
            for (var id = 0; id < 12; id++)
                Assert.Equal(turn, await regions["n2"].Ask<int>($"{id}:1", Eventually.Limit));
        }

        var oldest = Cluster.Get(cluster[0].Running.ActorSystem).State.Members
            .Aggregate((one, other) => one.IsOlderThan(other) ? one : other).Address;
        var victim = cluster.Nodes.Single(node => node.Port == oldest.Port);
        var survivors = cluster.Nodes.Where(node => node != victim).ToList();
        var lost = alive.Where(entity => entity.Value == victim.Name).Select(entity => entity.Key).ToList();
        Assert.NotEmpty(lost);
        await victim.DieAsync();
        Cluster.Get(survivors[0].Running.ActorSystem).Down(oldest);

        await Eventually.HoldsAsync(
            () => lost.TrueForAll(id => alive[id] != victim.Name), "entities of the dead node are started elsewhere, though nobody asks for them");
        for (var id = 0; id < 12; id++)
            Assert.Equal(4, await regions[survivors[1].Name].Ask<int>($"{id}:1", Eventually.Limit));
    }

    private static IActorRef Start(TestNode node, ConcurrentDictionary<string, string> alive)
    {
        var system = node.Running.ActorSystem;
        return ClusterSharding.Get(system).Start(
            "counter",
            id => Props.Create(() => new Counter(id, node.Name, alive)),
            ClusterShardingSettings.Create(system).WithRememberEntities(true),
            new ByFirstPart());
    }

    /// <summary>Orders are "{entity}:{amount}".</summary>
    private sealed class ByFirstPart : IMessageExtractor
    {
        public string EntityId(object message) => ((string)message).Split(':')[0];

        public object EntityMessage(object message) => message;

        public string? ShardId(object message) => message is string ? ShardId(EntityId(message)) : null;

        public string ShardId(string entityId, object? messageHint = null) =>
            (int.Parse(entityId, CultureInfo.InvariantCulture) % 6).ToString(CultureInfo.InvariantCulture);
    }

    private sealed class Counter : ReceivePersistentActor
    {
        private readonly string _id;
        private readonly string _node;
        private readonly ConcurrentDictionary<string, string> _alive;
        private int _count;

        public Counter(string id, string node, ConcurrentDictionary<string, string> alive)
        {
            (_id, _node, _alive) = (id, node, alive);
            Recover<int>(amount => _count += amount);
            Command<string>(order => Persist(int.Parse(order.Split(':')[1], CultureInfo.InvariantCulture), amount =>
            {
                _count += amount;
                Sender.Tell(_count);
            }));
        }

        public override string PersistenceId => "counter-" + _id;

        protected override void OnReplaySuccess() => _alive[_id] = _node;
    }
}
