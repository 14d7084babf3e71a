using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AkkaKv.Benchmarks;

/// <summary>The processes of one product, and what they used together.</summary>
internal abstract class ServerGroup : IAsyncDisposable
{
    protected static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly List<ServerProcess> _processes = [];

    public double CpuSeconds => _processes.Sum(process => process.CpuSeconds);

    public long MemoryBytes => _processes.Sum(process => process.MemoryBytes);

    public long WrittenBytes => _processes.Sum(process => process.WrittenBytes);

    /// <exception cref="InvalidOperationException">One has ended by itself; the message has its last words.</exception>
    public void CheckAlive()
    {
        if (_processes.FirstOrDefault(process => process.HasExited) is { } ended)
            throw new InvalidOperationException($"A server has ended. {ended.Tail()}");
    }

    /// <summary>What the servers say of themselves after the works, for a reader; empty for nothing.</summary>
    public virtual Task<string> DescribeAsync(CancellationToken stop) => Task.FromResult("");

    public async ValueTask DisposeAsync() => await Task.WhenAll(_processes.Select(process => process.DisposeAsync().AsTask()));

    protected void Add(ServerProcess process) => _processes.Add(process);

    /// <summary>Starts what the group is made of; what was started is stopped if the rest fails.</summary>
    protected static async Task<ServerGroup> StartedAsync(ServerGroup group, Func<Task> startAsync)
    {
        try
        {
            await startAsync();
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks until the answer is yes.</summary>
    protected async Task WaitAsync(Func<Task<bool>> isReadyAsync, string what, CancellationToken stop)
    {
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(PollInterval);
        while (!await isReadyAsync())
        {
            CheckAlive();
            if (Stopwatch.GetElapsedTime(started) > StartLimit)
                throw new InvalidOperationException($"{what} did not happen within {StartLimit.TotalSeconds:0} s. {_processes[0].Tail()}");
            await timer.WaitForNextTickAsync(stop);
        }
    }

    /// <summary>Ports of the loopback interface that nobody listens on now.</summary>
    protected static int[] FreePorts(int count, int highest = IPEndPoint.MaxPort)
    {
        var listeners = new List<TcpListener>();
        try
        {
            var ports = new List<int>();
            while (ports.Count < count)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                listeners.Add(listener);
                if (((IPEndPoint)listener.LocalEndpoint).Port is var port && port <= highest)
                    ports.Add(port);
            }

            return [.. ports];
        }
        finally
        {
            foreach (var listener in listeners)
                listener.Dispose();
        }
    }
}
