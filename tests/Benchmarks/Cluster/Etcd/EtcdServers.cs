using System.Globalization;
using AkkaKv.Benchmarks.Etcd;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace AkkaKv.Benchmarks;

/// <summary>Three members with etcd's defaults: a write is synced by a majority before the answer.</summary>
internal sealed class EtcdServers : ServerGroup
{
    public const string Program = "etcd";

    private const int Members = 3;

    // Every version of a row is kept; the default of 2 GiB would end a long run.
    private const long QuotaBytes = 8L << 30;

    private readonly int[] _clientPorts = FreePorts(Members);
    private readonly int[] _peerPorts = FreePorts(Members);

    private EtcdServers()
    {
    }

    public IReadOnlyList<string> Addresses => [.. _clientPorts.Select(Url)];

    public static Task<ServerGroup> StartAsync(string folder, CancellationToken stop)
    {
        var group = new EtcdServers();
        return StartedAsync(group, () => group.StartMembersAsync(folder, stop));
    }

    private async Task StartMembersAsync(string folder, CancellationToken stop)
    {
        for (var member = 0; member < Members; member++)
            StartMember(folder, member);

        foreach (var address in Addresses)
        {
            using var channel = GrpcChannel.ForAddress(address);
            var client = new KV.KVClient(channel);
            await WaitAsync(() => AnswersAsync(client), $"{address} answering a linearizable read", stop);
        }
    }

    private void StartMember(string folder, int member)
    {
        var name = $"e{member + 1}";
        var own = Path.Combine(folder, name);
        Add(ServerProcess.Start(
            name,
            Program,
            own,
            [
                "--name", name, "--data-dir", Path.Combine(own, "data"), "--logger", "zap", "--log-level", "warn",
                "--listen-client-urls", Url(_clientPorts[member]), "--advertise-client-urls", Url(_clientPorts[member]),
                "--listen-peer-urls", Url(_peerPorts[member]), "--initial-advertise-peer-urls", Url(_peerPorts[member]),
                "--initial-cluster", string.Join(',', Enumerable.Range(0, Members).Select(other => $"e{other + 1}={Url(_peerPorts[other])}")),
                "--initial-cluster-state", "new", "--initial-cluster-token", "akkakv-benchmark",
                "--quota-backend-bytes", QuotaBytes.ToString(CultureInfo.InvariantCulture),
            ]));
    }

    private static async Task<bool> AnswersAsync(KV.KVClient client)
    {
        try
        {
            await client.RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8("ready") }, deadline: DateTime.UtcNow.AddSeconds(1));
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
}
