using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Akka.Persistence;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// The repair job of one partition: an entity of cluster sharding, so that there is one in the cluster, whose state is in the journal, so that it
/// goes on wherever it is started again. It compares nothing itself: it tells owners to.
/// </summary>
/// <remarks>
/// <para>A job that cannot reach the journal, its owners or the budget stands still and tries again; nothing else notices. Two at once, as in a
/// network partition, compare what is equal already, and one of them is stopped at its next event by the journal.</para>
/// <code>
/// RepairOrder     of an operator, of nodes   a change of state, or how it stands
/// Step            is anything due, is there a place: ask for it, then the next comparison
/// PlaceGranted    of the budget              the next comparison
/// ExchangeDone    of an owner                persisted, then the next comparison
/// </code>
/// </remarks>
internal sealed class RepairJobActor : ReceivePersistentActor, IWithTimers
{
    private const int SnapshotInterval = 50;
    private const int MaximumBackoffSteps = 64;

    private readonly NodeState _node;
    private readonly IActorRef _budget;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly long _interval;
    private RepairJob _job;
    private bool _hasPlace;
    private long _placeUntil;
    private RepairPair? _underWay;
    private long _number;
    private long _exchangeUntil;
    private long _notBefore;
    private int _failures;
    private string _waitingFor = "";

    /// <summary>The job of a partition.</summary>
    public RepairJobActor(int partition, NodeState node, IActorRef budget)
    {
        PersistenceId = $"akkakv-repair-{partition}";
        _node = node;
        _budget = budget;
        _job = new RepairJob(partition);
        _interval = (long)node.Settings.RepairJobs.RoundInterval.TotalMilliseconds;
        Recover<RepairJob>(job => _job = job);
        Recover<SnapshotOffer>(offer => _job = (RepairJob)offer.Snapshot);
        Command<RepairOrder>(OnOrder);
        Command<PlaceGranted>(OnPlace);
        Command<ExchangeDone>(OnDone);
        Command<Step>(_ => OnStep());
        Command<SaveSnapshotSuccess>(saved => DeleteMessages(saved.Metadata.SequenceNr));
        Command<DeleteMessagesSuccess>(_ => { });
        Command<DeleteMessagesFailure>(failure => _log.Debug("Old states of partition {0} stay: {1}", partition, failure.Cause.Message));
        Command<SaveSnapshotFailure>(failure => _log.Debug("No snapshot of partition {0}: {1}", partition, failure.Cause.Message));
    }

    private sealed class Step
    {
        public static Step Instance { get; } = new();
    }

    /// <inheritdoc/>
    public override string PersistenceId { get; }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private RepairJobSettings Settings => _node.Settings.RepairJobs;

    private long Monotonically => Monotonic.Milliseconds(_node.Time);

