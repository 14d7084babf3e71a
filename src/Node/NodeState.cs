using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>How things stand with one other member, as this node sees it.</summary>
/// <param name="IsOpen">True while its lane is open in both directions.</param>
/// <param name="Detail">Why not, for people.</param>
internal sealed record PeerState(bool IsOpen, string Detail);

/// <summary>Where a node stands between start and stop.</summary>
internal enum NodePhase
{
    /// <summary>Opening its doors.</summary>
    Starting,

    /// <summary>Open, without a ring.</summary>
    Forming,

    /// <summary>Open, with a ring.</summary>
    Serving,

    /// <summary>Finishing what is under way.</summary>
    Stopping,
}

/// <summary>
/// What belongs to the process and not to its actor system: identity, stores, clock, the ring at hand and what is known of the peers.
/// Actors write, doors read; each field has one writer.
/// </summary>
internal sealed class NodeState : IAsyncDisposable, IDisposable
{
    private readonly TaskCompletionSource _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<int, byte> _incarnations = new();
    private readonly TaskCompletionSource<string> _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Ring? _ring;
    private volatile string _waitingFor = "its doors to open";
    private volatile bool _hasMissedWrites;
    private volatile bool _isStopping;
    private volatile TaskCompletionSource<ShutOut> _shutOut = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeState(NodeSettings settings, DataDirectory directory, ImmutableArray<IStorageEngine> stores, ClockWatch clocks, NodeMeters meters, TimeProvider time)
    {
        Settings = settings;
        Directory = directory;
        Stores = stores;
        Time = time;
        Clocks = clocks;
        Meters = meters;
        Admission = new Admission(settings.RequestsInFlight, settings.QueueTime, time);
        Liveness = new Liveness(directory.ReplicaId, directory.Starts, settings.Liveness);
        // The same every time for one start of one node, another for every other: nodes that were shut out together do not come back together.
        Pace = new RejoinPace(settings.Membership, new Random((int)(directory.ReplicaId.Value ^ directory.Starts)));
        meters.Watch(clocks);
        meters.Watch(Admission);
        meters.Watch(Liveness);
        Repairs = new RepairLog(time);
        meters.Watch(Repairs);
        _hasMissedWrites = directory.IsRestart;
    }

    /// <summary>What the node was told at start.</summary>
    public NodeSettings Settings { get; }

    /// <summary>Who the node is.</summary>
    public DataDirectory Directory { get; }

    /// <summary>Its stores; the low bits of a token choose one. A power of two.</summary>
    public ImmutableArray<IStorageEngine> Stores { get; }

    /// <summary>The leaves of the hash tree, of each store; none where no trees are kept.</summary>
    public ImmutableArray<LeafTable> Leaves { get; private init; } = [];

    /// <summary>What the exchanges of this node have done.</summary>
    public RepairLog Repairs { get; }

    /// <summary>Physical time.</summary>
    public TimeProvider Time { get; }

    /// <summary>The node's hybrid clock.</summary>
    public HybridLogicalClock Clock => Clocks.Hybrid;

    /// <summary>How the node's clock stands to its peers'.</summary>
    public ClockWatch Clocks { get; }

    /// <summary>How many requests the node takes.</summary>
    public Admission Admission { get; }

    /// <summary>Runs exchanges instead of the node's own actor, in tests; null for that.</summary>
    public IPartitionExchange? OtherExchange { get; set; }

    /// <summary>The shard region of repair jobs in the present actor system; null before there is one.</summary>
    public IActorRef? RepairJobs { get; set; }

    /// <summary>What the node counts.</summary>
    public NodeMeters Meters { get; }

    /// <summary>Who of the other members is there, by this node's evidence and the others' word.</summary>
    public Liveness Liveness { get; }

    /// <summary>How late signs of life come.</summary>
    public SignLateness Lateness { get; } = new();

    /// <summary>How the doors reach the router.</summary>
    public RouterHandle Router { get; } = new(TimeSpan.FromSeconds(2));

