using System.Runtime.InteropServices;
using AkkaKv.Node;

// One node, until it is told to stop: `AkkaKv.Node FILE [key=value ...]`. The command line `akkakv node` does the same with more comfort.
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: AkkaKv.Node FILE [key=value ...]    (every key stands in hocon/akkakv.conf)");
    return 2;
}

try
{
    await using var node = await AkkaKvNode.StartAsync(NodeSettings.FromFile(args[0], args[1..]));
    Console.WriteLine($"{node.Settings.Name}: HTTP {node.HttpAddress}, Akka {node.AkkaAddress}");
    using var stopping = new CancellationTokenSource();
    using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stopping.Cancel();
    }

    await Task.WhenAny(node.WhenStopped, Task.Delay(Timeout.Infinite, stopping.Token));
    await node.StopAsync();
    await node.WhenStopped;
    return 0;
}
catch (Exception e) when (e is SettingsException or NodeStartException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
