using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using Akka.Configuration;
using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>A setting is missing or wrong; the message names its key and what is allowed.</summary>
public sealed class SettingsException : Exception
{
    /// <summary>With what is wrong.</summary>
    public SettingsException(string message)
        : base(message)
    {
    }

    /// <summary>With what is wrong and what was found underneath.</summary>
    public SettingsException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>How the first ring is made.</summary>
public sealed record ClusterSettings
{
    /// <summary>host:port of the nodes to form the Akka cluster with, in one order everywhere.</summary>
    public required ImmutableArray<string> SeedNodes { get; init; }

    /// <summary>The first ring is made once so many nodes are there.</summary>
    public required int Expect { get; init; }

    /// <summary>Q, a power of two.</summary>
    public required int Partitions { get; init; }

    /// <summary>N of every data centre that has no number of its own.</summary>
    public required int Replicas { get; init; }

    /// <summary>N of those that have, by name.</summary>
    public ImmutableSortedDictionary<string, int> ReplicasByDataCenter { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>W where a request does not say.</summary>
    public required int WriteQuorum { get; init; }

    /// <summary>R where a request does not say.</summary>
    public required int ReadQuorum { get; init; }

    /// <summary>What becomes of concurrent writes, by prefix of the key.</summary>
    public ImmutableArray<ConflictRule> ConflictRules { get; init; } = [];
}

/// <summary>
/// Everything a node is told at start: read once from HOCON over the embedded reference, checked, immutable.
/// </summary>
public sealed partial record NodeSettings
{
    private NodeSettings(Config config)
    {
        Name = Text(config, "akkakv.node.name");
        if (!NamePattern().IsMatch(Name))
            throw Wrong("akkakv.node.name", $"is '{Name}'; it must be 1 to 63 letters, digits, '-' or '_'");
        DataDirectory = Path.GetFullPath(Required(config, "akkakv.node.data-directory"));
        DataCenter = Required(config, "akkakv.node.data-center");
        Rack = Required(config, "akkakv.node.rack");
        Weight = Number(config, "akkakv.node.weight", 1, 64);

        RemoteHost = Required(config, "akkakv.remote.host");
        RemotePort = Number(config, "akkakv.remote.port", 0, 65535);
        PublicHost = Text(config, "akkakv.remote.public-host") is { Length: > 0 } host ? host : RemoteHost;
        PublicPort = Number(config, "akkakv.remote.public-port", 0, 65535);
        HttpHost = Required(config, "akkakv.http.host");
        HttpPort = Number(config, "akkakv.http.port", 0, 65535);

        var replicas = Number(config, "akkakv.cluster.replicas", 1, 16);
        Cluster = new ClusterSettings
        {
            SeedNodes = List(config, "akkakv.cluster.seed-nodes"),
            Replicas = replicas,
            ReplicasByDataCenter = ReplicasByDataCenter(config),
            Expect = Number(config, "akkakv.cluster.expect", 1, 1000),
            Partitions = Number(config, "akkakv.cluster.partitions", 8, 65536),
            WriteQuorum = Number(config, "akkakv.cluster.write-quorum", 1, replicas),
            ReadQuorum = Number(config, "akkakv.cluster.read-quorum", 1, replicas),
            ConflictRules = ReadConflictRules(config),
        };
        if (!BitOperations.IsPow2(Cluster.Partitions))
            throw Wrong("akkakv.cluster.partitions", $"is {Cluster.Partitions}; it must be a power of two");
        if (Cluster.Expect < replicas)
            throw Wrong("akkakv.cluster.expect", $"is {Cluster.Expect}, fewer than akkakv.cluster.replicas ({replicas}); a ring needs a node for each replica");
        foreach (var seed in Cluster.SeedNodes) CheckSeed(seed);

        ValueBytesLimit = Number(config, "akkakv.limits.value-bytes", 1, 1024 * 1024);
        SiblingLimits = ReadSiblingLimits(config);
        RequestsInFlight = Number(config, "akkakv.limits.requests-in-flight", 1, 1_000_000);
        QueueTime = Duration(config, "akkakv.limits.queue-time", TimeSpan.FromMilliseconds(5), MaximumTimeout);
        RequestTimeout = Duration(config, "akkakv.request.timeout", TimeSpan.FromMilliseconds(10), MaximumTimeout);
        HedgeAfter = Duration(config, "akkakv.request.hedge-after", TimeSpan.FromMilliseconds(1), MaximumTimeout);
        Lanes = new LaneSettings
        {
            WindowBytes = Number(config, "akkakv.lanes.window-bytes", 65536, 64 * 1024 * 1024),
            QueueBytes = Number(config, "akkakv.lanes.queue-bytes", LaneInbox.MaximumMessageBytes, 1024 * 1024 * 1024),
        };
        LaneHeartbeat = Duration(config, "akkakv.lanes.heartbeat-interval", TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10));
        LaneSilence = Duration(config, "akkakv.lanes.silence-limit", 2 * LaneHeartbeat, TimeSpan.FromMinutes(1));
        Liveness = ReadLiveness(config);
        Membership = ReadMembership(config);
        MemtableBytes = Number(config, "akkakv.storage.memtable-bytes", 64 * 1024, 1024 * 1024 * 1024);
        BlockBytes = Number(config, "akkakv.storage.block-bytes", 1024, 1024 * 1024);
        BlockCacheBytes = LongNumber(config, "akkakv.storage.cache-bytes", 0, 1L << 40);
        LastLevelCompression = Text(config, "akkakv.storage.last-level-compression") switch
        {
            "none" => BlockCompression.None,
            "lz4" => BlockCompression.Lz4,
            "zstd" => BlockCompression.Zstd,
            var other => throw Wrong("akkakv.storage.last-level-compression", $"is '{other}'; it must be none, lz4 or zstd"),
        };
        ZstdLevel = Number(config, "akkakv.storage.zstd-level", 1, 19);
        Repair = ReadRepair(config);
        RepairJobs = ReadRepairJobs(config);
        LogLevel = Enum.TryParse<LogLevel>(Text(config, "akkakv.log-level"), ignoreCase: true, out var level) && level != LogLevel.None
            ? level
            : throw Wrong("akkakv.log-level", $"is '{Text(config, "akkakv.log-level")}'; it must be trace, debug, information, warning or error");
        Config = config;
    }