    private long Now => _node.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>How to create one.</summary>
    public static Props Props(int partition, NodeState node, IActorRef budget) =>
        Akka.Actor.Props.Create(() => new RepairJobActor(partition, node, budget));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        base.PreStart();
        // Not all at once, where hundreds are started together.
        var first = Settings.StepInterval * (_job.Partition % 16) / 16;
        Timers.StartPeriodicTimer(nameof(Step), Step.Instance, first, Settings.StepInterval);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (_hasPlace) _budget.Tell(new PlaceReturned(_job.Partition));
        base.PostStop();
    }

    /// <inheritdoc/>
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        _log.Info("The repair of partition {0} stops for a while: its state cannot be kept ({1})", _job.Partition, cause.Message);

    /// <inheritdoc/>
    protected override void OnRecoveryFailure(Exception reason, object? message = null) =>
        _log.Info("The repair of partition {0} is not started yet: its state cannot be read ({1})", _job.Partition, reason.Message);

    private void OnOrder(RepairOrder order)
    {
        var changed = order.Verb switch
        {
            RepairVerb.Start => _job.Requested(),
            RepairVerb.Pause => _job.Paused(),
            RepairVerb.Resume => _job.Resumed(),
            RepairVerb.HintedRange => _job.Hinted(order.HintedRange),
            _ => _job,
        };
        var asker = order.Verb is RepairVerb.Touch or RepairVerb.HintedRange ? ActorRefs.Nobody : Sender;
        Keep(changed, () =>
        {
            asker.Tell(new RepairShown(_job, _waitingFor));
            if (order.Verb is RepairVerb.Start or RepairVerb.Resume) _notBefore = 0;
            if (order.Verb is not (RepairVerb.Touch or RepairVerb.Show)) OnStep();
        });
    }

    private void OnStep()
    {
        if (_underWay is { } pair && Monotonically > _exchangeUntil)
            Fail($"{NameOf(pair.Source)} has not compared itself with {NameOf(pair.Target)} within {Settings.ExchangeLimit}");
        if (_hasPlace && Monotonically > _placeUntil) _hasPlace = false;
        if (_underWay is null && !_job.IsDue(Now, _interval)) Rest("");
        else if (_underWay is null && Monotonically < _notBefore) ReturnPlace();
        else
        {
            if (!_hasPlace) _waitingFor = $"one of {Settings.Places} places";
            _budget.Tell(new PlaceWanted(_job.Partition, _job.Urgency, _hasPlace || _underWay is not null));
        }
    }

    private void OnPlace(PlaceGranted granted)
    {
        _hasPlace = true;
        _placeUntil = Monotonically + (long)Settings.Lease.TotalMilliseconds;
        if (_underWay is null) Proceed();
    }

    /// <summary>Begins the next comparison, if there is a place for it.</summary>
    private void Proceed()
    {
        if (!_hasPlace || _underWay is not null || !_job.IsDue(Now, _interval))
        {
            if (_underWay is null) Rest("");
            return;
        }

        if (_node.Ring is not { } ring) return;
        if (_job.Partition >= ring.Document.Partitions.Length)
        {
            Rest("the partition to be there again");
            return;
        }

        Keep(_job.Begun(ring.OwnerIdsOf(_job.Partition), Now), () =>
        {
            if (_underWay is null && _job is { IsPaused: false, Left: [var next, ..] }) Compare(ring, next);
        });
    }

    private void Compare(Ring ring, RepairPair pair)
    {
        if (ring.MemberOf(pair.Source) is not { } source || ring.MemberOf(pair.Target) is null)
        {
            Keep(_job.GaveUpRange(Now), () => { });
            return;
        }

        // One that is away would keep the place until the limit.
        if (new[] { pair.Source, pair.Target }.Where(owner => !_node.IsReachable(owner)).Select(NameOf).FirstOrDefault() is { } away)
        {
            Fail($"{away} to be reachable");
            return;
        }

        _underWay = pair;
        _waitingFor = $"{source.Name} to compare itself with {NameOf(pair.Target)}";
        _exchangeUntil = Monotonically + (long)Settings.ExchangeLimit.TotalMilliseconds;
        Context.ActorSelection($"akka.tcp://{AkkaKvHosting.SystemName}@{source.Host}:{source.Port}{RepairWorkerActor.Path}")
            .Tell(new ExchangeOrder(++_number, _job.Partition, pair.Target));
    }

    private void OnDone(ExchangeDone done)
    {
        if (_underWay is not { } pair || done.Number != _number) return;
        if (done.Report.Outcome == ExchangeOutcome.Failed)
        {
            Fail($"{NameOf(pair.Source)} could not compare itself with {NameOf(pair.Target)}: {done.Report.Detail}");
            return;
        }

        _failures = 0;
        Keep(_job.Compared(pair, done.Report, Now), () =>
        {
            _underWay = null;
            Proceed();
        });
    }

    /// <summary>The comparison is tried again, later each time; another partition may have the place meanwhile.</summary>
    private void Fail(string why)
    {
        _underWay = null;
        _number++;
        _notBefore = Monotonically + (long)Settings.StepInterval.TotalMilliseconds * Math.Min(1 << Math.Min(_failures++, 6), MaximumBackoffSteps);
        _waitingFor = why;
        ReturnPlace();
    }

    private void Rest(string waitingFor)
    {
        _waitingFor = _job.IsPaused ? "being resumed" : waitingFor;
        ReturnPlace();
    }

    private void ReturnPlace()
    {
        if (!_hasPlace) return;
        _hasPlace = false;
        _budget.Tell(new PlaceReturned(_job.Partition));
    }

    /// <summary>Keeps a state, if it is another one, and goes on.</summary>
    private void Keep(RepairJob job, Action then)
    {
        if (ReferenceEquals(job, _job) || job == _job)
        {
            then();
            return;
        }

        Persist(job, kept =>
        {
            _job = kept;
            if (LastSequenceNr % SnapshotInterval == 0) SaveSnapshot(_job);
            then();
        });
    }

    private string NameOf(ReplicaId replica) => _node.Ring?.NameOf(replica) ?? replica.ToString();
}

/// <summary>Where orders go: an entity for each partition, sixty-four shards.</summary>
internal sealed class RepairExtractor : IMessageExtractor
{
    /// <inheritdoc/>
    public string? EntityId(object message) => message is RepairOrder order ? Text(order.Partition) : null;

    /// <inheritdoc/>
    public object EntityMessage(object message) => message;

    /// <inheritdoc/>
    public string? ShardId(object message) => message is RepairOrder order ? Text(order.Partition % 64) : null;

    /// <inheritdoc/>
    public string ShardId(string entityId, object? messageHint = null) =>
        Text(int.Parse(entityId, System.Globalization.CultureInfo.InvariantCulture) % 64);

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