    /// <summary>When the node comes back that was shut out.</summary>
    public RejoinPace Pace { get; }

    /// <summary>Completes when the others have shut the present actor system out and its turn to come back has come.</summary>
    public Task<ShutOut> WhenShutOut => _shutOut.Task;

    /// <summary>What is known of the other members; written by their lanes.</summary>
    public ConcurrentDictionary<ReplicaId, PeerState> Peers { get; } = new();

    /// <summary>The nodes that have introduced themselves, by replica id; written by the ring keeper.</summary>
    public ConcurrentDictionary<ulong, MemberCard> Seen { get; } = new();

    /// <summary>This node's replica.</summary>
    public ReplicaId Self => Directory.ReplicaId;

    /// <summary>The ring at hand; null until one is decided. Written by the ring keeper.</summary>
    public Ring? Ring => _ring;

    /// <summary>The port on which the other nodes reach this one; known once the actor system listens.</summary>
    public int PublicPort { get; set; }

    /// <summary>What a node without a ring waits for.</summary>
    public string WaitingFor
    {
        get => _waitingFor;
        set => _waitingFor = value;
    }

    /// <summary>Completes when the node has a ring; cancelled if it stops before.</summary>
    public Task WhenServing => _serving.Task;

    /// <summary>Completes with the reason when the node must not go on.</summary>
    public Task<string> WhenRefused => _refused.Task;

    /// <summary>
    /// True if other replicas may have taken writes that this one missed: it was started again, or a lane to it was cut. Its blind writes
    /// then read R first.
    /// </summary>
    public bool IsCatchingUp => _hasMissedWrites;

    /// <summary>Where the node stands.</summary>
    public NodePhase Phase =>
        _isStopping ? NodePhase.Stopping
        : PublicPort == 0 ? NodePhase.Starting
        : _ring is null ? NodePhase.Forming
        : NodePhase.Serving;

