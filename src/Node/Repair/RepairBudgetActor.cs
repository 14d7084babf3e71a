using Akka.Actor;

namespace AkkaKv.Node;

/// <summary>The cluster singleton that holds the <see cref="RepairBudget"/>. Without it no job begins a comparison, and nothing else is missed.</summary>
internal sealed class RepairBudgetActor : ReceiveActor
{
    /// <summary>The budget, where it is now.</summary>
    public RepairBudgetActor(NodeState node)
    {
        var settings = node.Settings.RepairJobs;
        var budget = new RepairBudget(settings.Places, (long)settings.Lease.TotalMilliseconds, Monotonic.Milliseconds(node.Time));
        Receive<PlaceWanted>(wanted =>
        {
            if (budget.Ask(wanted.Partition, wanted.Urgency, wanted.IsHolder, Monotonic.Milliseconds(node.Time)))
                Sender.Tell(new PlaceGranted(wanted.Partition));
        });
        Receive<PlaceReturned>(returned => budget.Return(returned.Partition));
    }

    /// <summary>How to create one.</summary>
    public static Props Props(NodeState node) => Akka.Actor.Props.Create(() => new RepairBudgetActor(node));
}
