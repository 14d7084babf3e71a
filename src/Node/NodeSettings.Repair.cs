using System.Numerics;
using Akka.Configuration;

namespace AkkaKv.Node;

/// <summary>How a node compares what it holds with what other owners hold.</summary>
public sealed record RepairSettings
{
    /// <summary>False keeps no trees and compares nothing.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>Each partition that the node owns is compared with the next owner once in this time.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Bytes that the node's exchanges send and receive together.</summary>
    public required long BytesPerSecond { get; init; }

    /// <summary>Bytes of rows that exchanges, theirs and its peers', and checks of leaves read from the stores.</summary>
    public required long ReadBytesPerSecond { get; init; }

    /// <summary>The time in which all leaves are checked against the rows once.</summary>
    public required TimeSpan ScrubInterval { get; init; }

    /// <summary>Binary logarithm of the number of leaves.</summary>
    public required int LeafBits { get; init; }
}

/// <content>Reading them.</content>
public sealed partial record NodeSettings
{
    /// <summary>How the node compares what it holds with what other owners hold.</summary>
    public RepairSettings Repair { get; }

    private static RepairSettings ReadRepair(Config config)
    {
        var leaves = Number(config, "akkakv.repair.leaves", 65536, 1 << LeafDeltas.SliceBits);
        if (!BitOperations.IsPow2(leaves)) throw Wrong("akkakv.repair.leaves", $"is {leaves}; it must be a power of two");
        return new RepairSettings
        {
            IsEnabled = Switch(config, "akkakv.repair.enabled"),
            Interval = Duration(config, "akkakv.repair.interval", TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(30)),
            BytesPerSecond = LongNumber(config, "akkakv.repair.bytes-per-second", 1024, long.MaxValue),
            ReadBytesPerSecond = LongNumber(config, "akkakv.repair.read-bytes-per-second", 65536, long.MaxValue),
            ScrubInterval = Duration(config, "akkakv.repair.scrub-interval", TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)),
            LeafBits = BitOperations.Log2((uint)leaves),
        };
    }
}
