using System.Globalization;
using System.Text.Json;

namespace AkkaKv.Benchmarks;

/// <summary>Gathers the figures of all rounds; medians and ratios for people as a table, for programs as JSON.</summary>
internal sealed class Report(SuiteOptions options)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly List<(DataSet Data, string System, Figure Figure)> _figures = [];
    private readonly List<(DataSet Data, string System, string Work, string Why)> _failures = [];
    private readonly string _loadBefore = Machine.Load();

    private sealed record Row(
        string Data, string Work, string System, string Unit, double Median, double Min, double Max, int Rounds, double? Ratio);

    public bool HasFailures => _failures.Count > 0;

    public void Add(DataSet data, string system, Figure figure) => _figures.Add((data, system, figure));

    public void AddFailure(DataSet data, string system, string work, string why)
    {
        Console.Error.WriteLine($"  failed: {why}");
        _failures.Add((data, system, work, why));
    }

    public void Print(TextWriter output)
    {
        output.WriteLine($"{Machine.Describe()}; load {_loadBefore} before, {Machine.Load()} after; commit {Machine.Commit()}");
        output.WriteLine($"Medians of {options.Rounds} rounds. Ratios are AkkaKv / peer; ^ more is better, v less is better.");
        foreach (var data in options.DataSets)
            Print(output, data);
        foreach (var (data, system, work, why) in _failures)
            output.WriteLine($"FAILED: {data.Name}, {work}, {system}: {why}");
    }

    public void WriteJson(string file)
    {
        var document = new
        {
            machine = Machine.Describe(),
            load = new { before = _loadBefore, after = Machine.Load() },
            commit = Machine.Commit(),
            options = new
            {
                options.Rounds,
                options.Seconds,
                options.Threads,
                options.BatchRows,
                options.CacheBytes,
                options.SmallCacheBytes,
                systems = options.Systems.ToDictionary(system => system, Peers.Describe),
            },
            rows = options.DataSets.SelectMany(RowsOf),
            failures = _failures.Select(failure => new { data = failure.Data.Name, failure.System, failure.Work, failure.Why }),
        };
        File.WriteAllText(file, JsonSerializer.Serialize(document, Json) + "\n");
    }

    private void Print(TextWriter output, DataSet data)
    {
        output.WriteLine();
        var head = $"{data.Name,-48} {"unit",-7}" + string.Concat(options.Systems.Select(system => $"{system,13}"))
            + string.Concat(options.Systems.Skip(1).Select(system => $"{"/ " + system,12}"));
        output.WriteLine(head);
        output.WriteLine(new string('-', head.Length));
        foreach (var work in RowsOf(data).GroupBy(row => row.Work))
        {
            var bySystem = work.ToDictionary(row => row.System);
            output.WriteLine($"{(IsMoreBetter(data, work.Key) ? "^ " : "v ") + work.Key,-48} {work.First().Unit,-7}"
                + string.Concat(options.Systems.Select(system => $"{Text(bySystem.GetValueOrDefault(system)?.Median),13}"))
                + string.Concat(options.Systems.Skip(1).Select(system => $"{Text(bySystem.GetValueOrDefault(system)?.Ratio),12}")));
        }
    }

    private bool IsMoreBetter(DataSet data, string work) =>
        _figures.First(entry => entry.Data == data && entry.Figure.Work == work).Figure.MoreIsBetter;

    private IEnumerable<Row> RowsOf(DataSet data)
    {
        foreach (var work in _figures.Where(entry => entry.Data == data).GroupBy(entry => entry.Figure.Work))
        {
            var medians = work.GroupBy(entry => entry.System).ToDictionary(one => one.Key, one => Median(one.Select(entry => entry.Figure.Value)));
            foreach (var one in work.GroupBy(entry => entry.System))
            {
                var values = one.Select(entry => entry.Figure.Value).ToList();
                double? ratio = medians.TryGetValue(Peers.AkkaKv, out var own) && medians[one.Key] != 0 ? own / medians[one.Key] : null;
                yield return new Row(
                    data.Name, work.Key, one.Key, one.First().Figure.Unit, medians[one.Key], values.Min(), values.Max(), values.Count, ratio);
            }
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static string Text(double? number) => number switch
    {
        null => "-",
        >= 1000 => number.Value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => number.Value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => number.Value.ToString("0.00", CultureInfo.InvariantCulture),
    };
}
