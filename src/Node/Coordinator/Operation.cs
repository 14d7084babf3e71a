using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>One client request under way at its coordinator. A small state machine; its handlers stand in protocol order.</summary>
internal abstract class Operation
{
    /// <summary>An operation that has not begun.</summary>
    protected Operation(Coordinator coordinator, ulong ticket, Ring ring, long deadline)
    {
        Coordinator = coordinator;
        Ticket = ticket;
        Ring = ring;
        Deadline = deadline;
    }

    /// <summary>Who the request's answer belongs to.</summary>
    public ulong Ticket { get; }

    /// <summary>Monotonic milliseconds.</summary>
    public long Deadline { get; }

    /// <summary>False once it is answered. Its coordinator's.</summary>
    public bool IsUnderWay { get; set; } = true;

    /// <summary>Numbers of the questions that are open: a few. Its coordinator's.</summary>
    public List<ulong> Asks { get; } = new(4);

    /// <summary>The ring by which the request runs to its end.</summary>
    protected Ring Ring { get; }

    /// <summary>Its way to replicas and client.</summary>
    protected Coordinator Coordinator { get; }

    /// <summary>Takes the first step.</summary>
    public abstract void Begin();

    /// <summary>A replica has answered, or cannot.</summary>
    public abstract void Answer(ReplicaId from, ReplicaReply reply);

    /// <summary>Answers have been outstanding for longer than usual.</summary>
    public virtual void Late()
    {
    }

    /// <summary>The time is up.</summary>
    public abstract ClientReply TimedOut();

    /// <summary>Answers the client; nothing after it counts.</summary>
    protected void Finish(ClientReply reply) => Coordinator.Finish(this, reply);
}
