using System.Text;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using AkkaKv.Protocol;
using Microsoft.Extensions.Time.Testing;
using Record = AkkaKv.Protocol.Record;

namespace AkkaKv.Node.Tests;

/// <summary>What writes that are committed together have to do with each other.</summary>
public sealed class WriteRoundTests : TestKit
{
    private const long Never = long.MaxValue;

    private readonly GatedEngine _engine = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly WriteIdSource _writeIds = new();
    private readonly IActorRef _store;
    private readonly TestProbe _pace;
    private readonly TestProbe _asker;

    public WriteRoundTests()
        : base("akka.loglevel = OFF")
    {
        _store = Sys.ActorOf(StorageActor.Props([_engine], 0, MergeOf(0xA), _time));
        _pace = CreateTestProbe();
        _asker = CreateTestProbe();
    }

    [Fact]
    public void Each_asker_should_have_the_answers_of_a_commit_in_one_message()
    {
        var other = CreateTestProbe();
        Together(() =>
        {
            for (ulong number = 1; number <= 40; number++) Mint(number % 2 == 0 ? _asker : other, number, $"key-{number}", "x");
        });

        foreach (var (asker, first) in new[] { (other, 1), (_asker, 2) })
        {
            var numbers = Enumerable.Range(0, 20).Select(i => (ulong)(first + 2 * i));
            var minted = asker.ExpectMsg<Batch<Answer>>(Eventually.Limit);
            Assert.All(minted.Items, reply => Assert.IsType<Minted>(reply.Message));
            Assert.Equal(numbers, minted.Items.Select(reply => reply.Number));
            var stored = asker.ExpectMsg<Batch<Answer>>(Eventually.Limit);
            Assert.All(stored.Items, reply => Assert.IsType<ReplicaStored>(reply.Message));
            Assert.Equal(numbers, stored.Items.Select(reply => reply.Number));
        }
    }

    [Fact]
    public void Rows_should_be_looked_up_together_and_once_in_a_round()
    {
        var before = 0;
        Together(() =>
        {
            before = _engine.LookUps.Count;
            for (ulong number = 0; number < 80; number++) Mint(_asker, number, $"key-{number % 40}", "x");
        });
        Stored(80);

        var lookUps = _engine.LookUps[before..];
        Assert.Equal(40, lookUps.Sum());
        Assert.InRange(lookUps.Count, 1, 5);
    }

    [Fact]
    public void Writes_of_a_key_should_be_applied_in_their_order_within_a_batch_and_over_several()
    {
        for (var batch = 0; batch < 3; batch++)
        {
            var first = (ulong)batch * 10;
            Together(() =>
            {
                for (var number = first; number < first + 10; number++) Mint(_asker, number, "a", $"{number}");
            });
            var minted = _asker.ExpectMsg<Batch<Answer>>(Eventually.Limit).Items;
            Assert.Equal(
                Enumerable.Range(1, 10).Select(count => first + (ulong)count),
                minted.Select(reply => Assert.Single(((Minted)reply.Message).Record.Siblings).Dot.Counter));
            Stored(10);
        }
    }

    [Fact]
    public void Writes_that_fail_should_concern_themselves_alone()
    {
        _engine.IsOnDisk = row => Encoding.UTF8.GetString(row.AsSpan(RowKey.TokenBytes)) == "unknown"
            ? throw new InvalidDataException("the lookup fails")
            : false;
        Together(() =>
        {
            Mint(_asker, 1, "a", "x");
            Store(2, "b", [1, 2, 3]);
            Mint(_asker, 3, "unknown", "x");
            Mint(_asker, 4, "a", "y");
            Mint(_asker, 5, "c", "x");
        });

        var now = _asker.ExpectMsg<Batch<Answer>>(Eventually.Limit).Items.ToDictionary(reply => reply.Number, reply => reply.Message);
        Assert.Equal([2ul, 3ul], now.Where(answer => answer.Value is ReplicaRefusal { Reason: RefusalReason.Unreadable }).Select(answer => answer.Key));
        Assert.Equal([1ul, 4ul, 5ul], now.Where(answer => answer.Value is Minted).Select(answer => answer.Key));
        Assert.Equal([1ul, 4ul, 5ul], _asker.ExpectMsg<Batch<Answer>>(Eventually.Limit).Items.Select(reply => reply.Number));
        Assert.Equal(3, _engine.Commits[^1]);
    }

