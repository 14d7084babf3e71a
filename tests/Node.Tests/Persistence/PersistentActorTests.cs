using Akka.Actor;
using Akka.Persistence;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

/// <summary>Persistent actors of applications, and of a node itself.</summary>
[Collection(SharedCluster.Name)]
public sealed class PersistentActorTests(SharedCluster shared, PersistenceClient client) : IClassFixture<PersistenceClient>
{
    private static readonly int[] Both = [7, 8];

    [Fact]
    public async Task Actor_should_be_again_what_it_was_wherever_it_is_started()
    {
        var id = $"account-{Guid.NewGuid():N}";
        using (var first = client.CreateSystem())
        {
            var account = first.ActorOf(Account.Props(id));
            for (var amount = 1; amount <= 20; amount++) await account.Ask<long>(amount, Eventually.Limit);
            Assert.Equal(210 + 7 + 8, await account.Ask<long>(Both, Eventually.Limit));
            await first.Terminate();
        }

        using var second = client.CreateSystem();
        var again = second.ActorOf(Account.Props(id));
        var (balance, replayed) = await again.Ask<(long, int)>("balance", Eventually.Limit);
        Assert.Equal(225, balance);
        // It has a snapshot at event 20.
        Assert.Equal(2, replayed);
        await second.Terminate();
    }

    [Fact]
    public async Task Actor_inside_a_node_should_persist_through_its_router()
    {
        var id = $"inside-{Guid.NewGuid():N}";
        var on = shared.Cluster[0].Running.ActorSystem.ActorOf(Account.Props(id));
        Assert.Equal(5, await on.Ask<long>(5, Eventually.Limit));
        await on.GracefulStop(Eventually.Limit);

        var elsewhere = shared.Cluster[1].Running.ActorSystem.ActorOf(Account.Props(id));
        Assert.Equal((5, 1), await elsewhere.Ask<(long, int)>("balance", Eventually.Limit));
        await elsewhere.GracefulStop(Eventually.Limit);
    }

    [Fact]
    public async Task Application_should_need_nothing_but_the_address_of_a_node()
    {
        using var system = ActorSystem.Create("plain", AkkaKvPersistence.ConfigFor(client.Contact));
        var account = system.ActorOf(Account.Props($"plain-{Guid.NewGuid():N}"));
        Assert.Equal(3, await account.Ask<long>(3, Eventually.Limit));
        await system.Terminate();
    }

    [Fact]
    public async Task Of_two_writers_of_one_id_one_should_be_stopped_and_nothing_of_the_other_be_lost()
    {
        var id = $"twice-{Guid.NewGuid():N}";
        using var first = client.CreateSystem();
        using var second = client.CreateSystem();
        var one = first.ActorOf(Account.Props(id));
        Assert.Equal(1, await one.Ask<long>(1, Eventually.Limit));

        var other = second.ActorOf(Account.Props(id));
        Assert.Equal(11, await other.Ask<long>(10, Eventually.Limit));

        // The first one's idea of the log is not true any more.
        Assert.IsType<SecondWriterException>(await one.Ask<Exception>(100, Eventually.Limit));
        Assert.Equal(31, await other.Ask<long>(20, Eventually.Limit));

        var again = first.ActorOf(Account.Props(id));
        Assert.Equal((31L, 3), await again.Ask<(long, int)>("balance", Eventually.Limit));
        Assert.Equal(131, await again.Ask<long>(100, Eventually.Limit));
        await first.Terminate();
        await second.Terminate();
    }

    /// <summary>Adds up amounts, several at once atomically; a snapshot at every twentieth event.</summary>
    private sealed class Account : ReceivePersistentActor
    {
        private long _balance;
        private int _replayed;
        private IActorRef _asker = ActorRefs.Nobody;

        public Account(string id)
        {
            PersistenceId = id;
            Recover<SnapshotOffer>(offer => _balance = (long)offer.Snapshot);
            Recover<int>(amount =>
            {
                _balance += amount;
                _replayed++;
            });
            Command<int>(amount =>
            {
                _asker = Sender;
                Persist(amount, Take);
            });
            Command<int[]>(amounts =>
            {
                var left = amounts.Length;
                PersistAll(amounts, amount =>
                {
                    _balance += amount;
                    if (--left == 0) Sender.Tell(_balance);
                });
            });
            Command<string>(_ => Sender.Tell((_balance, _replayed)));
            Command<SaveSnapshotSuccess>(_ => _asker.Tell(_balance));
        }

        public override string PersistenceId { get; }

        public static Props Props(string id) => Akka.Actor.Props.Create(() => new Account(id));

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => _asker.Tell(cause);

        private void Take(int amount)
        {
            _balance += amount;
            if (LastSequenceNr % 20 == 0) SaveSnapshot(_balance);
            else Sender.Tell(_balance);
        }
    }
}
