using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace AkkaKv.Benchmarks;

/// <summary>
/// Three masters with two replicas each: three copies of every row. Every process syncs its log before it answers, but a master does not
/// wait for its replicas: a write is acknowledged with one synced copy.
/// </summary>
internal sealed class RedisServers : ServerGroup
{
    public const string Server = "redis-server";
    public const string Cli = "redis-cli";

    private const int Masters = 3;
    private const int ReplicasOfMaster = 2;
    private const int Processes = Masters * (1 + ReplicasOfMaster);

    // The processes talk to each other on ports that are higher by 10,000.
    private const int BusOffset = 10_000;

    private readonly int[] _ports = FreePorts(Processes, IPEndPoint.MaxPort - BusOffset);

    private RedisServers()
    {
    }

    public IReadOnlyList<IPEndPoint> Addresses => [.. _ports.Select(port => new IPEndPoint(IPAddress.Loopback, port))];

    public static Task<ServerGroup> StartAsync(string folder, CancellationToken stop)
    {
        var group = new RedisServers();
        return StartedAsync(group, () => group.StartClusterAsync(folder, stop));
    }

    private async Task StartClusterAsync(string folder, CancellationToken stop)
    {
        foreach (var port in _ports)
            StartServer(folder, Text(port));
        foreach (var port in _ports)
            await WaitAsync(() => SaysAsync(port, "PONG", "ping"), $"redis-server on port {Text(port)} answering", stop);

        var created = await RunCliAsync(
            ["--cluster", "create", .. _ports.Select(port => $"127.0.0.1:{Text(port)}"), "--cluster-replicas", Text(ReplicasOfMaster), "--cluster-yes"]);
        if (!created.Contains("All 16384 slots covered", StringComparison.Ordinal))
            throw new InvalidOperationException($"redis-cli --cluster create said: {created}");

        foreach (var port in _ports)
            await WaitAsync(() => SaysAsync(port, "cluster_state:ok", "cluster", "info"), $"the cluster being whole for port {Text(port)}", stop);
        foreach (var port in _ports)
            await WaitAsync(() => IsCopyingAsync(port), $"every replica having its copy, seen from port {Text(port)}", stop);
    }

    private void StartServer(string folder, string port) => Add(ServerProcess.Start(
        $"{Server} {port}",
        Server,
        Path.Combine(folder, port),
        [
            "--port", port, "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--appendonly", "yes", "--appendfsync", "always",
            "--save", "", "--repl-diskless-sync-delay", "0",
        ]));

    /// <summary>A master with its two replicas in step, or a replica in step with its master.</summary>
    private static async Task<bool> IsCopyingAsync(int port)
    {
        var state = await RunCliAsync(["-p", Text(port), "info", "replication"]);
        return state.Contains("role:slave", StringComparison.Ordinal)
            ? state.Contains("master_link_status:up", StringComparison.Ordinal)
            : state.Split("state=online").Length == 1 + ReplicasOfMaster;
    }

    private static async Task<bool> SaysAsync(int port, string answer, params string[] command) =>
        (await RunCliAsync(["-p", Text(port), .. command])).Contains(answer, StringComparison.Ordinal);

    private static async Task<string> RunCliAsync(IEnumerable<string> arguments)
    {
        using var cli = Process.Start(new ProcessStartInfo(Cli, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = cli.StandardError.ReadToEndAsync();
        var output = await cli.StandardOutput.ReadToEndAsync();
        await cli.WaitForExitAsync();
        return output + await error;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