    [Fact]
    public void Record_that_supersedes_what_is_held_should_be_stored_in_the_bytes_it_came_in()
    {
        var elsewhere = MergeOf(0xB);
        var first = elsewhere.Mint(null, MintOf("a", "first")).Record!;
        var second = RecordCodec.Encode(elsewhere.Mint(first, MintOf("a", "second")).Record!);
        Store(1, "a", RecordCodec.Encode(first));
        _asker.ExpectMsg<Answer>(answer => Assert.IsType<ReplicaStored>(answer.Message), Eventually.Limit);
        Store(2, "a", second);
        _asker.ExpectMsg<Answer>(answer => Assert.IsType<ReplicaStored>(answer.Message), Eventually.Limit);
        Assert.Equal(second, _engine.Get(RowKey.Of("a"u8))!.Value.ToArray());
    }

    /// <summary>Three replicas write at random to what they have met: sometimes concurrently, sometimes repeated, sometimes superseding.</summary>
    [Fact]
    public void Taking_in_a_record_should_be_merging_it()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var replicas = Enumerable.Range(1, 3).Select(id => MergeOf((ulong)id)).ToArray();
            var held = new Record?[3];
            for (var step = 0; step < 12; step++)
            {
                var (at, from) = (random.Next(3), random.Next(3));
                var mint = MintOf("a", "x");
                if (random.Next(3) == 0) mint = mint with { WriteId = mint.WriteId.AsRetry() };
                if (held[from] is not { } incoming || at == from)
                {
                    held[at] = replicas[at].Mint(held[at], mint with { IsBlind = random.Next(2) == 0, Past = held[from]?.Vector ?? VersionVector.Empty }).Record;
                    continue;
                }

                var outcome = replicas[at].Store(held[at], incoming);
                var merged = held[at] is { } mine ? Record.Merge(mine, incoming) : incoming;
                Assert.Equal(merged, outcome.Record);
                Assert.Equal(!merged.Equals(held[at]), outcome.IsChanged);
                held[at] = outcome.Record;
            }
        }
    }

    private RecordMerge MergeOf(ulong replica) => new(new ReplicaId(replica), 1, new HybridLogicalClock(_time), () => 2);

    private MintRequest MintOf(string key, string value) => new()
    {
        Key = Encoding.UTF8.GetBytes(key),
        WriteId = _writeIds.Next(),
        Past = VersionVector.Empty,
        IsBlind = true,
        Value = Encoding.UTF8.GetBytes(value),
    };

    private void Mint(TestProbe asker, ulong number, string key, string value) =>
        _store.Tell(new ReplicaWork(number, MintOf(key, value), Never), asker);

    private void Store(ulong number, string key, byte[] record) =>
        _store.Tell(new ReplicaWork(number, new ReplicaStore(Encoding.UTF8.GetBytes(key), record), Never), _asker);

    /// <summary>Lets what is asked for wait for a commit under way, so that it makes one round.</summary>
    private void Together(Action ask)
    {
        var sync = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.BeforeCommit = () => sync.Task;
        Mint(_pace, 0, "pace", "x");
        _pace.ExpectMsg<Answer>(answer => Assert.IsType<Minted>(answer.Message), Eventually.Limit);
        ask();
        // In the store's mailbox behind all that was asked.
        _store.Tell(new ReplicaWork(1, new ReplicaRead("pace"u8.ToArray()), Never), _pace);
        _pace.ExpectMsg<Answer>(answer => Assert.IsType<ReplicaRecord>(answer.Message), Eventually.Limit);
        _engine.BeforeCommit = () => Task.CompletedTask;
        sync.SetResult();
        _pace.ExpectMsg<Answer>(answer => Assert.IsType<ReplicaStored>(answer.Message), Eventually.Limit);
    }

    private void Stored(int count)
    {
        var stored = 0;
        while (stored < count) stored += _asker.ExpectMsg<Batch<Answer>>(Eventually.Limit).Items.Count(reply => reply.Message is ReplicaStored);
    }
}
