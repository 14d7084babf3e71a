using System.Collections.Immutable;
using Akka.Actor;

namespace AkkaKv.Node;

/// <summary>
/// A node's actor systems, one after the other: when the others have shut one out, the next is made under the stores and doors, which stay
/// open.
/// </summary>
/// <remarks>
/// The order is what keeps data right. The doors are told to wait; what is under way gets a moment; the old system ends, and with it the only
/// writers of the stores; what they had handed to the stores is waited for, and the epoch raised, so that no dot is ever given twice; then
/// the new one begins. Whatever it missed meanwhile is read before it is written over, as after a restart.
/// </remarks>
internal sealed class NodeSystems : IAsyncDisposable
{
    private const int StartAttempts = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StartPause = TimeSpan.FromSeconds(1);

    private readonly NodeState _node;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _log;
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile NodeSystem _system;

    private NodeSystems(NodeState node, ILoggerFactory loggers, NodeSystem first)
    {
        _node = node;
        _loggers = loggers;
        _log = loggers.CreateLogger<NodeSystems>();
        _system = first;
        WhenEnded = KeepAsync();
    }

    /// <summary>The present one.</summary>
    public ActorSystem Current => _system.System;

    /// <summary>
    /// Completes when the last one has ended without having been shut out; faults with <see cref="NodeStartException"/> if no next one can be
    /// started.
    /// </summary>
    public Task WhenEnded { get; }

    /// <summary>Starts the first.</summary>
    public static async Task<NodeSystems> StartAsync(NodeState node, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        new(node, loggers, await NodeSystem.StartAsync(node, loggers, AkkaKvHosting.SeedsOf(node.Settings), cancellationToken).ConfigureAwait(false));

    /// <summary>Lets the present one leave the cluster and end.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping.TrySetResult();
        await WhenEnded.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        await _system.StopAsync().ConfigureAwait(false);
    }

    private async Task KeepAsync()
    {
        while (true)
        {
            var shutOut = _node.WhenShutOut;
            if (await Task.WhenAny(shutOut, Current.WhenTerminated, _stopping.Task).ConfigureAwait(false) != shutOut) return;
            await MakeAnewAsync(await shutOut.ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private async Task MakeAnewAsync(ShutOut shutOut)
    {
        _log.LogWarning("The actor system is made anew, because {Reason}. Stores and doors stay open", shutOut.Reason);
        await _node.Router.WithdrawAsync(Patience).ConfigureAwait(false);
        await _system.AbandonAsync().ConfigureAwait(false);
        _node.Meters.Rejoins.Add(1);
        await _node.BeginAnewAsync().ConfigureAwait(false);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _system = await NodeSystem.StartAsync(_node, _loggers, SeedsFor(shutOut), CancellationToken.None).ConfigureAwait(false);
                _log.LogInformation("The actor system is there again");
                return;
            }
            catch (Exception e) when (attempt < StartAttempts)
            {
                // The port may need a moment.
                _log.LogWarning("The actor system cannot be started ({Attempt} of {Attempts}): {Message}", attempt, StartAttempts, e.GetBaseException().Message);
                await Task.WhenAny(Task.Delay(StartPause), _stopping.Task).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                throw new NodeStartException(
                    $"The node '{_node.Settings.Name}' was shut out of the cluster ({shutOut.Reason}) and cannot start another actor system: " +
                    $"{e.GetBaseException().Message}. Start it again.", e);
            }
        }
    }

    /// <summary>Through whom to join: never itself, which would form another cluster, unless it is all there is.</summary>
    private ImmutableArray<string> SeedsFor(ShutOut shutOut)
    {
        var others = (_node.Ring?.Members ?? []).Where(member => member.ReplicaId != _node.Self).ToList();
        var through = others.Where(member => shutOut.Through.Contains(member.ReplicaId)).ToList();
        return others.Count == 0
            ? AkkaKvHosting.SeedsOf(_node.Settings)
            : [.. (through.Count > 0 ? through : others).Select(member => FormattableString.Invariant($"{member.Host}:{member.Port}"))];
    }
}
