namespace AkkaKv.Cli;

/// <summary>What happens in a local cluster, told to its user. Called from any thread.</summary>
internal interface IDevReport
{
    void State(NodePlan node, string state);

    void Ready(DevPlan plan, IReadOnlyList<LocalNode> nodes);

    void Ended(LocalNode node, NodeEnd end, bool willRestart);

    void Restarted(LocalNode node);

    void Stopping();

    void Stopped();
}
