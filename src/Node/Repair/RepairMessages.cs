using AkkaKv.Protocol;

namespace AkkaKv.Node;

// What the parts of repair say to each other, within a node and between nodes (RepairSerializer). A job is an entity of cluster sharding; orders
// reach it through the shard region, wherever it is.

/// <summary>Selects the <see cref="RepairSerializer"/>.</summary>
internal interface IRepairMessage;

/// <summary>What an order wants. The numbers are on the wire.</summary>
internal enum RepairVerb
{
    /// <summary>That the job is there.</summary>
    Touch = 0,

    /// <summary>A <see cref="RepairShown"/>.</summary>
    Show = 1,

    /// <summary>A full round as soon as there is a place.</summary>
    Start = 2,

    /// <summary>Nothing more, until it is resumed.</summary>
    Pause = 3,

    /// <summary>That it goes on.</summary>
    Resume = 4,

    /// <summary>That a range of collapsed hints is compared.</summary>
    HintedRange = 5,
}

/// <summary>An order to the job of a partition. All but a touch and a hinted range are answered by a <see cref="RepairShown"/>.</summary>
internal sealed record RepairOrder(int Partition, RepairVerb Verb) : IRepairMessage
{
    /// <summary>The holder of the hints and whom they are for.</summary>
    public RepairPair HintedRange { get; init; }
}

/// <summary>How a job stands.</summary>
/// <param name="Job">Its state.</param>
/// <param name="WaitingFor">What it waits for, for people; empty if for nothing.</param>
internal sealed record RepairShown(RepairJob Job, string WaitingFor) : IRepairMessage;

/// <summary>A job tells an owner to compare itself with another. Answered by <see cref="ExchangeDone"/>.</summary>
/// <param name="Number">The job's number.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Peer">The other.</param>
internal sealed record ExchangeOrder(long Number, int Partition, ReplicaId Peer) : IRepairMessage;

/// <summary>How a comparison went.</summary>
internal sealed record ExchangeDone(long Number, ExchangeReport Report) : IRepairMessage;

/// <summary>A job asks for a place among those at work, or to keep the one it has. Answered by <see cref="PlaceGranted"/> if it has it.</summary>
internal sealed record PlaceWanted(int Partition, long Urgency, bool IsHolder) : IRepairMessage;

/// <summary>The job has a place, for as long as it goes on asking.</summary>
internal sealed record PlaceGranted(int Partition) : IRepairMessage;

/// <summary>The job does not need its place any more.</summary>
internal sealed record PlaceReturned(int Partition) : IRepairMessage;
