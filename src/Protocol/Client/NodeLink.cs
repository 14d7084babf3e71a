using Akka.Actor;

namespace AkkaKv.Protocol;

/// <summary>The client's end of the lane to one node.</summary>
internal sealed class NodeLink(string address, LaneSettings settings)
{
    private const int FirstHelloMilliseconds = 500;
    private const int LongestHelloMilliseconds = 4000;

    private int _helloMilliseconds = FirstHelloMilliseconds;

    /// <summary>host:port.</summary>
    public string Address { get; } = address;

    public LaneOutbox Outbox { get; } = new(settings);

    public LaneInbox Inbox { get; } = new();

    /// <summary>The other end, once it has welcomed this one.</summary>
    public IActorRef? Remote { get; set; }

    /// <summary>Drawn for each hello.</summary>
    public ulong Session { get; private set; }

    public long LastHeard { get; set; }

    public long LastSent { get; set; }

    /// <summary>While closed: when to say hello again.</summary>
    public long NextHello { get; private set; }

    /// <summary>It said that it cannot serve: others are asked first until then.</summary>
    public long AvoidUntil { get; set; }

    public bool IsOpen => Outbox.IsOpen;

    /// <summary>A hello goes out; the next one, if nobody answers, later each time.</summary>
    public void Offer(ulong session, long now)
    {
        Session = session;
        NextHello = now + _helloMilliseconds;
        _helloMilliseconds = Math.Min(2 * _helloMilliseconds, LongestHelloMilliseconds);
    }

    /// <summary>The node has welcomed the present session.</summary>
    public void Open(IActorRef? remote, long now)
    {
        (Remote, LastHeard, LastSent, AvoidUntil, _helloMilliseconds) = (remote, now, now, 0, FirstHelloMilliseconds);
        Outbox.Open(Session);
        Inbox.Open(Session);
    }

    /// <summary>Ends the session.</summary>
    /// <returns>The numbers of what did not leave.</returns>
    public IReadOnlyList<ulong> Close(long now)
    {
        NextHello = now + _helloMilliseconds;
        return Outbox.Close();
    }
}
