using System.Globalization;

namespace AkkaKv.Benchmarks;

/// <summary>Rows of one size; a table of the report.</summary>
internal sealed record RowSet(string Name, int Rows, int ValueBytes);

/// <summary>What the command line asks of the cluster suite.</summary>
internal sealed record ClusterOptions
{
    public const string Usage = """
        cluster [--peers | --overload | --hot-key] [--quick] [--matrix] [--rounds N] [--only WORK] [--systems A,B] [--concurrency N,M]
                [--clients N] [--seconds N] [--server-cpus LIST] [--deadline N] [--json FILE] [--directory DIR]
          --peers        also Akka.DistributedData, and etcd and Redis Cluster, if they are on PATH; without it AkkaKv alone
          --overload     instead: twice, five and ten times as many synced writes as the nodes can carry, and how soon they are back
          --hot-key      instead: half of a mixed load goes to one key; what the other keys feel of it
          --quick        20,000 rows, one round, a second a work: under two minutes
          --matrix       instead: N/W/R = 3/1/1, 3/2/2, 3/3/1 with values of 10 B, 100 B, 1 KiB, 10 KiB
          --rounds       rounds, each system once in each (3; with --quick, --overload, --hot-key 1)
          --only         one work, a part of its name is enough; may be given several times
          --systems      only these columns, by their names, separated by commas; "AkkaKv,AkkaKv no repair,AkkaKv fast repair" shows what
                         anti-entropy costs
          --concurrency  requests under way at a time, separated by commas (64,1024)
          --clients      instances of AkkaKvClient, each beginning with another node (1; with --overload, --hot-key 4)
          --seconds      how long a work is measured (60 or 2 million operations; with --overload, --hot-key 20; with --quick 1)
          --server-cpus  processors that servers keep to, as taskset takes them: so a load that takes a processor of its own does not take theirs
          --deadline     with --overload, --hot-key: seconds that a request is waited for (1)
          --json         also writes the rows of the tables to a file
          --directory    where the data is written (the directory for temporary files); it should be on the disk that is meant
        """;

    private static readonly RowSet[] Standard = [new("200k x 100 B", 200_000, 100)];
    private static readonly RowSet[] Sizes =
        [new("200k x 10 B", 200_000, 10), new("200k x 100 B", 200_000, 100), new("200k x 1 KiB", 200_000, 1024), new("20k x 10 KiB", 20_000, 10_240)];

    public bool WithPeers { get; init; }

    public bool IsQuick { get; init; }

    public bool IsMatrix { get; init; }

    /// <summary>More than the nodes can carry, instead of the works.</summary>
    public bool IsOverload { get; init; }

    /// <summary>Half of the load on one key, instead of the works.</summary>
    public bool IsHotKey { get; init; }

    public int Rounds { get; init; } = 3;

    public double Seconds { get; init; } = 60;

    /// <summary>With an open load: how long each request is waited for, from when it falls due.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Processors that servers keep to; empty for all.</summary>
    public string ServerCpus { get; init; } = "";

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
            : !system.IsOnlyByName && (WithPeers || system.Servers == ServerKind.AkkaKv))];

    public static ClusterOptions Parse(IReadOnlyList<string> args)
    {
        var options = new ClusterOptions { IsOverload = args.Contains("--overload"), IsHotKey = args.Contains("--hot-key") };
        if (options is { IsOverload: true, IsHotKey: true })
            throw new ArgumentException($"--overload and --hot-key are runs of their own.\n{Usage}");
        if (options.IsOverload || options.IsHotKey)
            options = options with { Rounds = 1, Seconds = 20, Clients = 4 };
        if (args.Contains("--quick"))
            options = options with { IsQuick = true, Rounds = 1, Seconds = 1 };
        for (var at = 0; at < args.Count; at++)
        {
            options = args[at] switch
            {
                "--peers" => options with { WithPeers = true },
                "--quick" or "--overload" or "--hot-key" => options,
                "--matrix" => options with { IsMatrix = true },
                "--rounds" => options with { Rounds = Number(Next()) },
                "--seconds" => options with { Seconds = Positive(Next()) },
                "--concurrency" => options with { Concurrencies = [.. Next().Split(',').Select(Number).Order()] },
                "--clients" => options with { Clients = Number(Next()) },
                "--only" => options with { Only = [.. options.Only, Next()] },
                "--systems" => options with { Names = Next().Split(',', StringSplitOptions.TrimEntries) },
                "--deadline" => options with { Deadline = TimeSpan.FromSeconds(Positive(Next())) },
                "--server-cpus" => options with { ServerCpus = Next() },
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

    public ReportHead HeadFor(IReadOnlyList<ClusterSystem> systems) =>
        HeadFor(systems.ToDictionary(system => system.Name, system => system.Description), hasRatios: true);

    /// <param name="systems">The columns, and what each is.</param>
    /// <param name="hasRatios">They are to be compared.</param>
    public ReportHead HeadFor(IReadOnlyDictionary<string, string> systems, bool hasRatios) => new(
        [.. RowSets.Select(rows => rows.Name)],
        [.. systems.Keys],
        Rounds,
        new
        {
            Rounds,
            Seconds,
            WarmUpSeconds,
            OperationsLimit,
            Concurrencies,
            Clients,
            ServerCpus,
            deadlineSeconds = Deadline.TotalSeconds,
            systems,
        },
        hasRatios);

    private bool Asks(string work) => Only.Count == 0 || Only.Any(part => work.Contains(part, StringComparison.OrdinalIgnoreCase));

    private static double Positive(string text) =>
        double.Parse(text, CultureInfo.InvariantCulture) is var number and > 0 ? number : throw new ArgumentException($"{text} is not above 0.");

    private static int Number(string text) =>
        int.Parse(text, CultureInfo.InvariantCulture) is var number and > 0 ? number : throw new ArgumentException($"{text} is not above 0.");
}