    /// <summary>The longest timeout a request may ask for.</summary>
    public static TimeSpan MaximumTimeout { get; } = TimeSpan.FromSeconds(60);

    /// <summary>The node's name.</summary>
    public string Name { get; }

    /// <summary>Full path of the data directory.</summary>
    public string DataDirectory { get; }

    /// <summary>The data centre that the node stands in.</summary>
    public string DataCenter { get; }

    /// <summary>The rack that the node stands in.</summary>
    public string Rack { get; }

    /// <summary>The node's weight.</summary>
    public int Weight { get; }

    /// <summary>The address to listen on for the other nodes.</summary>
    public string RemoteHost { get; }

    /// <summary>The port to listen on for the other nodes; 0 takes a free one.</summary>
    public int RemotePort { get; }

    /// <summary>What the others call this node.</summary>
    public string PublicHost { get; }

    /// <summary>The port under which the others reach this node; 0 for the one it listens on.</summary>
    public int PublicPort { get; }

    /// <summary>The address of the HTTP door.</summary>
    public string HttpHost { get; }

    /// <summary>The port of the HTTP door; 0 takes a free one.</summary>
    public int HttpPort { get; }

    /// <summary>How the first ring is made.</summary>
    public ClusterSettings Cluster { get; }

    /// <summary>Limit of a value, in bytes.</summary>
    public int ValueBytesLimit { get; }

    /// <summary>When a key has too many siblings, or too large ones.</summary>
    internal SiblingLimits SiblingLimits { get; }

    /// <summary>Requests that the node takes at a time.</summary>
    public int RequestsInFlight { get; }

    /// <summary>What the fastest request may take before fewer are taken.</summary>
    public TimeSpan QueueTime { get; }

    /// <summary>How long a request may take that does not say so itself.</summary>
    public TimeSpan RequestTimeout { get; }

    /// <summary>A read asks the next owner when an answer is later than this.</summary>
    public TimeSpan HedgeAfter { get; }

    /// <summary>The bounds of the lanes.</summary>
    public LaneSettings Lanes { get; }

    /// <summary>How often a peer is asked for a sign of life.</summary>
    public TimeSpan LaneHeartbeat { get; }

    /// <summary>A peer that was silent for so long is late.</summary>
    public TimeSpan LaneSilence { get; }

    /// <summary>When a member is doubted, and when it is trusted again.</summary>
    public LivenessSettings Liveness { get; }

    /// <summary>When a node is removed from the Akka cluster, and how it comes back.</summary>
    public MembershipSettings Membership { get; }

    /// <summary>Size at which a memtable is written out.</summary>
    public int MemtableBytes { get; }

    /// <summary>Size at which a table's block is complete.</summary>
    public int BlockBytes { get; }

    /// <summary>Decompressed blocks that the node keeps, all its stores together.</summary>
    public long BlockCacheBytes { get; }

    /// <summary>How the last level of a store is compressed.</summary>
    public BlockCompression LastLevelCompression { get; }

    /// <summary>Effort of zstd when it writes, 1 to 19.</summary>
    public int ZstdLevel { get; }

    /// <summary>What goes to the log.</summary>
    public LogLevel LogLevel { get; }

    /// <summary>All of it, for Akka.</summary>
    internal Config Config { get; }

