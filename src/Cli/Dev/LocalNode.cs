namespace AkkaKv.Cli;

/// <summary>One running node of a local cluster.</summary>
internal abstract class LocalNode
{
    protected LocalNode(NodePlan plan) => Plan = plan;

    public NodePlan Plan { get; }

    public abstract int ProcessId { get; }

    /// <summary>Completes when the node has ended, for whatever reason, with how it ended in words.</summary>
    public abstract Task<NodeEnd> Ended { get; }

    /// <summary>Stops cleanly, and returns when the node has ended.</summary>
    public abstract Task StopAsync();
}

/// <param name="ExitCode">Of the process; null for a node inside this one.</param>
/// <param name="Reason">In words, to follow the node's name.</param>
internal readonly record struct NodeEnd(int? ExitCode, string Reason);
