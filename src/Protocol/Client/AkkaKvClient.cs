using System.Text;
using Akka.Actor;
using Akka.Configuration;

namespace AkkaKv.Protocol;

/// <summary>
/// Puts and gets from outside the cluster, over Akka.Remote. It learns the ring from any node it is given and goes straight to the owners
/// of a key; when one is lost, refuses or does not answer, it goes to the next and sends what was under way again, a write marked as a
/// repetition, so that it takes effect once. Safe for any number of threads.
/// </summary>
/// <remarks>
/// What is passed is copied before a call returns. Requests that nodes have are bounded (<see cref="AkkaKvClientOptions.RequestsInFlight"/>),
/// and so are those that wait for that (<see cref="AkkaKvClientOptions.RequestsWaiting"/>): whoever awaits answers is slowed down, whoever
/// does not is told <see cref="Overloaded"/>. Cancelling ends the wait, not the request: a write may still take effect.
/// </remarks>
/// <example>
/// <code>
/// await using var kv = AkkaKvClient.Connect("127.0.0.1:4053", "127.0.0.1:4054");
/// await kv.PutAsync("name", "john");
/// Found? found = await kv.GetAsync("name");
/// </code>
/// </example>
public sealed partial class AkkaKvClient : IAsyncDisposable
{
    private readonly ActorSystem? _owned;
    private readonly IActorRef _actor;
    private readonly AkkaKvClientOptions _options;
    private readonly ClientIntake _intake;
    private readonly WriteIdSource _writeIds = new();

    private AkkaKvClient(ActorSystem system, ActorSystem? owned, IReadOnlyList<string> contacts, AkkaKvClientOptions options)
    {
        if (contacts.Count == 0) throw new ArgumentException("Name at least one node as host:port.", nameof(contacts));
        _owned = owned;
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RequestsInFlight, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.RequestsWaiting, nameof(options));
        _options = options;
        _intake = new ClientIntake(options.RequestsInFlight + options.RequestsWaiting);
        var serializer = new ProtocolSerializer((ExtendedActorSystem)system);
        system.Serialization.AddSerializer("akkakv-protocol", serializer);
        system.Serialization.AddSerializationMap(typeof(IProtocolMessage), serializer);
        _actor = system.ActorOf(ClientActor.Props(contacts, options, _intake));
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
        PutAsync(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), cancellationToken);

    /// <summary>Stores bytes.</summary>
    /// <exception cref="AkkaKvException">They were not stored, or it is not known whether they were.</exception>
    public Task<Written> PutAsync(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        key.Length is 0 or > KeyLimits.MaximumBytes
            ? PutAsync(new Put(key, value), cancellationToken)
            : Begin<Written>(
                MessageKind.Put, RequestEncoder.Put(key.Span, value.Span, _writeIds.Next()), Token.Of(key.Span), null, true, cancellationToken)!;

    /// <summary>Stores a value as the request says: context, W, condition.</summary>
    /// <exception cref="AkkaKvException">It was not stored, or it is not known whether it was.</exception>
    public Task<Written> PutAsync(Put put, CancellationToken cancellationToken = default) => BeginAsync<Written>(put, true, cancellationToken)!;

    /// <summary>Reads a key; null if it has no value.</summary>
    /// <exception cref="AkkaKvException">It could not be read.</exception>
    public Task<Found?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        GetAsync(Encoding.UTF8.GetBytes(key), cancellationToken);

    /// <inheritdoc cref="GetAsync(string,CancellationToken)"/>
    public Task<Found?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken = default) =>
        key.Length is 0 or > KeyLimits.MaximumBytes
            ? GetAsync(new Get(key), cancellationToken)
            : Begin<Found>(MessageKind.Get, RequestEncoder.Get(key.Span), Token.Of(key.Span), null, true, cancellationToken);

    /// <summary>Reads a key as the request says: R, floor, strict; null if it has no value.</summary>
    /// <exception cref="AkkaKvException">It could not be read.</exception>
    public Task<Found?> GetAsync(Get get, CancellationToken cancellationToken = default) => BeginAsync<Found>(get, true, cancellationToken);

    /// <summary>Removes a key's value, if it has one.</summary>
    /// <exception cref="AkkaKvException">It was not removed, or it is not known whether it was.</exception>
    public Task<Deleted> DeleteAsync(string key, CancellationToken cancellationToken = default) =>
        DeleteAsync(new Delete(key), cancellationToken);

    /// <inheritdoc cref="DeleteAsync(string,CancellationToken)"/>
    public Task<Deleted> DeleteAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken = default) =>
        DeleteAsync(new Delete(key), cancellationToken);

    /// <summary>Removes a key's value as the request says: context, W, condition.</summary>
    /// <exception cref="AkkaKvException">It was not removed, or it is not known whether it was.</exception>
    public Task<Deleted> DeleteAsync(Delete delete, CancellationToken cancellationToken = default) =>
        BeginAsync<Deleted>(delete, true, cancellationToken)!;

    /// <summary>Sends a request and returns whatever is answered, failures included. Cancelling ends the wait, not the request.</summary>
    public Task<ClientReply> SendAsync(ClientRequest request, CancellationToken cancellationToken = default) =>
        BeginAsync<ClientReply>(request, false, cancellationToken)!;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _actor.GracefulStop(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        _intake.Close();
        if (_owned is not null) await _owned.Terminate().ConfigureAwait(false);
    }

    private Task<T?> BeginAsync<T>(ClientRequest request, bool throws, CancellationToken cancellationToken)
        where T : ClientReply
    {
        if (request.Key.Length is 0 or > KeyLimits.MaximumBytes)
            return Failed<T>(new KeyTooLarge(request.Key.Length, KeyLimits.MaximumBytes), throws);
        if (request is WriteRequest { WriteId: null } write) request = write with { WriteId = _writeIds.Next() };
        return Begin<T>(
            ProtocolCodec.KindOf(request), ProtocolCodec.Encode(request), Token.Of(request.Key.Span), request.Timeout, throws, cancellationToken);
    }

    private Task<T?> Begin<T>(
        MessageKind kind, byte[] body, Token token, TimeSpan? timeout, bool throws, CancellationToken cancellationToken)
        where T : ClientReply
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T?>(cancellationToken);
        if (body.Length > LaneInbox.MaximumMessageBytes) return Failed<T>(new RequestTooLarge(body.Length, LaneInbox.MaximumMessageBytes), throws);
        if (!_intake.TryEnter()) return Failed<T>(new Overloaded(TimeSpan.FromMilliseconds(100)), throws);
        var now = (long)(_options.Time.GetTimestamp() * (1000.0 / _options.Time.TimestampFrequency));
        var request = new UnderWay<T>(kind, body, token, now + (long)(timeout ?? _options.Timeout).TotalMilliseconds, throws);
        request.CancelWith(cancellationToken);
        _intake.Add(request, _actor);
        return request.Task;
    }

    private static Task<T?> Failed<T>(RequestFailure failure, bool throws)
        where T : ClientReply =>
        throws ? Task.FromException<T?>(new AkkaKvException(failure)) : Task.FromResult(failure as T);
}
