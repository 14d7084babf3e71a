using System.Text;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using AkkaKv.Protocol;
using Microsoft.Extensions.Time.Testing;
using Record = AkkaKv.Protocol.Record;

namespace AkkaKv.Node.Tests;

public sealed class StorageActorTests : TestKit
{
    private const long Never = long.MaxValue;

    private static readonly ReplicaId Self = new(0xA);

    private readonly GatedEngine _engine = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly WriteIdSource _writeIds = new();
    private readonly Queue<Answer> _answers = new();
    private readonly IActorRef _store;
    private uint _epoch = 1;

    public StorageActorTests()
        : base("akka.loglevel = OFF") =>
        _store = Sys.ActorOf(StorageActor.Props(
            [_engine], 0, new RecordMerge(Self, _epoch, new HybridLogicalClock(_time), () => ++_epoch), _time));

    [Fact]
    public void Write_should_have_its_dot_at_once_and_be_acknowledged_only_when_it_is_synced()
    {
        var sync = Hold();
        Mint(1, "a", "x");

        Assert.Equal(1ul, DotOf(ExpectAnswer<Minted>(1)));
        Read(2, "a");
        Assert.Equal(0ul, ExpectAnswer<ReplicaRecord>(2).Hash);
        sync.SetResult();
        ExpectAnswer<ReplicaStored>(1);
        Read(3, "a");
        Assert.Equal("x", ValueOf(ExpectAnswer<ReplicaRecord>(3)));
    }

    [Fact]
    public void Writes_that_come_during_a_sync_should_make_one_batch_together()
    {
        var sync = Hold();
        Mint(0, "first", "x");
        ExpectAnswer<Minted>(0);
        _engine.BeforeCommit = () => Task.CompletedTask;
        for (ulong number = 1; number <= 50; number++) Mint(number, $"key-{number}", "x");
        sync.SetResult();

        ExpectAnswer<ReplicaStored>(0);
        for (ulong number = 1; number <= 50; number++) ExpectAnswer<Minted>(number);
        for (ulong number = 1; number <= 50; number++) ExpectAnswer<ReplicaStored>(number);
        Assert.Equal([1, 50], _engine.Commits);
    }

    /// <summary>A refused commit would end its writing, because the dots are known by then. So it must never run into the bound.</summary>
    [Fact]
    public void Writer_should_never_fill_the_queue_of_its_store()
    {
        for (ulong number = 1; number <= 300; number++) Mint(number, $"key-{number}", new string('x', 1_000));

        for (var answers = 0; answers < 600; answers++) Assert.False(NextAnswer().Message is ReplicaRefusal);
        Assert.Equal(300, _engine.Commits.Sum());
        Assert.Equal(0, _engine.Statistics.Commits.Refusals);
    }

    [Fact]
    public void Writes_of_one_key_in_one_batch_should_see_each_other()
    {
        var sync = Hold();
        Mint(0, "other", "x");
        ExpectAnswer<Minted>(0);
        for (ulong number = 1; number <= 3; number++) Mint(number, "a", $"{number}");
        sync.SetResult();
        ExpectAnswer<ReplicaStored>(0);

        for (ulong number = 1; number <= 3; number++) Assert.Equal(number, DotOf(ExpectAnswer<Minted>(number)));
        for (ulong number = 1; number <= 3; number++) ExpectAnswer<ReplicaStored>(number);
        Read(4, "a");
        Assert.Equal("3", ValueOf(ExpectAnswer<ReplicaRecord>(4)));
    }

    [Fact]
    public void Write_whose_row_is_on_disk_should_not_hold_up_the_others()
    {
        Put("slow", "old");
        using var disk = new ManualResetEventSlim();
        OnDisk("slow", disk);

        Mint(1, "slow", "new");
        for (ulong number = 2; number <= 20; number++) Put($"fast-{number}", "x");
        disk.Set();

        Assert.Equal(2ul, DotOf(ExpectAnswer<Minted>(1)));
        ExpectAnswer<ReplicaStored>(1);
    }

