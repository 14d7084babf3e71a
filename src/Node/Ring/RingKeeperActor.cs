using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// <c>/user/akkakv/ring</c>: keeps this node's ring and its vote on the next one, both on disk before anybody is told, and compares rings
/// with the others.
/// </summary>
/// <remarks>
/// <para>A node that has a ring starts from it, needs nobody for that, and never takes part in founding another. Two cluster ids never mix:
/// a node that finds itself among nodes of another cluster, and knows fewer of its own than they of theirs, stops with the reason.</para>
/// <code>
/// RingQuery               -> RingAnswer
/// RingAnswer              a newer ring is taken; another cluster is noticed
/// RingPrepare, RingAccept -> the vote, once it is on disk; RingDecided where there is a ring already
/// RingDecided             kept on disk, then used
/// Look                    asks the others, often while there is no ring
/// </code>
/// </remarks>
internal sealed class RingKeeperActor : ReceiveActor, IWithTimers
{
    /// <summary>The path at every node.</summary>
    public const string Path = "/user/akkakv/ring";

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan QuietLookInterval = TimeSpan.FromSeconds(5);

    private readonly NodeState _node;
    private readonly RingAcceptor _vote;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();

    /// <summary>A decided ring that this node is not in: it founds no other beside it.</summary>
    private RingDocument? _ringOfOthers;

    /// <summary>The keeper of a node.</summary>
    public RingKeeperActor(NodeState node)
    {
        _node = node;
        _vote = node.Directory.ReadVote();
        Receive<Look>(_ => OnLook());
        Receive<RingQuery>(OnQuery);
        Receive<RingAnswer>(OnAnswer);
        Receive<RingPrepare>(prepare => Vote(() => _vote.Prepare(prepare)));
        Receive<RingAccept>(accept => Vote(() => _vote.Accept(accept)));
        Receive<RingDecided>(decided => OnRing(RingCodec.Decode(decided.Ring), Sender.Path.Address.ToString()));
    }

    private sealed class Look
    {
        public static Look Instance { get; } = new();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How to create one.</summary>
    public static Props Props(NodeState node) => Akka.Actor.Props.Create(() => new RingKeeperActor(node));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        if (_node.Ring is { } kept) Publish(kept);
        else _node.WaitingFor = $"{_node.Settings.Cluster.Expect} nodes to make the first ring";
        Timers.StartSingleTimer(nameof(Look), Look.Instance, TimeSpan.Zero);
    }

    private void OnLook()
    {
        var self = _cluster.SelfAddress;
        var seeds = _node.Settings.Cluster.SeedNodes.Select(seed => Address.Parse($"{self.Protocol}://{self.System}@{seed}"));
        var query = new RingQuery(_node.Card());
        foreach (var address in _cluster.State.Members.Select(member => member.Address).Concat(seeds).Distinct())
        {
            if (address != self) Context.ActorSelection(new RootActorPath(address) + Path).Tell(query);
        }

        Timers.StartSingleTimer(nameof(Look), Look.Instance, _node.Ring is null ? LookInterval : QuietLookInterval);
    }

    private void OnQuery(RingQuery query)
    {
        _node.Seen[query.Card.Replica] = query.Card;
        Sender.Tell(new RingAnswer(_node.Card(), Encoded(), _node.ConnectedMembers));
    }

    private void OnAnswer(RingAnswer answer)
    {
        _node.Seen[answer.Card.Replica] = answer.Card;
        if (answer.Ring.Length == 0) return;
        var theirs = RingCodec.Decode(answer.Ring);
        if (_node.Ring is { } own && own.Document.ClusterId != theirs.ClusterId && answer.ConnectedMembers > _node.ConnectedMembers)
        {
            var reason =
                $"The data directory {_node.Settings.DataDirectory} belongs to the cluster {own.Document.ClusterId}, and the nodes around " +
                $"'{answer.Card.Name}' ({answer.Card.Host}:{answer.Card.Port}) are the cluster {theirs.ClusterId}. Start this node with its own " +
                "directory, or with the seed nodes of its own cluster.";
            _log.Error(reason);
            _node.Refuse(reason);
            return;
        }

        OnRing(theirs, answer.Card.Name);
    }

    private void Vote(Func<IControlMessage> vote)
    {
        if ((_node.Ring?.Document ?? _ringOfOthers) is { } decided)
        {
            // Founding is over: whoever still tries is told how it ended.
            Sender.Tell(new RingDecided(RingCodec.Encode(decided)));
            return;
        }

        var answer = vote();
        _node.Directory.WriteVote(_vote);
        Sender.Tell(answer);
    }

    private void OnRing(RingDocument document, string source)
    {
        if (_node.Ring is { } own && (own.Document.ClusterId != document.ClusterId || own.Document.Epoch >= document.Epoch)) return;
        var ring = new Ring(document);
        if (ring.MemberOf(_node.Self) is null)
        {
            _ringOfOthers = document;
            _node.WaitingFor = $"a place in the ring: the cluster {document.ClusterId} has a ring without this node ({source} has it)";
            return;
        }

        _node.Directory.WriteRing(document);
        _log.Info("Ring {0} of cluster {1} with {2} members, from {3}", document.Epoch, document.ClusterId, ring.Members.Count(), source);
        Publish(ring);
    }

    private void Publish(Ring ring)
    {
        _node.Use(ring);
        Context.Parent.Tell(new RingChanged(ring));
    }

    private byte[] Encoded() => _node.Ring is { } ring ? RingCodec.Encode(ring.Document) : [];
}