    /// <summary>Reads settings from text over the reference; throws <see cref="SettingsException"/> naming the key that is wrong.</summary>
    public static NodeSettings FromHocon(string hocon)
    {
        try
        {
            var own = string.IsNullOrWhiteSpace(hocon) ? Config.Empty : ConfigurationFactory.ParseString(hocon);
            CheckKeys(own);
            return new NodeSettings(own.WithFallback(Reference));
        }
        catch (Exception e) when (e is not SettingsException)
        {
            throw new SettingsException($"The configuration cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads settings from a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Lines of the form <c>key=value</c> that win over it.</param>
    public static NodeSettings FromFile(string path, IEnumerable<string>? overrides = null)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"The configuration file {path} cannot be read: {e.Message}", e);
        }

        foreach (var line in overrides ?? [])
        {
            if (!line.Contains('=', StringComparison.Ordinal)) throw new SettingsException($"'{line}' is not of the form key=value.");
            text += Environment.NewLine + line;
        }

        return FromHocon(text);
    }

    private static bool Switch(Config config, string key) => Text(config, key) switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        var other => throw Wrong(key, $"is '{other}'; it must be on or off"),
    };

    private static Config Reference { get; } = ConfigurationFactory.FromResource("AkkaKv.Node.akkakv.conf", typeof(NodeSettings).Assembly);

    /// <summary>A key under <c>akkakv</c> that the reference does not have is a mistake, most often of spelling.</summary>
    private static void CheckKeys(Config own)
    {
        if (!own.HasPath("akkakv")) return;
        var known = Keys(Reference).ToHashSet(StringComparer.Ordinal);
        foreach (var key in Keys(own))
        {
            if (known.Contains(key)) continue;
            var nearest = known.MinBy(candidate => Distance(candidate, key));
            throw Wrong(key, $"is not known; did you mean {nearest}?");
        }
    }

    private static IEnumerable<string> Keys(Config config) =>
        config.GetConfig("akkakv").AsEnumerable()
            .SelectMany(pair => Leaves("akkakv." + pair.Key, pair.Value));

    private static IEnumerable<string> Leaves(string path, Akka.Configuration.Hocon.HoconValue value) =>
        value.IsObject()
            ? value.GetObject().Items.SelectMany(item => Leaves($"{path}.{item.Key}", item.Value))
            : [path];

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }

    private static void CheckSeed(string seed)
    {
        var colon = seed.LastIndexOf(':');
        if (colon < 1 || !int.TryParse(seed.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            throw Wrong("akkakv.cluster.seed-nodes", $"holds '{seed}', which is not of the form host:port");
    }

    private static ImmutableSortedDictionary<string, int> ReplicasByDataCenter(Config config)
    {
        const string Key = "akkakv.cluster.replicas-by-data-center";
        var replicas = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (var text in List(config, Key))
        {
            var equals = text.LastIndexOf('=');
            if (equals < 1 || !int.TryParse(text.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number is < 1 or > 16 || !replicas.TryAdd(text[..equals], number))
            {
                throw Wrong(Key, $"holds '{text}'; each must be name=N, N from 1 to 16, and no name given twice");
            }
        }

        return replicas.ToImmutable();
    }

    private static string Text(Config config, string key) => config.GetString(key) ?? "";

    private static string Required(Config config, string key) =>
        Text(config, key) is { Length: > 0 } text ? text : throw Wrong(key, "is empty");

    /// <summary>Akka reads a single text where a list belongs as no element at all.</summary>
    private static ImmutableArray<string> List(Config config, string key) =>
        config.GetValue(key).IsString() ? throw Wrong(key, "must be a list: [\"host:port\", ...]") : [.. config.GetStringList(key)];

    private static int Number(Config config, string key, int least, int most) => (int)LongNumber(config, key, least, most);

    private static long LongNumber(Config config, string key, long least, long most)
    {
        var text = Text(config, key);
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(key, $"is '{text}'; it must be a number from {least} to {most}");
    }

    private static TimeSpan Duration(Config config, string key, TimeSpan least, TimeSpan most)
    {
        TimeSpan duration;
        try
        {
            duration = config.GetTimeSpan(key, null, allowInfinite: false);
        }
        catch (Exception e) when (e is FormatException or ConfigurationException)
        {
            throw Wrong(key, $"is '{Text(config, key)}'; it must be a duration such as 250ms or 5s");
        }

        return duration >= least && duration <= most
            ? duration
            : throw Wrong(key, $"is {duration.TotalMilliseconds} ms; it must be from {least.TotalMilliseconds} to {most.TotalMilliseconds} ms");
    }

    private static SettingsException Wrong(string key, string what) => new($"{key} {what}.");

    [GeneratedRegex("^[A-Za-z0-9_-]{1,63}$")]
    private static partial Regex NamePattern();
}
