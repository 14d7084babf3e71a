using AkkaKv.Node;

namespace AkkaKv.Cli;

/// <summary>A node with its own actor system inside this process.</summary>
internal sealed class EmbeddedNode : LocalNode
{
    private readonly AkkaKvNode _node;

    private EmbeddedNode(NodePlan plan, AkkaKvNode node)
        : base(plan)
    {
        _node = node;
        Ended = DescribeEndAsync(node);
    }

    public override int ProcessId => Environment.ProcessId;

    public override Task<NodeEnd> Ended { get; }

    /// <exception cref="NodeStartException">The node cannot start.</exception>
    public static async Task<LocalNode> StartAsync(NodePlan plan, CancellationToken cancellationToken) =>
        new EmbeddedNode(plan, await AkkaKvNode.StartAsync(NodeSettings.FromFile(plan.ConfigPath), cancellationToken));

    public override async Task StopAsync() => await _node.DisposeAsync();

    private static async Task<NodeEnd> DescribeEndAsync(AkkaKvNode node)
    {
        try
        {
            await node.WhenStopped;
            return new NodeEnd(null, "has stopped");
        }
        catch (NodeStartException refusal)
        {
            return new NodeEnd(null, "was refused: " + refusal.Message);
        }
    }
}
