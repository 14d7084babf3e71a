namespace AkkaKv.Simulation.Tests;

/// <summary>A cluster for many seeds.</summary>
/// <param name="Nodes">How many nodes; they belong to the data centres by turns.</param>
/// <param name="Replicas">N of each data centre.</param>
/// <param name="WriteQuorum">W where a request does not say.</param>
/// <param name="ReadQuorum">R where a request does not say.</param>
/// <param name="DataCenters">How many data centres.</param>
internal sealed record ClusterShape(int Nodes, int Replicas, int WriteQuorum, int ReadQuorum, int DataCenters = 1);
