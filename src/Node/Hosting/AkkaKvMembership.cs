namespace AkkaKv.Node;

/// <summary>
/// Tells the host of a node (<see cref="AkkaKvHosting.AddAkkaKv"/>) whether the others have shut it out. The actor system belongs to the
/// host, and perhaps to others in it, so the node makes no new one by itself.
/// </summary>
public sealed class AkkaKvMembership
{
    internal AkkaKvMembership(NodeState node) => WhenShutOut = ReasonAsync(node);

    /// <summary>
    /// Completes, with the reason in words, when the other nodes have removed or quarantined this one, which happens after long partitions.
    /// No data is lost, and requests that this node can answer alone are answered; for everything else the host must be started again.
    /// Until then <c>/health/ready</c> says so too.
    /// </summary>
    public Task<string> WhenShutOut { get; }

    private static async Task<string> ReasonAsync(NodeState node) => (await node.WhenShutOut.ConfigureAwait(false)).Reason;
}
