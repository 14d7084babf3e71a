using AkkaKv.Protocol;
using AkkaKv.Testing;
using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Node.Tests;

/// <summary>The state of a node without its actor system: n1 of a ring of three, in memory, on a clock that stands still.</summary>
internal sealed class LoneNode : IDisposable
{
    public LoneNode(string hocon = "", bool hasRing = true)
    {
        var settings = NodeSettings.FromHocon(
            """
            akkakv.node { name = n1, data-directory = "/data" }
            akkakv.lanes { heartbeat-interval = 10ms, silence-limit = 2s }
            """ + "\n" + hocon);
        State = NodeState.Open(settings, new FaultInjectionFileSystem(), Time);
        State.PublicPort = 4053;
        Document = Rings.Of(State.Self, Second, Third);
        if (hasRing) State.Use(Ring);
    }

    public static ReplicaId Second { get; } = new(0x2222);

    public static ReplicaId Third { get; } = new(0x3333);

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch.AddYears(56));

    public NodeState State { get; }

    public NodeRefs Refs { get; } = new();

    public RingDocument Document { get; }

    public Ring Ring => new(Document);

    /// <summary>A key whose owners stand in this order at the front of its list.</summary>
    public byte[] KeyOf(params ReplicaId[] owners)
    {
        for (var number = 0; ; number++)
        {
            var key = BitConverter.GetBytes(number);
            if (Ring.OwnersOf(Token.Of(key)).Select(owner => owner.ReplicaId).Take(owners.Length).SequenceEqual(owners)) return key;
        }
    }

    public void Reaches(params ReplicaId[] replicas)
    {
        foreach (var replica in replicas) State.Peers[replica] = new PeerState(true, "");
    }

    public void Dispose() => State.Dispose();
}
