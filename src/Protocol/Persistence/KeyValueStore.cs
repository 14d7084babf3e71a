using System.Collections.Immutable;
using Akka.Actor;

namespace AkkaKv.Protocol;

/// <summary>The way into the cluster, as the persistence plugin needs it: whatever is answered is returned, failures included.</summary>
internal interface IKeyValueStore
{
    /// <summary>Sends one request.</summary>
    Task<ClientReply> SendAsync(ClientRequest request, CancellationToken cancellationToken);

    /// <summary>Reads several keys; the replies are in their order.</summary>
    Task<ImmutableArray<ClientReply>> ReadAsync(MultiGet gets, CancellationToken cancellationToken);
}

/// <summary>Through a client, from any actor system.</summary>
internal sealed class ClientStore(AkkaKvClient client) : IKeyValueStore
{
    /// <inheritdoc/>
    public Task<ClientReply> SendAsync(ClientRequest request, CancellationToken cancellationToken) => client.SendAsync(request, cancellationToken);

    /// <inheritdoc/>
    public async Task<ImmutableArray<ClientReply>> ReadAsync(MultiGet gets, CancellationToken cancellationToken) =>
        (await client.MultiGetAsync(gets, cancellationToken).ConfigureAwait(false)).Replies;
}

/// <summary>Through the router of the node that this actor system belongs to.</summary>
internal sealed class RouterStore(ActorSystem system, string path) : IKeyValueStore
{
    /// <summary>The router answers before; only one that is not there does not.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly ActorSelection _router = system.ActorSelection(path);

    /// <inheritdoc/>
    public Task<ClientReply> SendAsync(ClientRequest request, CancellationToken cancellationToken) =>
        AskAsync(request, request.Timeout, cancellationToken);

    /// <inheritdoc/>
    public async Task<ImmutableArray<ClientReply>> ReadAsync(MultiGet gets, CancellationToken cancellationToken) =>
        await AskAsync(gets, gets.Timeout, cancellationToken).ConfigureAwait(false) switch
        {
            MultiReply reply => reply.Replies,
            RequestFailure failure => [.. gets.Gets.Select(ClientReply (_) => failure)],
            var other => throw new InvalidOperationException($"{other.GetType().Name} is no answer to a read of several keys."),
        };

    private async Task<ClientReply> AskAsync(IProtocolMessage request, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await _router.Ask<ClientReply>(request, timeout + Grace, cancellationToken).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return new NotReady($"its router {path} did not answer");
        }
    }
}
