using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>A request as a client sent it to one node, and what that node's router made of it.</summary>
internal sealed class Call
{
    public required ClientRequest Request { get; init; }

    /// <summary>The write, if it is one.</summary>
    public ClientWrite? Write { get; init; }

    /// <summary>What the client has seen, where it sent a context.</summary>
    public DotSet Floor { get; init; }

    /// <summary>The context is of another key, or nobody's.</summary>
    public bool HasWrongContext { get; init; }

    public string Key => Encoding.UTF8.GetString(Request.Key.Span);

    public List<Attempt> Attempts { get; } = [];

    public ClientReply? Reply { get; set; }

    /// <summary>True once the client was told that nothing was written.</summary>
    public bool IsRefused => Reply is RequestFailure and not RequestTimeout;

    public override string ToString() => $"{Request.GetType().Name} {Key}{(Write is null ? "" : $" ({Write})")}";
}

/// <summary>A call in the hands of one coordinator.</summary>
internal sealed class Attempt
{
    public Attempt(Call call, ClientRequest request, SimNode node)
    {
        Call = call;
        Request = request;
        Node = node;
    }

    public Call Call { get; }

    public ClientRequest Request { get; }

    public SimNode Node { get; }

    /// <summary>Who answered its reads, and what each knew; null for one that has no copy.</summary>
    public Dictionary<SimNode, DotSet?> Answers { get; } = [];

    /// <summary>What must be seen by it, if only owners answer.</summary>
    public DotSet Promised { get; set; }

    /// <summary>What its writer has seen, from the moment the replica was asked for a dot.</summary>
    public DotSet Past { get; set; }

    /// <summary>True from then on: what is read later does not count.</summary>
    public bool HasAskedForDot { get; set; }

    /// <summary>What the record knew that its own replica made for it; null before.</summary>
    public DotSet? Made { get; set; }

    public bool IsFinished { get; set; }

    /// <summary>What the answers together know.</summary>
    public DotSet Read => Answers.Values.Aggregate(DotSet.Empty, (all, some) => all.Union(some ?? DotSet.Empty));

    public override string ToString() => $"{Call} at {Node}";
}