    /// <summary>Opens directory and stores; throws <see cref="NodeStartException"/> if that cannot be.</summary>
    public static NodeState Open(NodeSettings settings, IFileSystem files, TimeProvider time)
    {
        var directory = DataDirectory.Open(files, settings.DataDirectory, settings.Name);
        var stores = new List<IStorageEngine>();
        var clocks = new ClockWatch(time);
        var meters = new NodeMeters(settings.Name);
        try
        {
            LeafTable[] leaves = !settings.Repair.IsEnabled ? [] :
            [
                .. Enumerable.Range(0, directory.Stores)
                    .Select(index => new LeafTable(files, directory.StorePath(index), new LeafShape(settings.Repair.LeafBits))),
            ];
            var options = new StorageOptions
            {
                MemtableLimitBytes = settings.MemtableBytes,
                BlockBytes = settings.BlockBytes,
                BlockCacheBytes = settings.BlockCacheBytes / directory.Stores,
                LastLevelCompression = settings.LastLevelCompression,
                ZstdLevel = settings.ZstdLevel,
                CompactionFilter = new ExpiryFilter(clocks, meters),
            };
            for (var index = 0; index < directory.Stores; index++)
                stores.Add(LsmStore.Open(directory.StorePath(index), options with { NoteKeeper = leaves.ElementAtOrDefault(index) }, files, time));
            var node = new NodeState(settings, directory, [.. stores], clocks, meters, time) { Leaves = [.. leaves] };
            // Damage shows now, and not when an actor needs it.
            _ = directory.ReadVote();
            if (directory.ReadRing() is { } ring) node.Use(KeptRing(ring, directory, settings));
            return node;
        }
        catch (Exception e) when (e is IOException or StorageException or InvalidDataException or NodeStartException)
        {
            foreach (var store in stores) store.DisposeAsync().AsTask().GetAwaiter().GetResult();
            directory.Dispose();
            meters.Dispose();
            throw e as NodeStartException
                ?? new NodeStartException($"The data directory {settings.DataDirectory} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>
    /// True if a replica can be asked now: a peer with an open lane that nothing speaks against, or this node while its stores take writes.
    /// </summary>
    public bool IsReachable(ReplicaId replica) => replica == Self
        ? Stores.All(store => store.State.AcceptsCommits)
        : Peers.TryGetValue(replica, out var peer) && peer.IsOpen && Liveness.IsRoutable(replica);

    /// <summary>Members of the ring that can be asked now, this node included; 0 without a ring.</summary>
    public int ConnectedMembers => Ring?.Members.Count(member => IsReachable(member.ReplicaId)) ?? 0;

    /// <summary>A decided ring, kept on disk already, is to be used.</summary>
    public void Use(Ring ring)
    {
        Clocks.Use(ring.Members.Select(member => member.ReplicaId));
        Liveness.Use(ring.Document.ClusterId, ring.Members.Select(member => member.ReplicaId), Monotonic.Milliseconds(Time));
        _ring = ring;
        _serving.TrySetResult();
    }

    /// <summary>The node must not go on.</summary>
    public void Refuse(string reason)
    {
        _serving.TrySetException(new NodeStartException(reason));
        // Nobody may be waiting for it to serve.
        _ = _serving.Task.Exception;
        _refused.TrySetResult(reason);
    }

    /// <summary>The present actor system cannot talk to the others any more.</summary>
    public void ReportShutOut(ShutOut shutOut) => _shutOut.TrySetResult(shutOut);

    /// <summary>
    /// Makes ready for a new actor system, after the old one has ended: what its writers have handed to the stores is on disk when this
    /// completes, and whatever they have lost has closed dots.
    /// </summary>
    public async Task BeginAnewAsync()
    {
        foreach (var store in Stores)
        {
            try
            {
                // It stands in the queue behind every commit under way.
                await store.FlushAsync().ConfigureAwait(false);
            }
            catch (StorageException)
            {
                // The store takes no writes any more, and the next writer finds that out.
            }
        }

        Directory.RaiseEpoch();
        NoteMissedWrites();
        Liveness.BeginAnew();
        _shutOut = new TaskCompletionSource<ShutOut>(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A lane to this node was cut for a while.</summary>
    public void NoteMissedWrites() => _hasMissedWrites = true;

    /// <summary>
    /// Tells an asker from those before it at the same place, in this process and in the ones before (<see cref="AskerMark"/>).
    /// </summary>
    public byte NextIncarnation(int asker) =>
        _incarnations.AddOrUpdate(asker, (byte)(Directory.Starts * 16), (_, last) => (byte)(last + 1));

    /// <summary>Nothing new is taken from now on.</summary>
    public void BeginStop() => _isStopping = true;

    /// <summary>How the node introduces itself.</summary>
    public MemberCard Card() => new(
        Settings.Name, Self.Value, Settings.PublicHost, PublicPort, Settings.DataCenter, Settings.Rack, Settings.Weight);

    private static Ring KeptRing(RingDocument document, DataDirectory directory, NodeSettings settings)
    {
        var ring = new Ring(document);
        if (document.ClusterId != directory.ClusterId || ring.MemberOf(directory.ReplicaId) is null)
        {
            throw new NodeStartException(
                $"The files in {settings.DataDirectory} do not belong together: its ring is one of cluster {document.ClusterId} without " +
                $"replica {directory.ReplicaId} of cluster {directory.ClusterId}. Restore the directory as a whole, or start on an empty one.");
        }

        return ring;
    }

    /// <summary>Closes the stores and marks the stop as clean if all they took is durable.</summary>
    public async ValueTask DisposeAsync()
    {
        _serving.TrySetCanceled();
        var isClean = true;
        foreach (var store in Stores)
        {
            isClean &= store.State.AcceptsCommits;
            await store.DisposeAsync().ConfigureAwait(false);
        }

        if (isClean) Directory.MarkCleanlyStopped();
        Directory.Dispose();
        Meters.Dispose();
    }

    /// <summary>The same, for a host that is disposed without waiting.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
