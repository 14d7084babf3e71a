using System.Runtime.InteropServices;

namespace AkkaKv.Cli;

/// <summary>
/// Ctrl-C and SIGTERM as one cancellation token. The first signal asks the command to stop cleanly; a second one ends the process
/// at once, for whoever does not want to wait.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public CancellationToken Token => _requested.Token;

    /// <summary>
    /// Set in a node that runs under <c>akkakv dev</c>: a terminal sends Ctrl-C to the whole process group, and it is the parent
    /// that decides when its nodes stop.
    /// </summary>
    public bool IgnoreInterrupt { get; set; }

    public static StopSignals Listen()
    {
        var signals = new StopSignals();
        signals._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, signals.OnSignal));
        signals._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, signals.OnSignal));
        return signals;
    }

    public void Request() => _requested.Cancel();

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _requested.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (IgnoreInterrupt && context.Signal == PosixSignal.SIGINT)
        {
            context.Cancel = true;
            return;
        }

        context.Cancel = !_requested.IsCancellationRequested;
        _requested.Cancel();
    }
}