    [Fact]
    public void Later_writes_of_a_key_should_wait_behind_the_one_whose_row_is_fetched()
    {
        Put("slow", "old");
        using var disk = new ManualResetEventSlim();
        OnDisk("slow", disk);

        for (ulong number = 1; number <= 5; number++) Mint(number, "slow", $"{number}");
        Put("fast", "x");
        disk.Set();

        for (ulong number = 1; number <= 5; number++)
        {
            Assert.Equal(number + 1, DotOf(ExpectAnswer<Minted>(number)));
        }

        for (ulong number = 1; number <= 5; number++) ExpectAnswer<ReplicaStored>(number);
        Read(6, "slow");
        Assert.Equal("5", ValueOf(ExpectAnswer<ReplicaRecord>(6)));
    }

    /// <summary>
    /// Memory forgets rows at random and disk reads overtake each other, so writes pass through every queue of the actor in every mixture.
    /// </summary>
    [Fact]
    public void Writes_of_a_key_should_keep_their_order_whatever_is_fetched_from_disk()
    {
        const int Keys = 4;
        const int Writes = 1500;
        for (var seed = 0; seed < 5; seed++)
        {
            var random = new Random(seed);
            var forgets = new Random(seed + 1000);
            _engine.IsOnDisk = _ => forgets.Next(3) > 0;
            _engine.BeforeGet = row => Thread.SpinWait(row[^1] % 7 * 300);
            _engine.BeforeCommit = async () => await Task.Yield();
            var keyOf = Enumerable.Range(0, Writes).Select(_ => $"seed-{seed}-key-{random.Next(Keys)}").ToList();
            for (var number = 0; number < Writes; number++) Mint((ulong)number, keyOf[number], $"{number}");

            var dots = new Dictionary<ulong, ulong>();
            var acknowledged = 0;
            while (acknowledged < Writes)
            {
                var answer = NextAnswer();
                if (answer.Message is Minted minted) dots.Add(answer.Number, DotOf(minted));
                else if (answer.Message is ReplicaStored) acknowledged++;
                else Assert.Fail($"seed {seed}: {answer.Message}");
            }

            foreach (var writes in Enumerable.Range(0, Writes).GroupBy(number => keyOf[number]))
                Assert.Equal(Enumerable.Range(1, writes.Count()).Select(counter => (ulong)counter), writes.Select(number => dots[(ulong)number]));
            foreach (var last in Enumerable.Range(0, Writes).GroupBy(number => keyOf[number]).Select(writes => writes.Last()))
            {
                Read(99_999, keyOf[last]);
                Assert.Equal($"{last}", ValueOf(ExpectAnswer<ReplicaRecord>(99_999)));
            }
        }
    }

    [Fact]
    public void Writes_set_aside_should_count_towards_the_bound()
    {
        Put("slow", "old");
        using var disk = new ManualResetEventSlim();
        OnDisk("slow", disk);
        for (ulong number = 1; number <= 20_000; number++) Mint(number, "slow", "x");
        Put("pace", "x", isRefused: true);
        disk.Set();

        for (var answers = 0; answers < 40_000; answers++)
            Assert.IsNotType<ReplicaRefusal>(NextAnswer().Message);
        Put("pace", "x");
    }

    [Fact]
    public void Failed_commit_should_refuse_its_writes_and_give_no_dot_to_those_that_wait()
    {
        var sync = Hold();
        Mint(1, "a", "first");
        ExpectAnswer<Minted>(1);
        Mint(2, "a", "second");
        sync.SetException(new IOException("the disk is gone"));

        Assert.Equal(RefusalReason.ReadOnly, ExpectAnswer<ReplicaRefusal>(1).Reason);
        // It would be dot 1 again, which others may hold with the first value.
        Assert.Equal(RefusalReason.ReadOnly, ExpectAnswer<ReplicaRefusal>(2).Reason);
        Mint(3, "b", "third");
        Assert.Contains("the disk is gone", ExpectAnswer<ReplicaRefusal>(3).Detail, StringComparison.Ordinal);
        Read(4, "b");
        Assert.Equal(0ul, ExpectAnswer<ReplicaRecord>(4).Hash);
    }

