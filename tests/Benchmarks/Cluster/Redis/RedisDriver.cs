using System.Net;
using StackExchange.Redis;

namespace AkkaKv.Benchmarks;

/// <summary>What both ways to talk to Redis share. Every read is answered by the master of its slot, whatever R is.</summary>
internal abstract class RedisDriver : IClusterDriver
{
    public abstract int? Connections { get; }

    public async ValueTask<Answer> PutAsync(int lane, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, int w)
    {
        try
        {
            RedisKey name = key.ToArray();
            await For(lane, name).StringSetAsync(name, value).ConfigureAwait(false);
            return Answer.Done;
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            return Answer.Failed(failure.GetType().Name);
        }
    }

    public async ValueTask<Answer> GetAsync(int lane, ReadOnlyMemory<byte> key, int r)
    {
        try
        {
            RedisKey name = key.ToArray();
            var value = await For(lane, name).StringGetAsync(name).ConfigureAwait(false);
            return value.IsNull ? Answer.Failed("NotFound") : new Answer((ReadOnlyMemory<byte>)value, null);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            return Answer.Failed(failure.GetType().Name);
        }
    }

    public abstract ValueTask DisposeAsync();

    protected abstract IDatabaseAsync For(int lane, RedisKey key);

    protected static ConfigurationOptions OptionsFor(IEnumerable<EndPoint> addresses)
    {
        // Only an administrator may ask which master has which slot.
        var options = new ConfigurationOptions { AsyncTimeout = (int)IClusterDriver.Timeout.TotalMilliseconds, AllowAdmin = true };
        foreach (var address in addresses)
            options.EndPoints.Add(address);
        return options;
    }
}

/// <summary>One multiplexer for everybody.</summary>
internal sealed class PipelinedRedisDriver : RedisDriver
{
    private readonly ConnectionMultiplexer _connections;
    private readonly IDatabase _database;

    private PipelinedRedisDriver(ConnectionMultiplexer connections)
    {
        _connections = connections;
        _database = connections.GetDatabase();
    }

    public override int? Connections => null;

    public static async Task<IClusterDriver> ConnectAsync(RedisServers servers) =>
        new PipelinedRedisDriver(await ConnectionMultiplexer.ConnectAsync(OptionsFor(servers.Addresses)));

    public override ValueTask DisposeAsync() => _connections.DisposeAsync();

    protected override IDatabaseAsync For(int lane, RedisKey key) => _database;
}

/// <summary>
/// Connections of its own for each lane, one to each master, chosen here by the key's slot: the multiplexers are kept from learning the
/// cluster, or each would open connections to all nine processes.
/// </summary>
internal sealed class PlainRedisDriver : RedisDriver
{
    private readonly List<ConnectionMultiplexer> _connections = [];
    private readonly byte[] _masterOfSlot = new byte[16_384];

    /// <summary>By lane, then by master.</summary>
    private IDatabase[][] _databases = [];

    private PlainRedisDriver()
    {
    }

    public override int? Connections => ClusterWorks.PlainConnections;

    public static async Task<IClusterDriver> ConnectAsync(RedisServers servers)
    {
        var driver = new PlainRedisDriver();
        try
        {
            await driver.ConnectLanesAsync(await driver.LearnMastersAsync(servers));
            return driver;
        }
        catch
        {
            await driver.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
    }

    protected override IDatabaseAsync For(int lane, RedisKey key) =>
        _databases[lane % _databases.Length][_masterOfSlot[_connections[0].HashSlot(key)]];

    private async Task<List<EndPoint>> LearnMastersAsync(RedisServers servers)
    {
        var learner = await ConnectionMultiplexer.ConnectAsync(OptionsFor(servers.Addresses));
        _connections.Add(learner);
        var cluster = await learner.GetServer(servers.Addresses[0]).ClusterNodesAsync()
            ?? throw new InvalidOperationException("Redis does not say which master has which slot.");
        var masters = new List<EndPoint>();
        for (var slot = 0; slot < _masterOfSlot.Length; slot++)
        {
            var master = cluster.GetBySlot(slot)!.EndPoint!;
            if (!masters.Contains(master))
                masters.Add(master);
            _masterOfSlot[slot] = (byte)masters.IndexOf(master);
        }

        return masters;
    }

    private async Task ConnectLanesAsync(List<EndPoint> masters)
    {
        _databases = new IDatabase[ClusterWorks.PlainConnections][];
        for (var lane = 0; lane < _databases.Length; lane++)
        {
            _databases[lane] = new IDatabase[masters.Count];
            for (var master = 0; master < masters.Count; master++)
            {
                var options = OptionsFor([masters[master]]);
                options.CommandMap = CommandMap.Create(["CLUSTER", "SUBSCRIBE", "INFO", "CONFIG"], available: false);
                var connection = await ConnectionMultiplexer.ConnectAsync(options);
                _connections.Add(connection);
                _databases[lane][master] = connection.GetDatabase();
            }
        }
    }
}
