using System.Globalization;

namespace AkkaKv.Benchmarks;

/// <summary>Rows of one size; a table of the report.</summary>
internal sealed record RowSet(string Name, int Rows, int ValueBytes);

/// <summary>What the command line asks of the cluster suite.</summary>
internal sealed record ClusterOptions
{
    public const string Usage = """
        cluster [--peers] [--quick] [--matrix] [--rounds N] [--only WORK] [--systems A,B] [--concurrency N,M] [--clients N]
                [--seconds N] [--json FILE] [--directory DIR]
          --peers        also etcd and Redis Cluster, if they are on PATH; without it AkkaKv alone
          --quick        20,000 rows, one round, a second a work: under two minutes
          --matrix       instead: N/W/R = 3/1/1, 3/2/2, 3/3/1 with values of 10 B, 100 B, 1 KiB, 10 KiB
          --rounds       rounds, each system once in each (3; with --quick 1)
          --only         one work, a part of its name is enough; may be given several times
          --systems      only these columns, by their names, separated by commas
          --concurrency  requests under way at a time, separated by commas (64,1024)
          --clients      instances of AkkaKvClient, each beginning with another node (1)
          --seconds      how long a work is measured (60 or 2 million operations; with --quick 1)
          --json         also writes the rows of the tables to a file
          --directory    where the data is written (the directory for temporary files); it should be on the disk that is meant
        """;

    private static readonly RowSet[] Standard = [new("200k x 100 B", 200_000, 100)];
    private static readonly RowSet[] Sizes =
        [new("200k x 10 B", 200_000, 10), new("200k x 100 B", 200_000, 100), new("200k x 1 KiB", 200_000, 1024), new("20k x 10 KiB", 20_000, 10_240)];

    public bool WithPeers { get; init; }

    public bool IsQuick { get; init; }

    public bool IsMatrix { get; init; }

    public int Rounds { get; init; } = 3;

    public double Seconds { get; init; } = 60;

    /// <summary>A work ends with so many operations if that is sooner.</summary>
    public int OperationsLimit { get; init; } = 2_000_000;

    public IReadOnlyList<int> Concurrencies { get; init; } = [64, 1024];

    public int Clients { get; init; } = 1;

    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Names of columns; empty for all.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    public string? JsonFile { get; init; }

    public string Directory { get; init; } = Path.GetTempPath();

    /// <summary>Before the measurement of each work; the servers have taken every row by then.</summary>
    public double WarmUpSeconds => IsQuick ? Math.Min(0.5, Seconds / 2) : Math.Min(10, Seconds / 2);

    public IReadOnlyList<RowSet> RowSets =>
        [.. (IsMatrix ? Sizes : Standard).Select(rows => IsQuick ? rows with { Name = "20k" + rows.Name[rows.Name.IndexOf(' ')..], Rows = 20_000 } : rows)];

    public IReadOnlyList<ClusterWork> Works =>
        [.. (IsMatrix ? ClusterWorks.Matrix(Concurrencies[^1]) : ClusterWorks.Standard(Concurrencies)).Where(work => Asks(work.Name))];

    /// <summary>What was asked for, whether its programs are there or not.</summary>
    public IReadOnlyList<ClusterSystem> Systems =>
        [.. ClusterSystem.All.Where(system => Names.Count > 0
            ? Names.Contains(system.Name, StringComparer.OrdinalIgnoreCase)
            : WithPeers || system.Servers == ServerKind.AkkaKv)];

    public static ClusterOptions Parse(IReadOnlyList<string> args)
    {
        var options = new ClusterOptions();
        if (args.Contains("--quick"))
            options = options with { IsQuick = true, Rounds = 1, Seconds = 1 };
        for (var at = 0; at < args.Count; at++)
        {
            options = args[at] switch
            {
                "--peers" => options with { WithPeers = true },
                "--quick" => options,
                "--matrix" => options with { IsMatrix = true },
                "--rounds" => options with { Rounds = Number(Next()) },
                "--seconds" => options with { Seconds = double.Parse(Next(), CultureInfo.InvariantCulture) },
                "--concurrency" => options with { Concurrencies = [.. Next().Split(',').Select(Number).Order()] },
                "--clients" => options with { Clients = Number(Next()) },
                "--only" => options with { Only = [.. options.Only, Next()] },
                "--systems" => options with { Names = Next().Split(',', StringSplitOptions.TrimEntries) },
                "--json" => options with { JsonFile = Next() },
                "--directory" => options with { Directory = Next() },
                _ => throw new ArgumentException($"{args[at]} is not known.\n{Usage}"),
            };
            string Next() => ++at < args.Count ? args[at] : throw new ArgumentException(Usage);
        }

        var unknown = options.Names.Except(ClusterSystem.All.Select(system => system.Name), StringComparer.OrdinalIgnoreCase).ToList();
        if (unknown.Count > 0)
            throw new ArgumentException($"There is no system {string.Join(" or ", unknown)}: {string.Join(", ", ClusterSystem.All.Select(system => system.Name))}.");
        if (options.Works.Count == 0)
            throw new ArgumentException($"No work has {string.Join(" or ", options.Only)} in its name.");
        return options;
    }

    public ReportHead HeadFor(IReadOnlyList<ClusterSystem> systems) => new(
        [.. RowSets.Select(rows => rows.Name)],
        [.. systems.Select(system => system.Name)],
        Rounds,
        new
        {
            Rounds,
            Seconds,
            WarmUpSeconds,
            OperationsLimit,
            Concurrencies,
            Clients,
            systems = systems.ToDictionary(system => system.Name, system => system.Description),
        });

    private bool Asks(string work) => Only.Count == 0 || Only.Any(part => work.Contains(part, StringComparison.OrdinalIgnoreCase));

    private static int Number(string text) =>
        int.Parse(text, CultureInfo.InvariantCulture) is var number and > 0 ? number : throw new ArgumentException($"{text} is not above 0.");
}