    [Fact]
    public async Task Closed_store_should_refuse_writes_and_reads_with_the_reason()
    {
        Put("a", "x");
        await _engine.DisposeAsync();

        Mint(1, "a", "y");
        Assert.Equal(RefusalReason.ReadOnly, ExpectAnswer<ReplicaRefusal>(1).Reason);
        Read(2, "a");
        Assert.Equal(RefusalReason.Unreadable, ExpectAnswer<ReplicaRefusal>(2).Reason);
    }

    [Fact]
    public void Unreadable_row_should_refuse_what_needs_it_and_nothing_else()
    {
        Put("bad", "x");
        _engine.IsOnDisk = row => Key(row) == "bad";
        _engine.BeforeGet = _ => throw new InvalidDataException("a block is damaged");

        Read(1, "bad");
        Assert.Equal(RefusalReason.Unreadable, ExpectAnswer<ReplicaRefusal>(1).Reason);
        Mint(2, "bad", "y");
        Assert.Contains("a block is damaged", ExpectAnswer<ReplicaRefusal>(2).Detail, StringComparison.Ordinal);
        Store(3, "bad", RecordOf(new ReplicaId(0xB), "z"));
        Assert.Equal(RefusalReason.Unreadable, ExpectAnswer<ReplicaRefusal>(3).Reason);
        Put("good", "x");
    }

    [Fact]
    public void Record_that_cannot_be_read_should_be_refused_alone()
    {
        _store.Tell(new ReplicaWork(1, new ReplicaStore(Utf8("a"), new byte[] { 1, 2, 3 }), Never), TestActor);
        Assert.Equal(RefusalReason.Unreadable, ExpectAnswer<ReplicaRefusal>(1).Reason);
        Put("a", "x");
    }

    [Fact]
    public void Work_whose_time_has_run_out_should_be_refused_without_effect()
    {
        var now = Monotonic.Milliseconds(_time);
        _store.Tell(new ReplicaWork(1, MintOf("late", "x"), now), TestActor);
        Assert.Equal(RefusalReason.Expired, ExpectAnswer<ReplicaRefusal>(1).Reason);
        Read(2, "late");
        Assert.Equal(0ul, ExpectAnswer<ReplicaRecord>(2).Hash);
    }

    [Fact]
    public void Read_should_not_send_a_record_whose_hash_is_known()
    {
        Put("a", "x");
        Read(1, "a");
        var whole = ExpectAnswer<ReplicaRecord>(1);
        Assert.False(whole.Record.IsEmpty);

        _store.Tell(new ReplicaWork(2, new ReplicaRead(Utf8("a"), whole.Hash), Never), TestActor);
        var known = ExpectAnswer<ReplicaRecord>(2);
        Assert.Equal((whole.Hash, true), (known.Hash, known.Record.IsEmpty));
    }

    [Fact]
    public void Record_that_is_held_already_should_be_acknowledged_without_a_commit()
    {
        var record = RecordOf(new ReplicaId(0xB), "x");
        Store(1, "a", record);
        ExpectAnswer<ReplicaStored>(1);
        Store(2, "a", record);
        ExpectAnswer<ReplicaStored>(2);
        Assert.Equal([1], _engine.Commits);
    }

    [Fact]
    public void Own_dot_that_comes_back_and_is_not_held_should_raise_the_epoch()
    {
        Store(1, "a", RecordOf(Self, "lost here"));
        ExpectAnswer<ReplicaStored>(1);
        Mint(2, "a", "x");

        var minted = ExpectAnswer<Minted>(2);
        Assert.Equal(2u, _epoch);
        Assert.Equal(new Dot(new VersionActor(Self, 2), 1), Assert.Single(minted.Record.Siblings).Dot);
        ExpectAnswer<ReplicaStored>(2);
    }

