using Akka.Actor;
using Akka.Configuration;

namespace AkkaKv.Protocol;

/// <summary>
/// Puts and gets from outside the cluster, over Akka.Remote. Any node answers; when one is lost the client goes to the next and sends what
/// was under way again, marked as a repetition, so that it takes effect once. Safe for any number of threads.
/// </summary>
/// <example>
/// <code>
/// await using var kv = AkkaKvClient.Connect("127.0.0.1:4053", "127.0.0.1:4054");
/// await kv.PutAsync("name", "john");
/// Found? found = await kv.GetAsync("name");
/// </code>
/// </example>
public sealed class AkkaKvClient : IAsyncDisposable
{
    private readonly ActorSystem? _owned;
    private readonly IActorRef _actor;
    private readonly AkkaKvClientOptions _options;
    private readonly WriteIdSource _writeIds = new();

    private AkkaKvClient(ActorSystem system, ActorSystem? owned, IReadOnlyList<string> contacts, AkkaKvClientOptions options)
    {
        if (contacts.Count == 0) throw new ArgumentException("Name at least one node as host:port.", nameof(contacts));
        _owned = owned;
        _options = options;
        var serializer = new ProtocolSerializer((ExtendedActorSystem)system);
        system.Serialization.AddSerializer("akkakv-protocol", serializer);
        system.Serialization.AddSerializationMap(typeof(IProtocolMessage), serializer);
        _actor = system.ActorOf(ClientActor.Props(contacts, options));
    }

    /// <summary>A client with an actor system of its own, on a free port of the loopback interface.</summary>
    /// <param name="contacts">host:port (the Akka port) of some nodes.</param>
    public static AkkaKvClient Connect(params string[] contacts) => Connect(contacts, new AkkaKvClientOptions());

    /// <summary>A client with an actor system of its own.</summary>
    /// <param name="contacts">host:port (the Akka port) of some nodes.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="host">The address under which the nodes reach this process.</param>
    public static AkkaKvClient Connect(IReadOnlyList<string> contacts, AkkaKvClientOptions options, string host = "127.0.0.1")
    {
        var system = ActorSystem.Create("akkakv-client", ConfigurationFactory.ParseString($$"""
            akka {
              actor.provider = remote
              loglevel = WARNING
              stdout-loglevel = OFF
              remote {
                retry-gate-closed-for = 1s
                log-remote-lifecycle-events = off
                dot-netty.tcp {
                  hostname = "{{host}}"
                  port = 0
                }
              }
            }
            """));
        try
        {
            return new AkkaKvClient(system, system, contacts, options);
        }
        catch
        {
            system.Dispose();
            throw;
        }
    }

    /// <summary>A client in an actor system that is there already and has remoting; it is left running when the client is disposed.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="contacts">host:port (the Akka port) of some nodes.</param>
    /// <param name="options">How it behaves; null for the defaults.</param>
    public static AkkaKvClient Create(ActorSystem system, IReadOnlyList<string> contacts, AkkaKvClientOptions? options = null) =>
        new(system, null, contacts, options ?? new AkkaKvClientOptions());

    /// <summary>Stores text, as UTF-8.</summary>
    /// <exception cref="AkkaKvException">It was not stored, or it is not known whether it was.</exception>
    public Task<Written> PutAsync(string key, string value, CancellationToken cancellationToken = default) =>
        PutAsync(new Put(key, value), cancellationToken);

    /// <summary>Stores bytes.</summary>
    /// <exception cref="AkkaKvException">They were not stored, or it is not known whether they were.</exception>
    public Task<Written> PutAsync(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        PutAsync(new Put(key, value), cancellationToken);

    /// <summary>Stores a value as the request says: context, W, condition.</summary>
    /// <exception cref="AkkaKvException">It was not stored, or it is not known whether it was.</exception>
    public async Task<Written> PutAsync(Put put, CancellationToken cancellationToken = default) =>
        (Written)Succeeded(await SendAsync(put, cancellationToken).ConfigureAwait(false));

    /// <summary>Reads a key; null if it has no value.</summary>
    /// <exception cref="AkkaKvException">It could not be read.</exception>
    public Task<Found?> GetAsync(string key, CancellationToken cancellationToken = default) => GetAsync(new Get(key), cancellationToken);

    /// <inheritdoc cref="GetAsync(string,CancellationToken)"/>
    public Task<Found?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken = default) =>
        GetAsync(new Get(key), cancellationToken);

    /// <summary>Reads a key as the request says: R, floor, strict; null if it has no value.</summary>
    /// <exception cref="AkkaKvException">It could not be read.</exception>
    public async Task<Found?> GetAsync(Get get, CancellationToken cancellationToken = default) =>
        Succeeded(await SendAsync(get, cancellationToken).ConfigureAwait(false)) as Found;

    /// <summary>Removes a key's value, if it has one.</summary>
    /// <exception cref="AkkaKvException">It was not removed, or it is not known whether it was.</exception>
    public Task<Deleted> DeleteAsync(string key, CancellationToken cancellationToken = default) =>
        DeleteAsync(new Delete(key), cancellationToken);

    /// <inheritdoc cref="DeleteAsync(string,CancellationToken)"/>
    public Task<Deleted> DeleteAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken = default) =>
        DeleteAsync(new Delete(key), cancellationToken);

    /// <summary>Removes a key's value as the request says: context, W, condition.</summary>
    /// <exception cref="AkkaKvException">It was not removed, or it is not known whether it was.</exception>
    public async Task<Deleted> DeleteAsync(Delete delete, CancellationToken cancellationToken = default) =>
        (Deleted)Succeeded(await SendAsync(delete, cancellationToken).ConfigureAwait(false));

    /// <summary>Sends a request and returns whatever is answered, failures included. Cancelling ends the wait, not the request.</summary>
    public async Task<ClientReply> SendAsync(ClientRequest request, CancellationToken cancellationToken = default)
    {
        if (request is WriteRequest { WriteId: null } write) request = write with { WriteId = _writeIds.Next() };
        var completion = new TaskCompletionSource<ClientReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _actor.Tell(new ClientActor.Begin(request, request.Timeout ?? _options.Timeout, completion));
        return await completion.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _actor.GracefulStop(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        if (_owned is not null) await _owned.Terminate().ConfigureAwait(false);
    }

    private static ClientReply Succeeded(ClientReply reply) => reply is RequestFailure failure ? throw new AkkaKvException(failure) : reply;
}
