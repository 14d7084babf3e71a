using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// Moves the messages of exchanges, this node's and its peers', begins one when a partition is due, and has the leaves checked.
/// </summary>
/// <remarks>
/// <para>Exchanges and checks run on the pool; what they ask passes through here, because answers find their way by the actor that asked. One
/// exchange at a time begins by the timer; others begin whenever somebody calls <see cref="NodeRefs.Exchange"/>.</para>
/// <code>
/// Question       of an exchange               -> a lane or a store
/// Answer         to a question                -> the exchange that waits
/// PeerLost       fails what that peer was asked
/// ReplicaWork    a peer's question            -> Answer to the lane it came from, when the pool has it
/// RingChanged    other partitions are to be compared
/// Tick           questions whose time is up, exchanges and checks that are due
/// </code>
/// <para>Bounds: <see cref="ServingLimit"/> questions of peers at a time, beyond it they are refused; own questions are one for each exchange and
/// <see cref="RecordPush.MaximumRows"/> records for each push.</para>
/// </remarks>
internal sealed class RepairActor : ReceiveActor, IWithTimers, IRecordWriter, IDisposable
{
    private const int ServingLimit = 8;

    /// <summary>Long, because an answer waits for the peer's disk rate. A lane that is cut says so at once.</summary>
    private const long AnswerMilliseconds = 30_000;

    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private readonly ulong _mark;
    private readonly NodeState _node;
    private readonly NodeRefs _refs;
    private readonly IActorRef _self;
    private readonly RepairServer _server;
    private readonly NodeExchange _exchange;
    private readonly ImmutableArray<LeafScrub> _scrubs;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<ulong, (Question Question, long Deadline)> _asked = [];
    private ulong _lastNumber;
    private int _serving;
    private bool _isComparing;
    private bool _isScrubbing;
    private int _partitions;

    /// <summary>With its place among the node's askers.</summary>
    public RepairActor(int asker, NodeState node, NodeRefs refs)
    {
        _mark = AskerMark.Of(asker, node.NextIncarnation(asker));
        _node = node;
        _refs = refs;
        _self = Self;
        var repair = node.Settings.Repair;
        var disk = new RepairPace(repair.ReadBytesPerSecond, node.Time);
        _server = new RepairServer(node.Leaves.IsEmpty ? null : new MerkleTree(node.Leaves), new StoreRows(node.Stores), this, disk);
        _exchange = new NodeExchange(node, _server, AskAsync);
        refs.Exchange ??= _exchange;
        _scrubs =
        [
            .. node.Leaves.Select((leaves, index) =>
                new LeafScrub(leaves, node.Stores[index], disk, node.Meters, node.Time, repair.ScrubInterval)),
        ];

        Receive<Question>(OnQuestion);
        Receive<Answer>(OnAnswer);
        Receive<Batch<Answer>>(batch =>
        {
            foreach (var answer in batch.Items) OnAnswer(answer);
        });
        Receive<PeerLost>(OnPeerLost);
        Receive<ReplicaWork>(OnWork);
        Receive<Served>(_ => _serving--);
        Receive<RingChanged>(changed => OnRing(changed.Ring));
        Receive<Tick>(_ => OnTick());
        Receive<Compared>(OnCompared);
        Receive<Scrubbed>(_ => _isScrubbing = false);
    }

    /// <summary>What an exchange asks; <paramref name="Peer"/> is this node for its own stores.</summary>
    private sealed record Question(ReplicaId Peer, ReplicaRequest Request, TaskCompletionSource<ReplicaReply> Reply) : INoSerializationVerificationNeeded;

    private sealed record Compared(int Partition, ReplicaId Peer, ExchangeReport Report) : INoSerializationVerificationNeeded;

    private sealed class Served : INoSerializationVerificationNeeded
    {
        public static Served Instance { get; } = new();
    }

    private sealed class Scrubbed : INoSerializationVerificationNeeded
    {
        public static Scrubbed Instance { get; } = new();
    }

    private sealed class Tick : INoSerializationVerificationNeeded
    {
        public static Tick Instance { get; } = new();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How to create one.</summary>
    public static Props Props(int asker, NodeState node, NodeRefs refs) => Akka.Actor.Props.Create(() => new RepairActor(asker, node, refs));

    /// <inheritdoc/>
    public Task<ReplicaReply> StoreAsync(ReplicaStore store, CancellationToken cancellation) => AskAsync(_node.Self, store, cancellation);

    /// <summary>By Akka, when the actor has stopped.</summary>
    public void Dispose() => _stopping.Dispose();

    /// <inheritdoc/>
    protected override void PreStart()
    {
        if (_node.Ring is { } ring) OnRing(ring);
        var interval = _node.Settings.Repair.Interval < 4 * TickInterval ? _node.Settings.Repair.Interval / 4 : TickInterval;
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, interval);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stopping.Cancel();
        foreach (var (question, _) in _asked.Values)
            question.Reply.TrySetResult(new ReplicaRefusal(RefusalReason.Unreachable, "this node is stopping"));
    }

