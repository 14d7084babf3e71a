using System.Globalization;

namespace AkkaKv.Benchmarks;

/// <summary>A set of rows to work on.</summary>
internal sealed record DataSet(string Name, int Rows, int ValueBytes);

/// <summary>What the command line asks for.</summary>
internal sealed record SuiteOptions
{
    public const string Usage = """
        storage [--peers] [--quick] [--rounds N] [--only WORK] [--seconds N] [--json FILE] [--directory DIR]
          --peers      also RocksDB and ZoneTree; without it AkkaKv alone
          --quick      100,000 rows of 100 bytes, one round, half a second a work: under a minute
          --rounds     rounds, each system once in each (5; with --quick 1)
          --only       one work, a part of its name is enough; may be given several times
          --seconds    how long reads and synced writes are measured (5; with --quick 0.5)
          --json       also writes the rows of the table to a file
          --directory  where the data is written (the directory for temporary files); it should be on the disk that is meant
        """;

    private static readonly DataSet[] Full = [new("2M x 100 B", 2_000_000, 100), new("200k x 1 KiB", 200_000, 1024)];
    private static readonly DataSet[] Quick = [new("100k x 100 B", 100_000, 100)];

    public bool WithPeers { get; init; }

    public int Rounds { get; init; } = 5;

    public double Seconds { get; init; } = 5;

    public IReadOnlyList<DataSet> DataSets { get; init; } = Full;

    public IReadOnlyList<string> Only { get; init; } = [];

    public string? JsonFile { get; init; }

    public string Directory { get; init; } = Path.GetTempPath();

    /// <summary>Holds every set of rows.</summary>
    public long CacheBytes { get; init; } = 512L << 20;

    /// <summary>Holds a small part of them.</summary>
    public long SmallCacheBytes { get; init; } = 8L << 20;

    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Rows of a synced batch in fills.</summary>
    public int BatchRows { get; init; } = 1_000;

    public IReadOnlyList<string> Systems => WithPeers ? Peers.Names : [Peers.AkkaKv];

    public ReportHead ReportHead => new([.. DataSets.Select(data => data.Name)], Systems, Rounds, new
    {
        Rounds,
        Seconds,
        Threads,
        BatchRows,
        CacheBytes,
        SmallCacheBytes,
        systems = Systems.ToDictionary(system => system, Peers.Describe),
    });

    public bool Asks(string work) => Only.Count == 0 || Only.Any(part => work.Contains(part, StringComparison.OrdinalIgnoreCase));

    public static SuiteOptions Parse(IReadOnlyList<string> args)
    {
        var options = new SuiteOptions();
        if (args.Contains("--quick"))
            options = options with { Rounds = 1, Seconds = 0.5, DataSets = Quick, SmallCacheBytes = 1 << 20 };
        for (var at = 0; at < args.Count; at++)
        {
            options = args[at] switch
            {
                "--peers" => options with { WithPeers = true },
                "--quick" => options,
                "--rounds" => options with { Rounds = int.Parse(Next(), CultureInfo.InvariantCulture) },
                "--seconds" => options with { Seconds = double.Parse(Next(), CultureInfo.InvariantCulture) },
                "--only" => options with { Only = [.. options.Only, Next()] },
                "--json" => options with { JsonFile = Next() },
                "--directory" => options with { Directory = Next() },
                _ => throw new ArgumentException($"{args[at]} is not known.\n{Usage}"),
            };
            string Next() => ++at < args.Count ? args[at] : throw new ArgumentException(Usage);
        }

        if (!Works.All.Any(options.Asks))
            throw new ArgumentException($"No work has {string.Join(" or ", options.Only)} in its name: {string.Join("; ", Works.All)}.");
        return options;
    }
}
