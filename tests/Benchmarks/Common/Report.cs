using System.Globalization;
using System.Text.Json;

namespace AkkaKv.Benchmarks;

/// <summary>What a report is about.</summary>
/// <param name="Tables">The names of its tables, in order.</param>
/// <param name="Systems">The columns; ratios are those of the first by each other.</param>
/// <param name="Rounds">Figures of each row and column.</param>
/// <param name="Options">Written to the JSON file, so that the run can be done again.</param>
/// <param name="HasRatios">The table has them; without, its columns are not meant to be compared.</param>
internal sealed record ReportHead(
    IReadOnlyList<string> Tables, IReadOnlyList<string> Systems, int Rounds, object Options, bool HasRatios = true);

/// <summary>Gathers the figures of all rounds; medians and ratios for people as tables, for programs as JSON.</summary>
internal sealed class Report(ReportHead head)
{
    private const int LeastColumn = 13;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly List<(string Table, string System, Figure Figure)> _figures = [];
    private readonly List<(string Table, string System, string Work, string Why)> _failures = [];
    private readonly List<string> _notes = [];
    private readonly string _loadBefore = Machine.Load();

    private sealed record Row(
        string Data, string Work, string System, string Unit, double Median, double Min, double Max, int Rounds, double? Ratio);

    public bool HasFailures => _failures.Count > 0;

    public void Add(string table, string system, Figure figure) => _figures.Add((table, system, figure));

    /// <summary>A work that did not give its figures, or gave them with operations that failed.</summary>
    public void AddFailure(string table, string system, string work, string why)
    {
        Console.Error.WriteLine($"  failed: {why}");
        _failures.Add((table, system, work, why));
    }

    /// <summary>What a reader has to know before the figures.</summary>
    public void AddNote(string note) => _notes.Add(note);

    public void Print(TextWriter output)
    {
        output.WriteLine($"{Machine.Describe()}; load {_loadBefore} before, {Machine.Load()} after; commit {Machine.Commit()}");
        var ratios = head.HasRatios ? $" Ratios are {head.Systems[0]} / peer;" : "";
        output.WriteLine($"Medians of {head.Rounds} rounds.{ratios} ^ more is better, v less is better.");
        foreach (var note in _notes)
            output.WriteLine(note);
        foreach (var table in head.Tables)
            Print(output, table);
        foreach (var (table, system, work, why) in _failures)
            output.WriteLine($"FAILED: {table}, {work}, {system}: {why}");
    }

    public void WriteJson(string file)
    {
        var document = new
        {
            machine = Machine.Describe(),
            load = new { before = _loadBefore, after = Machine.Load() },
            commit = Machine.Commit(),
            options = head.Options,
            notes = _notes,
            rows = head.Tables.SelectMany(RowsOf),
            failures = _failures.Select(failure => new { data = failure.Table, failure.System, failure.Work, failure.Why }),
        };
        File.WriteAllText(file, JsonSerializer.Serialize(document, Json) + "\n");
    }

    private void Print(TextWriter output, string table)
    {
        var rows = RowsOf(table).GroupBy(row => row.Work).ToList();
        var workWidth = rows.Select(row => row.Key.Length + 3).Append(48).Max();
        var unitWidth = rows.Select(row => row.First().Unit.Length).Append(7).Max();
        var peers = head.HasRatios ? head.Systems.Skip(1).ToList() : [];

        output.WriteLine();
        var headline = table.PadRight(workWidth) + " " + "unit".PadRight(unitWidth)
            + string.Concat(head.Systems.Select(system => Cell(system, system))) + string.Concat(peers.Select(peer => Cell("/ " + peer, "/ " + peer)));
        output.WriteLine(headline);
        output.WriteLine(new string('-', headline.Length));
        foreach (var row in rows)
        {
            var bySystem = row.ToDictionary(one => one.System);
            output.WriteLine(((IsMoreBetter(table, row.Key) ? "^ " : "v ") + row.Key).PadRight(workWidth)
                + " " + row.First().Unit.PadRight(unitWidth)
                + string.Concat(head.Systems.Select(system => Cell(Text(bySystem.GetValueOrDefault(system)?.Median), system)))
                + string.Concat(peers.Select(peer => Cell(Text(bySystem.GetValueOrDefault(peer)?.Ratio), "/ " + peer))));
        }
    }

    private bool IsMoreBetter(string table, string work) =>
        _figures.First(entry => entry.Table == table && entry.Figure.Work == work).Figure.MoreIsBetter;

    private IEnumerable<Row> RowsOf(string table)
    {
        foreach (var work in _figures.Where(entry => entry.Table == table).GroupBy(entry => entry.Figure.Work))
        {
            var medians = work.GroupBy(entry => entry.System).ToDictionary(one => one.Key, one => Median(one.Select(entry => entry.Figure.Value)));
            foreach (var one in work.GroupBy(entry => entry.System))
            {
                var values = one.Select(entry => entry.Figure.Value).ToList();
                double? ratio = medians.TryGetValue(head.Systems[0], out var own) && medians[one.Key] != 0 ? own / medians[one.Key] : null;
                yield return new Row(
                    table, work.Key, one.Key, one.First().Figure.Unit, medians[one.Key], values.Min(), values.Max(), values.Count, ratio);
            }
        }
    }

    private static string Cell(string text, string column) => text.PadLeft(Math.Max(LeastColumn, column.Length + 2));

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
