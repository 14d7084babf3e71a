using System.Net;
using System.Net.Sockets;

namespace AkkaKv.Node.Tests;

/// <summary>
/// Free loopback ports that stay free until they are used: below the range from which the system gives out ports for connections, each
/// handed out once in this process.
/// </summary>
internal static class LoopbackPorts
{
    private const int First = 16_000;
    private const int Count = 14_000;

    private static int _next = Environment.ProcessId * 97 % Count;

    public static int Reserve()
    {
        while (true)
        {
            var port = First + Interlocked.Increment(ref _next) % Count;
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's.
            }
        }
    }
}
