using System.Net;
using System.Net.Sockets;

namespace AkkaKv.Cli;

/// <summary>What would stop a local cluster from starting, found before the first node starts and said in one line.</summary>
internal static class DevPreflight
{
    /// <exception cref="CliException">A port is taken, the folder cannot be written, or it holds a cluster of another size.</exception>
    public static void Run(DevPlan plan)
    {
        foreach (var node in plan.Nodes)
        {
            CheckPort(node.HttpPort, $"the HTTP port of {node.Name}", "--http-port");
            CheckPort(node.RemotePort, $"the Akka port of {node.Name}", "--remote-port");
        }

        var onDisk = plan.CountNodesOnDisk();
        if (onDisk > 0 && onDisk != plan.Nodes.Count)
        {
            throw CliException.Usage(
                $"{plan.Folder} holds a cluster of {onDisk} nodes, not {plan.Nodes.Count}.",
                $"Use --nodes {onDisk}, or another folder with --data.");
        }

        WriteConfigs(plan);
    }

    private static void CheckPort(int port, string purpose, string option)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException fault)
        {
            var reason = fault.SocketErrorCode == SocketError.AddressAlreadyInUse ? "is in use" : "cannot be opened: " + fault.Message;
            throw new CliException(
                ExitCode.Failed,
                $"Port {port}, {purpose}, {reason}.",
                $"Stop what uses it (an earlier `akkakv dev`?), or choose others with {option}.",
                "PortInUse");
        }
    }

    private static void WriteConfigs(DevPlan plan)
    {
        try
        {
            foreach (var node in plan.Nodes)
            {
                Directory.CreateDirectory(node.Folder);
                File.WriteAllText(node.ConfigPath, plan.ConfigOf(node));
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                ExitCode.Failed,
                $"The data folder {plan.Folder} cannot be written: {fault.Message}",
                "Choose another one with --data.",
                "DataFolder");
        }
    }
}
