using System.Globalization;

namespace AkkaKv.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record SteadyOptions
{
    public const string Usage = """
        steady [--minutes N] [--quick] [--rows N] [--reads N] [--writes N] [--seed N] [--json FILE] [--directory DIR]
          --minutes    how long the load runs, 1 to 1440, the first tenth of it as warm-up (30; with --quick 1)
          --quick      windows of 5 seconds instead of a minute, 200,000 rows, one minute
          --rows       keys, 10,000 to 4,000,000 (1,000,000)
          --reads      reads per second (5,000)
          --writes     synced writes per second (4,000)
          --seed       of keys and values (a random one, which is printed)
          --json       also writes the windows and the verdicts to a file
          --directory  where the data is written (the directory for temporary files), at most 4 GiB
        """;

    public double Minutes { get; init; } = 30;

    public int Rows { get; init; } = 1_000_000;

    public int ReadsPerSecond { get; init; } = 5_000;

    public int WritesPerSecond { get; init; } = 4_000;

    public int ScansPerSecond { get; init; } = 20;

    public int Readers { get; init; } = 4;

    public int Writers { get; init; } = 16;

    public int Seed { get; init; } = Random.Shared.Next(1_000_000);

    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    public string? JsonFile { get; init; }

    public string Directory { get; init; } = Path.GetTempPath();

    public int Windows => Math.Max(1, (int)Math.Round(TimeSpan.FromMinutes(Minutes) / Window));

    /// <summary>Windows that are run and not judged.</summary>
    public int WarmUpWindows => (int)Math.Ceiling(Windows / 10.0);

    public static SteadyOptions Parse(IReadOnlyList<string> args)
    {
        var options = new SteadyOptions();
        if (args.Contains("--quick"))
            options = options with { Minutes = 1, Rows = 200_000, Window = TimeSpan.FromSeconds(5) };
        for (var at = 0; at < args.Count; at++)
        {
            options = args[at] switch
            {
                "--quick" => options,
                "--minutes" => options with { Minutes = double.Parse(Next(), CultureInfo.InvariantCulture) },
                "--rows" => options with { Rows = Number(10_000, 4_000_000) },
                "--reads" => options with { ReadsPerSecond = Number(1, 1_000_000) },
                "--writes" => options with { WritesPerSecond = Number(1, 1_000_000) },
                "--seed" => options with { Seed = Number(0, int.MaxValue) },
                "--json" => options with { JsonFile = Next() },
                "--directory" => options with { Directory = Next() },
                _ => throw new ArgumentException($"{args[at]} is not known.\n{Usage}"),
            };
            string Next() => ++at < args.Count ? args[at] : throw new ArgumentException(Usage);
            int Number(int least, int most) => int.Parse(Next(), CultureInfo.InvariantCulture) is var number && number >= least && number <= most
                ? number
                : throw new ArgumentException($"{args[at - 1]} must be {least} to {most}.");
        }

        return options.Minutes is >= 1 and <= 1440 ? options : throw new ArgumentException("--minutes must be 1 to 1440.");
    }
}