    /// <summary>From any thread.</summary>
    private Task<ReplicaReply> AskAsync(ReplicaId peer, ReplicaRequest request, CancellationToken cancellation)
    {
        var reply = new TaskCompletionSource<ReplicaReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _self.Tell(new Question(peer, request, reply), _self);
        return reply.Task.WaitAsync(TimeSpan.FromMilliseconds(2 * AnswerMilliseconds), _node.Time, cancellation).ContinueWith(
            asked => asked.IsFaulted ? new ReplicaRefusal(RefusalReason.Expired, "nobody answered") : asked.GetAwaiter().GetResult(),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private void OnQuestion(Question question)
    {
        var number = _mark | ++_lastNumber;
        var deadline = Monotonic.Milliseconds(_node.Time) + AnswerMilliseconds;
        _asked.Add(number, (question, deadline));
        if (question.Peer == _node.Self) _refs.StoreOf(question.Request).Tell(new ReplicaWork(number, question.Request, deadline), _self);
        else if (_refs.LaneOf(question.Peer) is { } lane) lane.Tell(new LaneWork(number, question.Request, deadline), _self);
        else OnAnswer(new Answer(number, new ReplicaRefusal(RefusalReason.Unreachable, "there is no lane to it")));
    }

    private void OnAnswer(Answer answer)
    {
        if (answer.Message is ReplicaReply reply && _asked.Remove(answer.Number, out var asked)) asked.Question.Reply.TrySetResult(reply);
    }

    private void OnPeerLost(PeerLost lost)
    {
        foreach (var number in _asked.Where(asked => asked.Value.Question.Peer == lost.Replica).Select(asked => asked.Key).ToList())
            OnAnswer(new Answer(number, new ReplicaRefusal(RefusalReason.Unreachable, "the lane was lost")));
    }

    private void OnWork(ReplicaWork work)
    {
        if (WhyNot((RepairRequest)work.Request) is { } refusal)
        {
            Sender.Tell(new Answer(work.Number, refusal));
            return;
        }

        _serving++;
        var (lane, self) = (Sender, _self);
        var stopping = _stopping.Token;
        Task.Run(async () =>
        {
            try
            {
                var reply = await _server.AskAsync((RepairRequest)work.Request, stopping).ConfigureAwait(false);
                lane.Tell(new Answer(work.Number, reply), self);
            }
            finally
            {
                self.Tell(Served.Instance, self);
            }
        });
    }

    /// <summary>Why a peer's question is not answered; null if it is.</summary>
    private ReplicaRefusal? WhyNot(RepairRequest request)
    {
        if (_serving >= ServingLimit) return new ReplicaRefusal(RefusalReason.Overloaded, "too many exchanges are under way");
        if (_node.Ring is not { } ring) return new ReplicaRefusal(RefusalReason.StaleRing, "this node has no ring yet");
        var range = request.Range;
        var shape = new LeafShape((int)Math.Min(range.LeafBits, LeafDeltas.SliceBits));
        var partitions = ring.Document.Partitions.Length;
        if (shape.Leaves < partitions) return new ReplicaRefusal(RefusalReason.NotComparable, "a leaf is of several partitions");
        if (shape.StartOf((int)Math.Min(range.FromLeaf, int.MaxValue)) is not { } start) return null;
        var partition = ring.PartitionOf(start);
        var isOwn = shape.RangeOf(partition, partitions) == new LeafRange((int)range.FromLeaf, (int)range.UntilLeaf)
            && ring.OwnerIdsOf(partition).Contains(_node.Self);
        return isOwn ? null : new ReplicaRefusal(RefusalReason.StaleRing, $"this node owns no such partition in epoch {ring.Document.Epoch}");
    }

    private void OnRing(Ring ring)
    {
        var partitions = ring.Document.Partitions.Length;
        _node.Repairs.Use(ring, _node.Self, isCutOtherwise: partitions != _partitions);
        _partitions = partitions;
    }

    private void OnTick()
    {
        var now = Monotonic.Milliseconds(_node.Time);
        foreach (var number in _asked.Where(asked => asked.Value.Deadline <= now).Select(asked => asked.Key).ToList())
            OnAnswer(new Answer(number, new ReplicaRefusal(RefusalReason.Expired, "it was not answered in time")));

        if (!_node.Settings.Repair.IsEnabled) return;
        BeginScrub();
        BeginExchange();
    }

    private void BeginScrub()
    {
        if (_isScrubbing) return;
        _isScrubbing = true;
        var (self, stopping) = (_self, _stopping.Token);
        Task.Run(async () =>
        {
            try
            {
                foreach (var scrub in _scrubs) await scrub.RunAsync(stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The node is stopping.
            }
            finally
            {
                self.Tell(Scrubbed.Instance, self);
            }
        });
    }

    private void BeginExchange()
    {
        if (_isComparing || _node.Ring is not { } ring) return;
        var next = RepairPlan.Next(
            ring, _node.Self, _node.Repairs, _node.IsReachable, _node.Time.GetUtcNow(), _node.Settings.Repair.Interval);
        if (next is not var (partition, peer)) return;
        _isComparing = true;
        var (self, stopping) = (_self, _stopping.Token);
        Task.Run(async () =>
        {
            ExchangeReport report;
            try
            {
                report = await _exchange.CompareAsync(partition, peer, ExchangeMode.Both, stopping).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // As where the ring has changed in between; the next tick plans by the new one.
                report = new ExchangeReport { Outcome = ExchangeOutcome.Failed, Detail = e.Message };
            }

            self.Tell(new Compared(partition, peer, report), self);
        });
    }

    private void OnCompared(Compared compared)
    {
        _isComparing = false;
        var (partition, peer, report) = compared;
        if (report.Outcome == ExchangeOutcome.Mended)
        {
            _log.Info(
                "Partition {0} differed from {1}'s in {2} keys; {3} records sent, {4} fetched",
                partition, _node.Ring?.NameOf(peer), report.Differences, report.RecordsSent, report.RecordsReceived);
        }
        else if (report.Outcome == ExchangeOutcome.Failed)
        {
            _log.Debug("Partition {0} was not compared with {1}: {2}", partition, _node.Ring?.NameOf(peer), report.Detail);
            return;
        }

        // The rate is kept by the exchanges themselves; waiting for the next tick between two that are due would only make a round longer.
        BeginExchange();
    }
}
