using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>A port whose replicas are played by the test: it keeps what was asked, and the test answers when and as it likes.</summary>
internal sealed class HandPort : ICoordinatorPort
{
    private readonly Dictionary<ulong, ClientReply> _replies = [];
    private readonly EventQueue _events = new();

    /// <summary>What was asked and not taken yet, in order.</summary>
    public List<(ReplicaId Replica, ulong Number, ReplicaRequest Request)> Asks { get; } = [];

    /// <summary>A coordinator that believes that it can reach everybody.</summary>
    public Coordinator Coordinator(ReplicaId self, Ring? ring) => new(
        new CoordinatorEnvironment(
            self, _ => true, () => false, new NodeClock(_events), ValueBytesLimit: 1 << 20, RequestLimit: 10, HedgeAfterMilliseconds: 20),
        this)
    {
        Ring = ring,
    };

    public void Ask(ReplicaId replica, ulong number, ReplicaRequest request, long deadline) => Asks.Add((replica, number, request));

    public void Reply(ulong ticket, ClientReply reply) => _replies.Add(ticket, reply);

    public ClientReply? ReplyTo(ulong ticket) => _replies.GetValueOrDefault(ticket);

    /// <summary>Takes what one replica was asked.</summary>
    public (ulong Number, T Request) Take<T>(ReplicaId replica)
        where T : ReplicaRequest
    {
        var place = Asks.FindIndex(ask => ask.Replica == replica && ask.Request is T);
        Assert.True(place >= 0, $"{replica} was not asked for {typeof(T).Name}.");
        var (_, number, request) = Asks[place];
        Asks.RemoveAt(place);
        return (number, (T)request);
    }

    /// <summary>Lets time pass.</summary>
    public void Wait(long milliseconds)
    {
        _events.After(milliseconds * 1_000, () => { });
        _events.Step();
    }
}
