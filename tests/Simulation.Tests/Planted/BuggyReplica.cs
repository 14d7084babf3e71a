namespace AkkaKv.Simulation.Tests;

/// <summary>A replica with the run's planted bug.</summary>
internal sealed class BuggyReplica : SimReplica
{
    public BuggyReplica(SimNode node)
        : base(node)
    {
    }

    public override Row? Held(string key)
    {
        if (Simulation.Bug == PlantedBug.DotForgotten && Simulation.Chance.Of(0.1)) Lose(key);
        return base.Held(key);
    }

    protected override WriteOutcome Mint(Record? held, MintRequest request)
    {
        switch (Simulation.Bug)
        {
            case PlantedBug.BlindWriteSupersedesNothing:
                return base.Mint(held, request with { IsBlind = false });
            case PlantedBug.ContextSupersedesAll:
                return base.Mint(held, request with { IsBlind = true });
            default:
                return base.Mint(held, request);
        }
    }

    protected override WriteOutcome Merge(Record? held, Record incoming)
    {
        var merged = base.Merge(held, incoming);
        return Simulation.Bug == PlantedBug.SiblingsDropped && merged.Record is { Siblings.Length: > 1 } record
            ? merged with { Record = new Record(record.Vector, [record.Siblings.MaxBy(sibling => sibling.Timestamp)!]) }
            : merged;
    }

    protected override void Append(string key, Row? row, Action synced)
    {
        switch (Simulation.Bug)
        {
            case PlantedBug.AcknowledgedAndDropped when Simulation.Chance.Of(0.1):
                synced();
                break;
            case PlantedBug.AcknowledgedBeforeSync:
                base.Append(key, row, () => { });
                synced();
                break;
            default:
                base.Append(key, row, synced);
                break;
        }
    }
}
