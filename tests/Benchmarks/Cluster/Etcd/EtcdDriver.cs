using AkkaKv.Benchmarks.Etcd;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace AkkaKv.Benchmarks;

/// <summary>
/// etcd's own API. A read with R=1 is a serializable one, which the member answers from its own copy; with more it is linearizable.
/// </summary>
internal sealed class EtcdDriver : IClusterDriver
{
    private readonly GrpcChannel[] _channels;
    private readonly KV.KVClient[] _clients;

    public EtcdDriver(EtcdServers servers)
    {
        _channels = [.. servers.Addresses.Select(address => GrpcChannel.ForAddress(address))];
        _clients = [.. _channels.Select(channel => new KV.KVClient(channel))];
    }

    public int? Connections => null;

    public async ValueTask<Answer> PutAsync(int lane, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, int w)
    {
        try
        {
            var request = new PutRequest { Key = UnsafeByteOperations.UnsafeWrap(key), Value = UnsafeByteOperations.UnsafeWrap(value) };
            await ClientOf(lane).PutAsync(request, deadline: Deadline()).ResponseAsync.ConfigureAwait(false);
            return Answer.Done;
        }
        catch (RpcException failure)
        {
            return Answer.Failed(failure.StatusCode.ToString());
        }
    }

    public async ValueTask<Answer> GetAsync(int lane, ReadOnlyMemory<byte> key, int r)
    {
        try
        {
            var request = new RangeRequest { Key = UnsafeByteOperations.UnsafeWrap(key), Serializable = r == 1 };
            var response = await ClientOf(lane).RangeAsync(request, deadline: Deadline()).ResponseAsync.ConfigureAwait(false);
            return response.Kvs is [var only] ? new Answer(only.Value.Memory, null) : Answer.Failed("NotFound");
        }
        catch (RpcException failure)
        {
            return Answer.Failed(failure.StatusCode.ToString());
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
            channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private KV.KVClient ClientOf(int lane) => _clients[lane % _clients.Length];

    private static DateTime Deadline() => DateTime.UtcNow + IClusterDriver.Timeout;
}
