namespace AkkaKv.Benchmarks;

/// <summary>The servers of one product, started for a round; several systems may be ways to talk to the same ones.</summary>
/// <param name="Name">The product.</param>
/// <param name="Programs">What must be on PATH.</param>
/// <param name="StartAsync">Starts them in a folder and returns when they serve.</param>
internal sealed record ServerKind(
    string Name, IReadOnlyList<string> Programs, Func<string, CancellationToken, Task<ServerGroup>> StartAsync)
{
    public static ServerKind AkkaKv { get; } = new("AkkaKv", [], AkkaKvServers.With(""));

    /// <summary>No hash trees: what they cost shows beside <see cref="AkkaKv"/>.</summary>
    public static ServerKind AkkaKvWithoutRepair { get; } = new("AkkaKv without repair", [], AkkaKvServers.With("repair.enabled = off"));

    /// <summary>Compares 120 times as often as by default.</summary>
    public static ServerKind AkkaKvWithFastRepair { get; } = new("AkkaKv with fast repair", [], AkkaKvServers.With("repair.interval = 5s"));

    public static ServerKind Etcd { get; } = new("etcd", [EtcdServers.Program], EtcdServers.StartAsync);

    public static ServerKind Redis { get; } = new("Redis Cluster", [RedisServers.Server, RedisServers.Cli], RedisServers.StartAsync);

    public static ServerKind DistributedData { get; } = new("Akka.DistributedData", [], DistributedDataServers.StartAsync);

    public IEnumerable<string> MissingPrograms => Programs.Where(program => !IsOnPath(program));

    private static bool IsOnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}

/// <summary>A column of the table: a way to talk to some servers.</summary>
/// <param name="Name">As the table and the command line name it.</param>
/// <param name="Servers">Whose servers.</param>
/// <param name="ConnectAsync">Makes a client of servers that were started.</param>
/// <param name="Description">What it is, for the JSON file.</param>
internal sealed record ClusterSystem(
    string Name, ServerKind Servers, Func<ServerGroup, ClusterOptions, Task<IClusterDriver>> ConnectAsync, string Description)
{
    /// <summary>True if it is measured only where it is named: AkkaKv in another setting.</summary>
    public bool IsOnlyByName => Servers == ServerKind.AkkaKvWithoutRepair || Servers == ServerKind.AkkaKvWithFastRepair;

    public static IReadOnlyList<ClusterSystem> All { get; } =
    [
        new("AkkaKv", ServerKind.AkkaKv,
            (servers, options) => Task.FromResult<IClusterDriver>(new AkkaKvDriver((AkkaKvServers)servers, options.Clients)),
            "AkkaKvClient over Akka.Remote"),
        new("AkkaKv HTTP", ServerKind.AkkaKv,
            (servers, _) => Task.FromResult<IClusterDriver>(new HttpDriver((AkkaKvServers)servers)),
            "HttpClient, HTTP/1.1 keep-alive, 64 connections over the three nodes"),
        new("AkkaKv no repair", ServerKind.AkkaKvWithoutRepair,
            (servers, options) => Task.FromResult<IClusterDriver>(new AkkaKvDriver((AkkaKvServers)servers, options.Clients)),
            "AkkaKvClient; akkakv.repair.enabled = off"),
        new("AkkaKv fast repair", ServerKind.AkkaKvWithFastRepair,
            (servers, options) => Task.FromResult<IClusterDriver>(new AkkaKvDriver((AkkaKvServers)servers, options.Clients)),
            "AkkaKvClient; akkakv.repair.interval = 5s"),
        new("etcd", ServerKind.Etcd,
            (servers, _) => Task.FromResult<IClusterDriver>(new EtcdDriver((EtcdServers)servers)),
            "gRPC, one HTTP/2 channel to each of the three nodes"),
        new("Redis", ServerKind.Redis, (servers, _) => PipelinedRedisDriver.ConnectAsync((RedisServers)servers),
            "StackExchange.Redis, one multiplexer: one connection to each master, requests pipelined"),
        new("Redis plain", ServerKind.Redis, (servers, _) => PlainRedisDriver.ConnectAsync((RedisServers)servers),
            "StackExchange.Redis, 64 connections to each master, one request at a time on each"),
        new("Akka.DistributedData", ServerKind.DistributedData, (servers, _) => DistributedDataDriver.ConnectAsync((DistributedDataServers)servers),
            "Akka.Remote to an actor of each node; LWWDictionary under 5,000 top-level keys, WriteMajority and ReadMajority (R=1: ReadLocal), "
            + "in memory: its durable store does not load with the packages used here"),
    ];
}