    [Fact]
    public void Scan_should_give_rows_in_token_order_up_to_its_limits()
    {
        for (var number = 0; number < 10; number++) Put($"key-{number}", "x");
        Scan(1, RowKey.First(new Token(0)), limit: 4);
        var page = ExpectAnswer<ReplicaRows>(1);
        Assert.Equal((4, false), (page.Rows.Length, page.IsEnd));

        Scan(2, RowKey.After(page.Rows[^1].RowKey.Span), limit: 100);
        var rest = ExpectAnswer<ReplicaRows>(2);
        Assert.Equal((6, true), (rest.Rows.Length, rest.IsEnd));
        var tokens = page.Rows.Concat(rest.Rows).Select(row => RowKey.TokenOf(row.RowKey.Span).Value).ToList();
        Assert.Equal(tokens.Order(), tokens);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Key(byte[] row) => Encoding.UTF8.GetString(row.AsSpan(RowKey.TokenBytes));

    private static ulong DotOf(Minted minted) => Assert.Single(minted.Record.Siblings).Dot.Counter;

    private static string ValueOf(ReplicaRecord answer) =>
        Encoding.UTF8.GetString(Assert.Single(RecordCodec.Decode(answer.Record).Siblings).Value.Span);

    private Record RecordOf(ReplicaId replica, string value) => Record.Write(null, VersionVector.Empty, new Sibling
    {
        Dot = new Dot(new VersionActor(replica, 1), 1),
        WriteId = _writeIds.Next(),
        Timestamp = HybridTimestamp.Of(1),
        Value = Utf8(value),
    });

    private MintRequest MintOf(string key, string value) =>
        new() { Key = Utf8(key), WriteId = _writeIds.Next(), Past = VersionVector.Empty, IsBlind = true, Value = Utf8(value) };

    private void Mint(ulong number, string key, string value) => _store.Tell(new ReplicaWork(number, MintOf(key, value), Never), TestActor);

    private void Store(ulong number, string key, Record record) =>
        _store.Tell(new ReplicaWork(number, new ReplicaStore(Utf8(key), RecordCodec.Encode(record)), Never), TestActor);

    private void Read(ulong number, string key) => _store.Tell(new ReplicaWork(number, new ReplicaRead(Utf8(key)), Never), TestActor);

    private void Scan(ulong number, byte[] from, int limit) =>
        _store.Tell(new ReplicaWork(number, new ReplicaScan(from, ReadOnlyMemory<byte>.Empty, limit, 1 << 20), Never), TestActor);

    private void Put(string key, string value, bool isRefused = false)
    {
        Mint(77_777, key, value);
        if (isRefused)
        {
            Assert.Equal(RefusalReason.Overloaded, ExpectAnswer<ReplicaRefusal>(77_777).Reason);
            return;
        }

        ExpectAnswer<Minted>(77_777);
        ExpectAnswer<ReplicaStored>(77_777);
    }

    private TaskCompletionSource Hold()
    {
        var sync = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.BeforeCommit = () => sync.Task;
        return sync;
    }

    private void OnDisk(string key, ManualResetEventSlim disk)
    {
        _engine.IsOnDisk = row => Key(row) == key;
        _engine.BeforeGet = _ => Assert.True(disk.Wait(Eventually.Limit), "the test lets the disk answer");
    }

    /// <summary>The next answer, whether it came alone or among several.</summary>
    private Answer NextAnswer()
    {
        if (_answers.TryDequeue(out var next)) return next;
        var message = ExpectMsg<object>(Eventually.Limit);
        if (message is Answer alone) return alone;
        foreach (var answer in Assert.IsType<Batch<Answer>>(message).Items) _answers.Enqueue(answer);
        return _answers.Dequeue();
    }

    private T ExpectAnswer<T>(ulong number)
        where T : IProtocolMessage
    {
        var answer = NextAnswer();
        Assert.Equal(number, answer.Number);
        return Assert.IsType<T>(answer.Message);
    }
}
