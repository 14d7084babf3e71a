using Akka.Actor;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace AkkaKv.Node;

/// <summary>A whole node in this process: data directory, actor system, HTTP door. Several may run side by side.</summary>
/// <remarks>
/// When the others have shut its actor system out of their cluster, it makes another one under the open stores and doors, and joins again.
/// </remarks>
public sealed class AkkaKvNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly NodeState _node;
    private readonly NodeSystems _systems;
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _stopped;

    private AkkaKvNode(NodeSettings settings, WebApplication app, NodeSystems systems)
    {
        Settings = settings;
        _app = app;
        _systems = systems;
        _node = app.Services.GetRequiredService<NodeState>();
        var listening = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        HttpAddress = new Uri(listening);
        AkkaAddress = ((ExtendedActorSystem)ActorSystem).Provider.DefaultAddress.ToString();
        _stopped = RunAsync();
        WhenStopped = _stopped;
    }

    /// <summary>What belongs to the process.</summary>
    internal NodeState State => _node;

    /// <summary>What it was told at start.</summary>
    public NodeSettings Settings { get; }

    /// <summary>The HTTP door, with its real port.</summary>
    public Uri HttpAddress { get; }

    /// <summary>Where the other nodes and Akka clients reach it, such as <c>akka.tcp://akkakv@127.0.0.1:4053</c>.</summary>
    public string AkkaAddress { get; }

    /// <summary>The node's present actor system; <c>/user/kv</c> takes requests. Another one after it was shut out by the others.</summary>
    public ActorSystem ActorSystem => _systems.Current;

    /// <summary>
    /// Completes when the node has a ring and serves; faults with <see cref="NodeStartException"/> if it must not go on, as on the data
    /// directory of another cluster; is cancelled if the node stops before.
    /// </summary>
    public Task WhenServing => _node.WhenServing;

    /// <summary>Completes when the node has stopped; faults with <see cref="NodeStartException"/> if it stopped because it must not go on.</summary>
    public Task WhenStopped { get; }

    /// <summary>Opens the data directory and the doors. The ring may still be forming when it returns: see <see cref="WhenServing"/>.</summary>
    /// <exception cref="NodeStartException">With the reason and the next step.</exception>
    public static Task<AkkaKvNode> StartAsync(NodeSettings settings, CancellationToken cancellationToken = default) =>
        StartAsync(settings, _ => { }, cancellationToken);

    /// <summary>The same with other parts than its own.</summary>
    internal static async Task<AkkaKvNode> StartAsync(
        NodeSettings settings, Action<IServiceCollection> configure, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders().SetMinimumLevel(settings.LogLevel)
            .AddFilter("Microsoft", Max(settings.LogLevel, LogLevel.Warning))
            // What keeps a node from starting is thrown, in one sentence; the host would print its stack as well.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff "));
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        configure(builder.Services);
        AkkaKvHosting.AddNode(builder.Services, settings);
        builder.WebHost.ConfigureKestrel(kestrel => HttpDoor.Configure(kestrel, settings));

        var app = builder.Build();
        NodeSystems? systems = null;
        try
        {
            app.MapAkkaKv();
            var node = app.Services.GetRequiredService<NodeState>();
            systems = await NodeSystems.StartAsync(node, app.Services.GetRequiredService<ILoggerFactory>(), cancellationToken).ConfigureAwait(false);
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return new AkkaKvNode(settings, app, systems);
        }
        catch (Exception e)
        {
            if (systems is not null) await systems.DisposeAsync().ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
            throw StartFailure(settings, e);
        }
    }

    /// <summary>Takes nothing new, finishes what is under way, closes the stores. May be called more than once.</summary>
    public async Task StopAsync()
    {
        _stopping.TrySetResult();
        await _stopped.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task RunAsync()
    {
        await Task.WhenAny(_stopping.Task, _node.WhenRefused, _systems.WhenEnded).ConfigureAwait(false);
        _node.BeginStop();
        await _app.StopAsync().ConfigureAwait(false);
        await _systems.DisposeAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        if (_node.WhenRefused.IsCompletedSuccessfully)
            throw new NodeStartException(await _node.WhenRefused.ConfigureAwait(false));
        // Why no other actor system could be started, if that was it.
        await _systems.WhenEnded.ConfigureAwait(false);
    }

    private static LogLevel Max(LogLevel left, LogLevel right) => left > right ? left : right;

    private static NodeStartException StartFailure(NodeSettings settings, Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is NodeStartException start) return start;
            if (cause is System.Net.Sockets.SocketException or Microsoft.AspNetCore.Connections.AddressInUseException)
            {
                return new NodeStartException(
                    $"The node '{settings.Name}' cannot listen on {settings.RemoteHost}:{settings.RemotePort} (Akka) and " +
                    $"{settings.HttpHost}:{settings.HttpPort} (HTTP): {cause.Message}. Choose other ports (akkakv.remote.port, akkakv.http.port).", e);
            }
        }

        return new NodeStartException($"The node '{settings.Name}' cannot start: {e.GetBaseException().Message}", e);
    }
}
