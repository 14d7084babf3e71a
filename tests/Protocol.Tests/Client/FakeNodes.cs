using System.Globalization;
using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Protocol.Tests;

/// <summary>What the client sent for a request, decoded.</summary>
internal sealed record Asked(string Node, ulong Number, IProtocolMessage Message);

/// <summary>The nodes of a client in a test, which answers for them: no network, and a clock that stands still.</summary>
internal sealed class FakeNodes : IClientPort
{
    private readonly Dictionary<string, (ulong Session, LaneInbox Inbox, LaneOutbox Outbox)> _lanes = [];
    private readonly List<Asked> _asked = [];
    private ulong _writes;

    public FakeNodes(params string[] contacts)
        : this(new AkkaKvClientOptions(), contacts)
    {
    }

    public FakeNodes(AkkaKvClientOptions options, params string[] contacts)
    {
        Options = options with { Time = Time };
        Dispatcher = new ClientDispatcher(contacts, Options, this, new Random(1));
        Dispatcher.Tick();
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch.AddYears(56));

    public AkkaKvClientOptions Options { get; }

    public ClientDispatcher Dispatcher { get; }

    /// <summary>Hellos that nobody has welcomed.</summary>
    public Dictionary<string, LaneHello> Hellos { get; } = [];

    /// <summary>The epoch that the nodes put on their frames.</summary>
    public long Epoch { get; set; } = 1;

    /// <summary>A ring in which each of as many partitions as nodes has the next node as its first owner, and the others behind.</summary>
    public static ClientRing RingOf(long epoch, params string[] nodes) => new(
        epoch,
        [.. nodes.Select((node, place) => new ClientRingMember(
            new ReplicaId((ulong)place + 1), node.Split(':')[0], int.Parse(node.Split(':')[1], CultureInfo.InvariantCulture), "dc1"))],
        [.. Enumerable.Range(0, nodes.Length).Select(partition => new ClientPartition(
            [.. Enumerable.Range(0, nodes.Length).Select(place => (partition + place) % nodes.Length)]))]);

    /// <summary>Nodes answer the hello.</summary>
    public void Welcome(params string[] nodes)
    {
        foreach (var node in nodes)
        {
            Assert.True(Hellos.Remove(node, out var hello), $"{node} was not said hello to");
            var outbox = new LaneOutbox(new LaneSettings());
            var inbox = new LaneInbox();
            outbox.Open(hello!.Session);
            inbox.Open(hello.Session);
            _lanes[node] = (hello.Session, inbox, outbox);
            Dispatcher.Welcomed(new LaneWelcome(hello.Session, new LaneHello(Guid.NewGuid(), default, node, hello.Session, Epoch, 1)), null);
        }
    }

    /// <summary>Nodes are linked, and the client knows the ring of them.</summary>
    public static FakeNodes Linked(AkkaKvClientOptions options, params string[] nodes)
    {
        var all = new FakeNodes(options, nodes[0]);
        all.Welcome(nodes[0]);
        all.Answer(all.Next<ClientRingQuery>(), RingOf(1, nodes));
        all.Welcome(nodes[1..]);
        return all;
    }

    /// <summary>A put of a key whose first owner, of so many partitions, is the one at a place.</summary>
    public Task<ClientReply?> Put(int firstOwner, int partitions, TimeSpan? timeout = null)
    {
        var key = KeyOf(firstOwner, partitions);
        return Begin(new Put(key, "v"u8.ToArray()) { WriteId = new WriteId(Guid.NewGuid(), ++_writes) }, timeout);
    }

    public Task<ClientReply?> Get(int firstOwner, int partitions) => Begin(new Get(KeyOf(firstOwner, partitions)), null);

    public Task<ClientReply?> Begin(ClientRequest request, TimeSpan? timeout, CancellationToken cancellationToken = default)
    {
        var underWay = new UnderWay<ClientReply>(
            ProtocolCodec.KindOf(request), ProtocolCodec.Encode(request), Token.Of(request.Key.Span),
            Dispatcher.Now + (long)(timeout ?? Options.Timeout).TotalMilliseconds, throws: false);
        underWay.CancelWith(cancellationToken);
        Dispatcher.Take(underWay);
        Dispatcher.Pump();
        return underWay.Task;
    }

    /// <summary>The one message of a kind that was sent since the last look; fails if there was none or another.</summary>
    public Asked Next<T>()
    {
        var asked = Assert.Single(TakeAsked());
        Assert.IsType<T>(asked.Message);
        return asked;
    }

    /// <summary>What was sent since the last look.</summary>
    public IReadOnlyList<Asked> TakeAsked()
    {
        var asked = _asked.ToList();
        _asked.Clear();
        return asked;
    }

    /// <summary>A node answers.</summary>
    public void Answer(Asked asked, ClientReply reply)
    {
        var (_, _, outbox) = _lanes[asked.Node];
        Assert.True(outbox.TryEnqueue(asked.Number, ProtocolCodec.KindOf(reply), ProtocolCodec.Encode(reply), long.MaxValue));
        Dispatcher.Received(outbox.NextFrame(0, Epoch, default)!);
    }

    /// <summary>A node forgets the client: its process is another one.</summary>
    public void Lose(string node) => Dispatcher.Refused(new LaneRefused(_lanes[node].Session, "the session is not known"));

    public void Advance(TimeSpan time)
    {
        // As an actor's timer would, with signs of life of the nodes that are linked.
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(20))
        {
            Time.Advance(TimeSpan.FromMilliseconds(20));
            foreach (var (session, _, _) in _lanes.Values) Dispatcher.Acknowledged(new LaneAck(session, 0));
            Dispatcher.Tick();
        }
    }

    /// <summary>What a request was answered; fails if it was not.</summary>
    public static ClientReply ReplyOf(Task<ClientReply?> request)
    {
        Assert.True(request.IsCompleted, "the request is not answered");
        return request.GetAwaiter().GetResult()!;
    }

    /// <summary>A write id as it arrived.</summary>
    public static WriteId IdOf(Asked asked) => ((WriteRequest)asked.Message).WriteId!.Value;

    public void Hello(string address, LaneHello hello) => Hellos[address] = hello;

    public void Send(NodeLink link, IProtocolMessage message)
    {
        if (message is not LaneFrame frame) return;
        _lanes[link.Address].Inbox.Accept(frame, out var items);
        foreach (var item in items) _asked.Add(new Asked(link.Address, item.Number, ProtocolCodec.Decode(item.Kind, item.Body)));
        _lanes[link.Address].Outbox.Acknowledge(frame.Session, ulong.MaxValue);
    }

    public void Complete(UnderWay request, ClientReply reply) => request.Complete(reply);

    private static byte[] KeyOf(int partition, int partitions)
    {
        for (var number = 0; ; number++)
        {
            var key = BitConverter.GetBytes(number);
            if ((int)(Token.Of(key).Value / (ulong.MaxValue / (ulong)partitions + 1)) == partition) return key;
        }
    }
}
