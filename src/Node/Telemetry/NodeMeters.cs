using System.Diagnostics.Metrics;

namespace AkkaKv.Node;

/// <summary>What a node counts and measures, under the meter <see cref="Name"/>; each instrument is tagged with the node's name.</summary>
internal sealed class NodeMeters : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "AkkaKv.Node";

    private readonly Meter _meter;

    /// <summary>The instruments of a node.</summary>
    public NodeMeters(string node) => _meter = new Meter(Name, version: null, tags: [new("node", node)]);

    /// <summary>For parts that run without a node.</summary>
    public static NodeMeters Unobserved { get; } = new("");

    /// <summary>Requests that were refused because this node's clock is off.</summary>
    public Counter<long> ClockRefusals => field ??= _meter.CreateCounter<long>(
        "akkakv.clock.refusals", "{request}", "Requests refused because this node's clock is too far off its peers'");

    /// <summary>Stamps of peers that were too far ahead to follow.</summary>
    public Counter<long> StampsNotFollowed => field ??= _meter.CreateCounter<long>(
        "akkakv.clock.stamps_not_followed", "{stamp}", "Hybrid timestamps of peers more than 1 s ahead of this node's clock");

    /// <summary>Writes that left more siblings than is healthy.</summary>
    public Counter<long> SiblingWarnings => field ??= _meter.CreateCounter<long>(
        "akkakv.siblings.warnings", "{write}", "Writes after which the key was near its limit of siblings or of bytes");

    /// <summary>Writes that were refused because the key is at its limit of siblings or bytes.</summary>
    public Counter<long> SiblingRefusals => field ??= _meter.CreateCounter<long>(
        "akkakv.siblings.refusals", "{write}", "Writes refused because the key is at its limit of siblings or of bytes");

    /// <summary>Requests that were refused because the node had enough.</summary>
    public Counter<long> Overloads => field ??= _meter.CreateCounter<long>(
        "akkakv.requests.refused", "{request}", "Client requests refused because the node had as many as it could answer soon");

    /// <summary>Values that compaction dropped.</summary>
    public Counter<long> ValuesDropped => field ??= _meter.CreateCounter<long>(
        "akkakv.expiry.values_dropped", "{value}", "Values that compaction dropped after they had expired");

    /// <summary>By how much signs of life come late.</summary>
    public Histogram<long> HeartbeatLateness => field ??= _meter.CreateHistogram<long>(
        "akkakv.heartbeat.lateness", "ms", "Time beyond the interval between two signs of life of a member: sender, network and receiver together");

    /// <summary>Verdicts on members that became others, tagged with the new one.</summary>
    public Counter<long> LivenessChanges => field ??= _meter.CreateCounter<long>(
        "akkakv.liveness.changes", "{verdict}", "Members that became up, suspected or down, as this node judges");

    /// <summary>Nodes that this one has removed from the Akka cluster.</summary>
    public Counter<long> Downings => field ??= _meter.CreateCounter<long>(
        "akkakv.downing.removed", "{node}", "Nodes that this one has removed from the Akka cluster");

    /// <summary>Actor systems that this node has made anew.</summary>
    public Counter<long> Rejoins => field ??= _meter.CreateCounter<long>(
        "akkakv.rejoins", "{rejoin}", "Times that this node was shut out of the Akka cluster and made its actor system anew");

    /// <summary>Shows how many members are up, suspected and down, from now on.</summary>
    public void Watch(Liveness liveness) => _meter.CreateObservableGauge(
        "akkakv.liveness.members",
        () => Enum.GetValues<StandingKind>().Select(kind => new Measurement<int>(
            liveness.Standings.Count(standing => standing.Kind == kind), new KeyValuePair<string, object?>("verdict", kind.ToString().ToLowerInvariant()))),
        "{member}", "Other members of the ring by this node's verdict");

    /// <summary>Exchanges that ended, by their outcome.</summary>
    public Counter<long> Exchanges => field ??= _meter.CreateCounter<long>(
        "akkakv.repair.exchanges", "{exchange}", "Comparisons of a partition with another owner, by outcome");

    /// <summary>Keys that differed.</summary>
    public Counter<long> Differences => field ??= _meter.CreateCounter<long>(
        "akkakv.repair.differences", "{key}", "Keys of which exchanges found different records");

    /// <summary>Records that exchanges sent and fetched, by direction.</summary>
    public Counter<long> RepairedRecords => field ??= _meter.CreateCounter<long>(
        "akkakv.repair.records", "{record}", "Records that exchanges sent or fetched");

    /// <summary>Bytes that exchanges sent and received, by direction.</summary>
    public Counter<long> RepairBytes => field ??= _meter.CreateCounter<long>(
        "akkakv.repair.io", "By", "Bytes of messages that exchanges sent or received");

    /// <summary>Leaves of hash trees that did not fit the rows and were not known to be in doubt.</summary>
    public Counter<long> LeavesCorrected => field ??= _meter.CreateCounter<long>(
        "akkakv.repair.leaves_corrected", "{leaf}", "Leaves of hash trees that a check found to differ from the rows");

    /// <summary>Shows how long ago the partition was compared that waits longest, from now on.</summary>
    public void Watch(RepairLog repairs) => _meter.CreateObservableGauge(
        "akkakv.repair.oldest_exchange", () => repairs.OldestSeconds, "s", "Time since the last whole comparison of the partition that waits longest");

    /// <summary>Shows how far the node's clock is off, from now on.</summary>
    public void Watch(ClockWatch clocks) => _meter.CreateObservableGauge(
        "akkakv.clock.lead", () => clocks.LeadMilliseconds, "ms", "How far this node's clock is ahead of the median of its peers'");

    /// <summary>Shows how many requests the node has and takes, from now on.</summary>
    public void Watch(Admission admission)
    {
        _meter.CreateObservableGauge("akkakv.requests.active", () => admission.Count, "{request}", "Client requests that this node has taken and not answered");
        _meter.CreateObservableGauge("akkakv.requests.limit", () => admission.Limit, "{request}", "Client requests that this node takes at a time now");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
