using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;

namespace AkkaKv.Protocol;

/// <summary>
/// Akka.Persistence in AkkaKv: the journal <c>akka.persistence.journal.akkakv</c> and the snapshot store
/// <c>akka.persistence.snapshot-store.akkakv</c>. See docs/persistence.md.
/// </summary>
/// <example>
/// <code>
/// builder.AddHocon(AkkaKvPersistence.ConfigFor("10.0.0.1:4053", "10.0.0.2:4053"), HoconAddMode.Prepend)
/// </code>
/// </example>
public sealed class AkkaKvPersistence : IExtension
{
    /// <summary>The journal's name in the configuration.</summary>
    public const string JournalId = "akka.persistence.journal.akkakv";

    /// <summary>The snapshot store's name in the configuration.</summary>
    public const string SnapshotStoreId = "akka.persistence.snapshot-store.akkakv";

    private readonly ExtendedActorSystem _system;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, IKeyValueStore> _stores = new(StringComparer.Ordinal);

    private AkkaKvPersistence(ExtendedActorSystem system) => _system = system;

    /// <summary>The reference configuration: every key, its default and its reason. It makes nothing the default plugin.</summary>
    public static Config DefaultConfig() =>
        ConfigurationFactory.FromResource("AkkaKv.Protocol.persistence.conf", typeof(AkkaKvPersistence).Assembly);

    /// <summary>The configuration of an application that keeps all its events and snapshots in AkkaKv.</summary>
    /// <param name="contacts">host:port (the Akka port) of some nodes; none where a client is given in code (<see cref="AkkaKvPersistenceSetup"/>).</param>
    public static Config ConfigFor(params string[] contacts) => ConfigurationFactory.ParseString($$"""
        akka.persistence {
          journal.plugin = "{{JournalId}}"
          snapshot-store.plugin = "{{SnapshotStoreId}}"
          akkakv.contacts = [{{string.Join(", ", contacts.Select(contact => $"\"{contact}\""))}}]
        }
        """).WithFallback(DefaultConfig());

    /// <summary>What journals and snapshot stores of one actor system share.</summary>
    internal static AkkaKvPersistence Of(ActorSystem system) => (AkkaKvPersistence)system.RegisterExtension(Provider.Instance);

    /// <summary>The way into the cluster that a plugin is configured for. Clients are shared by all that name the same contacts.</summary>
    internal IKeyValueStore StoreFor(PersistenceSettings settings)
    {
        if (settings.Router.Length > 0) return new RouterStore(_system, settings.Router);
        if (_system.Settings.Setup.Get<AkkaKvPersistenceSetup>() is { HasValue: true, Value: var setup }) return setup.Store;
        if (settings.Contacts.IsEmpty)
            throw new ConfigurationException("Name some nodes in akka.persistence.akkakv.contacts, or inside a node its router in akka.persistence.akkakv.router.");
        lock (_lock)
        {
            var name = string.Join(',', settings.Contacts);
            if (_stores.TryGetValue(name, out var store)) return store;
            var isRemote = _system.Provider is Akka.Remote.IRemoteActorRefProvider;
            var client = isRemote ? AkkaKvClient.Create(_system, settings.Contacts) : AkkaKvClient.Connect([.. settings.Contacts]);
            if (!isRemote) _system.RegisterOnTermination(() => client.DisposeAsync().AsTask().GetAwaiter().GetResult());
            return _stores[name] = new ClientStore(client);
        }
    }

    private sealed class Provider : ExtensionIdProvider<AkkaKvPersistence>
    {
        public static Provider Instance { get; } = new();

        public override AkkaKvPersistence CreateExtension(ExtendedActorSystem system) => new(system);
    }
}

/// <summary>Gives the persistence plugin a client that the application has already. It is not disposed with the actor system.</summary>
public sealed class AkkaKvPersistenceSetup : Setup
{
    /// <summary>With the client.</summary>
    public AkkaKvPersistenceSetup(AkkaKvClient client)
        : this(new ClientStore(client))
    {
    }

    /// <summary>With any way into a cluster.</summary>
    internal AkkaKvPersistenceSetup(IKeyValueStore store) => Store = store;

    /// <summary>The way into the cluster.</summary>
    internal IKeyValueStore Store { get; }
}
