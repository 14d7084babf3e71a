using System.Collections.Immutable;
using Akka.Configuration;

namespace AkkaKv.Protocol;

/// <summary>What journal and snapshot store are told, read once from HOCON; hocon/persistence.conf has every key with its reason.</summary>
internal sealed record PersistenceSettings
{
    /// <summary>The path of a node's router; empty for none.</summary>
    public string Router { get; init; } = "";

    /// <summary>host:port of nodes.</summary>
    public ImmutableArray<string> Contacts { get; init; } = [];

    /// <summary>Put in front of every key.</summary>
    public string KeyPrefix { get; init; } = "akka-persistence/";

    /// <summary>W.</summary>
    public Consistency Write { get; init; } = Consistency.Quorum;

    /// <summary>R.</summary>
    public Consistency Read { get; init; } = Consistency.Quorum;

    /// <summary>One attempt.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>All attempts of one operation.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Limit of a row, in bytes.</summary>
    public int ValueBytes { get; init; } = 1024 * 1024;

    /// <summary>Limit of a row of several events, in bytes.</summary>
    public int RowBytes { get; init; } = 256 * 1024;

    /// <summary>Rows asked for at once.</summary>
    public int ReadAhead { get; init; } = 64;

    /// <summary>Events between two writes of the head row.</summary>
    public int HeadInterval { get; init; } = 64;

    /// <summary>Logs whose claim is remembered.</summary>
    public int Claims { get; init; } = 10_000;

    /// <summary>Snapshots kept for one persistent actor.</summary>
    public int Snapshots { get; init; } = 16;

    /// <summary>Reads a plugin's section over the shared one; throws <see cref="ConfigurationException"/> naming the key that is wrong.</summary>
    public static PersistenceSettings From(Config plugin, Config system)
    {
        var shared = system.GetConfig("akka.persistence.akkakv");
        var config = shared is null || shared.IsEmpty ? plugin : plugin.WithFallback(shared);
        var defaults = new PersistenceSettings();
        return new PersistenceSettings
        {
            Router = config.GetString("router") ?? "",
            Contacts = [.. config.GetStringList("contacts", [])],
            KeyPrefix = config.GetString("key-prefix", defaults.KeyPrefix),
            Write = Level(config, "write-consistency"),
            Read = Level(config, "read-consistency"),
            RequestTimeout = Duration(config, "request-timeout", defaults.RequestTimeout),
            Timeout = Duration(config, "timeout", defaults.Timeout),
            ValueBytes = Number(config, "value-bytes", defaults.ValueBytes, 1024, 1024 * 1024),
            RowBytes = Number(config, "row-bytes", defaults.RowBytes, 1, 1024 * 1024),
            ReadAhead = Number(config, "read-ahead", defaults.ReadAhead, 1, MultiRequest.MaximumEntries),
            HeadInterval = Number(config, "head-interval", defaults.HeadInterval, 1, 1_000_000),
            Claims = Number(config, "claims", defaults.Claims, 1, 10_000_000),
            Snapshots = Number(config, "snapshots", defaults.Snapshots, 2, 1000),
        };
    }

    private static Consistency Level(Config config, string key) => Consistency.TryParse(config.GetString(key, "quorum"), out var level)
        ? level
        : throw Wrong(key, $"is '{config.GetString(key)}'; it must be {Consistency.Choices}");

    private static TimeSpan Duration(Config config, string key, TimeSpan byDefault)
    {
        var duration = config.GetTimeSpan(key, byDefault, allowInfinite: false);
        return duration >= TimeSpan.FromMilliseconds(10) && duration <= TimeSpan.FromMinutes(1)
            ? duration
            : throw Wrong(key, $"is {duration.TotalMilliseconds} ms; it must be from 10 ms to 1 minute");
    }

    private static int Number(Config config, string key, int byDefault, int least, int most)
    {
        var number = config.GetLong(key, byDefault);
        return number >= least && number <= most ? (int)number : throw Wrong(key, $"is {number}; it must be from {least} to {most}");
    }

    private static ConfigurationException Wrong(string key, string what) => new($"{key} of the akkakv persistence plugin {what}.");
}
