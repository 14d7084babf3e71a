namespace AkkaKv.Node.Tests;

/// <summary>One cluster of three nodes for all tests that only talk to it; each uses keys of its own.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    public const string Name = "a running cluster";

    private TestCluster? _cluster;

    internal TestCluster Cluster => _cluster!;

    internal KvHttp Http => Cluster.Http;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}

[CollectionDefinition(SharedCluster.Name)]
public sealed class SharedClusterTests : ICollectionFixture<SharedCluster>;
