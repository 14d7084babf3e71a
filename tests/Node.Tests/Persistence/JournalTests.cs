using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

/// <summary>What Akka asks of every journal.</summary>
[Collection(SharedCluster.Name)]
public sealed class JournalTests : TestKit, IClassFixture<PersistenceClient>
{
    private const int Incarnation = 1;

    private readonly string _id = $"journal-{Guid.NewGuid():N}";
    private readonly string _writer = Guid.NewGuid().ToString();
    private readonly TestProbe _actor;
    private readonly TestProbe _reader;
    private readonly IActorRef _journal;

    public JournalTests(PersistenceClient client)
        : base(client.CreateSystem())
    {
        _actor = CreateTestProbe();
        _reader = CreateTestProbe();
        _journal = Akka.Persistence.Persistence.Instance.Apply(Sys).JournalFor(AkkaKvPersistence.JournalId);
    }

    public static TheoryData<long, long, long, int, int> Ranges => new()
    {
        // from, to, limit: what comes, of a-1 to a-5
        { 1, long.MaxValue, long.MaxValue, 1, 5 },
        { 3, long.MaxValue, long.MaxValue, 3, 5 },
        { 1, 3, long.MaxValue, 1, 3 },
        { 1, long.MaxValue, 3, 1, 3 },
        { 2, 3, long.MaxValue, 2, 3 },
        { 2, 5, 2, 2, 3 },
        { 2, 2, long.MaxValue, 2, 2 },
        { 2, 4, 1, 2, 2 },
        { 5, 5, long.MaxValue, 5, 5 },
        { 1, 5, 0, 1, 0 },
        { 3, 2, long.MaxValue, 1, 0 },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public async Task Journal_should_replay_what_is_asked_for(long from, long to, long limit, int first, int last)
    {
        await WriteFiveAsync();
        await ReplaysAsync(from, to, limit, first, last, highest: 5);
    }

    [Fact]
    public async Task Journal_should_replay_nothing_of_an_actor_that_has_persisted_nothing()
    {
        _journal.Tell(new ReplayMessages(0, long.MaxValue, long.MaxValue, "nobody", _reader.Ref));
        Assert.Equal(0, (await _reader.ExpectMsgAsync<RecoverySuccess>()).HighestSequenceNr);
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(4, 5)]
    [InlineData(5, 6)]
    [InlineData(long.MaxValue, 6)]
    public async Task Journal_should_not_replay_what_is_deleted_and_keep_the_highest_number(long to, int first)
    {
        await WriteFiveAsync();
        await DeleteAsync(to);
        await ReplaysAsync(1, long.MaxValue, long.MaxValue, first, 5, highest: 5);

        await WriteAsync([Atomic(Event(6))]);
        await ReplaysAsync(1, long.MaxValue, long.MaxValue, first, 6, highest: 6);
    }

    [Fact]
    public async Task Journal_should_delete_again_and_again()
    {
        await WriteAsync([.. Enumerable.Range(1, 40).Select(number => Atomic(Event(number)))]);
        for (var number = 41; number <= 60; number++) await WriteAsync([Atomic(Event(number))]);
        foreach (var to in (long[])[7, 7, 3, 44, 50, long.MaxValue])
        {
            await DeleteAsync(to);
            await ReplaysAsync(1, long.MaxValue, long.MaxValue, (int)Math.Max(8, Math.Min(60, to) + 1), 60, highest: 60);
        }
    }

    [Fact]
    public async Task Journal_should_keep_atomic_writes_apart_from_each_other_and_whole()
    {
        await WriteAsync([Atomic(Event(1)), Atomic(Event(2), Event(3)), Atomic(Event(4), Event(5), Event(6))]);
        await ReplaysAsync(1, long.MaxValue, long.MaxValue, 1, 6, highest: 6);
        await ReplaysAsync(3, 5, long.MaxValue, 3, 5, highest: 6);
    }

    [Fact]
    public async Task Journal_should_serialize_events_with_what_their_types_are_bound_to()
    {
        await WriteAsync([Atomic(Event(1, new Deposited(42, "who"), manifest: "adapted"))]);
        _journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, _id, _reader.Ref));
        var replayed = (await _reader.ExpectMsgAsync<ReplayedMessage>()).Persistent;
        Assert.Equal(new Deposited(42, "who"), replayed.Payload);
        Assert.Equal((_id, 1, "adapted", _writer), (replayed.PersistenceId, replayed.SequenceNr, replayed.Manifest, replayed.WriterGuid));
        Assert.True(replayed.Timestamp > 0);
    }

    [Fact]
    public async Task Journal_should_store_a_tagged_event_without_its_wrapping()
    {
        await WriteAsync([Atomic(Event(1, new Akka.Persistence.Journal.Tagged("a-1", ["red"])))]);
        await ReplaysAsync(1, long.MaxValue, long.MaxValue, 1, 1, highest: 1);
    }

    [Fact]
    public async Task Journal_should_reject_what_cannot_be_serialized_and_go_on_behind_it()
    {
        await WriteAsync([Atomic(Event(1))]);
        _journal.Tell(new WriteMessages(
            [Atomic(Event(2, new Unspeakable())), Atomic(Event(3))], _actor.Ref, Incarnation));
        await _actor.ExpectMsgAsync<WriteMessagesSuccessful>();
        var rejected = await _actor.ExpectMsgAsync<WriteMessageRejected>();
        Assert.Equal(2, rejected.Persistent.SequenceNr);
        await _actor.ExpectMsgAsync<WriteMessageSuccess>();
        await WriteAsync([Atomic(Event(4))]);

        _journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, _id, _reader.Ref));
        foreach (var number in (int[])[1, 3, 4])
            Assert.Equal($"a-{number}", (await _reader.ExpectMsgAsync<ReplayedMessage>()).Persistent.Payload);
        Assert.Equal(4, (await _reader.ExpectMsgAsync<RecoverySuccess>()).HighestSequenceNr);
    }

    [Fact]
    public async Task Journal_should_reject_what_is_too_large_for_a_row_and_take_what_is_just_small_enough()
    {
        _journal.Tell(new WriteMessages([Atomic(Event(1, new string('x', 1024 * 1024)))], _actor.Ref, Incarnation));
        await _actor.ExpectMsgAsync<WriteMessagesSuccessful>();
        var rejected = await _actor.ExpectMsgAsync<WriteMessageRejected>();
        Assert.Contains("value-bytes", Assert.IsType<RowTooLargeException>(rejected.Cause).Message, StringComparison.Ordinal);

        var large = new string('y', 1024 * 1024 - 512);
        await WriteAsync([Atomic(Event(1, large)), Atomic(Event(2)), Atomic(Event(3, large))]);
        _journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, _id, _reader.Ref));
        foreach (var payload in (string[])[large, "a-2", large])
            Assert.Equal(payload, (await _reader.ExpectMsgAsync<ReplayedMessage>()).Persistent.Payload);
    }

    [Fact]
    public async Task Journal_should_replay_long_logs_from_anywhere()
    {
        for (var first = 1; first <= 400; first += 100)
            await WriteAsync([.. Enumerable.Range(first, 100).Select(number => Atomic(Event(number)))]);
        for (var number = 401; number <= 450; number++) await WriteAsync([Atomic(Event(number))]);
        foreach (var from in (int[])[1, 2, 100, 101, 350, 399, 401, 420, 450])
            await ReplaysAsync(from, long.MaxValue, long.MaxValue, from, 450, highest: 450);
        await ReplaysAsync(451, long.MaxValue, long.MaxValue, 451, 450, highest: 450);
    }

    [Fact]
    public async Task Journal_should_refuse_a_persistence_id_that_makes_no_key()
    {
        _journal.Tell(new WriteMessages([new AtomicWrite(new Persistent("x", 1, new string('p', 1024)))], _actor.Ref, Incarnation));
        var failed = await _actor.ExpectMsgAsync<WriteMessagesFailed>();
        Assert.IsType<PersistenceIdTooLongException>(failed.Cause);
    }

    private Task WriteFiveAsync() => WriteAsync([Atomic(Event(1)), Atomic(Event(2)), Atomic(Event(3)), Atomic(Event(4), Event(5))]);

    private async Task WriteAsync(IReadOnlyList<AtomicWrite> writes)
    {
        _journal.Tell(new WriteMessages(writes, _actor.Ref, Incarnation));
        await _actor.ExpectMsgAsync<WriteMessagesSuccessful>();
        for (var count = writes.Sum(write => write.Size); count > 0; count--) await _actor.ExpectMsgAsync<WriteMessageSuccess>();
    }

    private async Task DeleteAsync(long to)
    {
        _journal.Tell(new DeleteMessagesTo(_id, to, _reader.Ref));
        Assert.Equal(to, (await _reader.ExpectMsgAsync<DeleteMessagesSuccess>()).ToSequenceNr);
    }

    private async Task ReplaysAsync(long from, long to, long limit, int first, int last, long highest)
    {
        _journal.Tell(new ReplayMessages(from, to, limit, _id, _reader.Ref));
        for (var number = first; number <= last; number++)
        {
            var replayed = (await _reader.ExpectMsgAsync<ReplayedMessage>()).Persistent;
            Assert.Equal((number, $"a-{number}"), (replayed.SequenceNr, replayed.Payload));
        }

        Assert.Equal(highest, (await _reader.ExpectMsgAsync<RecoverySuccess>()).HighestSequenceNr);
    }

    private Persistent Event(long number, object? payload = null, string manifest = "") =>
        new(payload ?? $"a-{number}", number, _id, manifest, isDeleted: false, ActorRefs.NoSender, _writer);

    private static AtomicWrite Atomic(params Persistent[] events) => new(events.ToImmutableList<IPersistentRepresentation>());

    public sealed record Deposited(int Amount, string By);

    /// <summary>Its property throws in every serializer that looks at it.</summary>
    public sealed class Unspeakable
    {
        private readonly string _reason = "Nobody may read this.";

        public string Text => throw new InvalidOperationException(_reason);
    }
}
