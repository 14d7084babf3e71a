using System.Globalization;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

/// <summary>A client of the shared cluster for the actor systems of a class's tests, which keep their events there.</summary>
public sealed class PersistenceClient : IAsyncLifetime
{
    private readonly SharedCluster _shared;
    private AkkaKvClient? _client;

    public PersistenceClient(SharedCluster shared) => _shared = shared;

    internal string Contact => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_shared.Cluster[0].Port}");

    public Task InitializeAsync()
    {
        _client = AkkaKvClient.Connect([Contact], new AkkaKvClientOptions { Timeout = Eventually.Limit });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _client!.DisposeAsync();

    /// <summary>An application: an actor system without remoting of its own.</summary>
    internal ActorSystem CreateSystem(string hocon = "") => ActorSystem.Create("application", ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(hocon + "\n" + """
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              test.single-expect-default = 30s
            }
            """).WithFallback(AkkaKvPersistence.ConfigFor())),
        new AkkaKvPersistenceSetup(_client!)));
}
