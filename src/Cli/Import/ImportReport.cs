using System.Globalization;

namespace AkkaKv.Cli;

/// <summary>The last word of an import: counts to standard output, what failed to standard error.</summary>
internal sealed class ImportReport
{
    private readonly string _name;
    private readonly Importer _importer;
    private readonly TimeSpan _elapsed;

    public ImportReport(string name, Importer importer, TimeSpan elapsed)
    {
        _name = name;
        _importer = importer;
        _elapsed = elapsed;
    }

    private double PerSecond => _importer.Acknowledged / Math.Max(_elapsed.TotalSeconds, 0.001);

    private string Pace => string.Create(CultureInfo.InvariantCulture, $"in {_elapsed.TotalSeconds:N1} s ({PerSecond:N0}/s)");

    /// <param name="terminal">Where to print.</param>
    /// <param name="isJson">One JSON object instead of lines for people.</param>
    /// <param name="state">Where the position of an import that has not done everything is kept.</param>
    public void Print(Terminal terminal, bool isJson, ImportState? state)
    {
        var failures = _importer.Failures;
        foreach (var (line, reason) in failures.First)
            terminal.Error.WriteLine($"{_name}:{line}: {reason}");
        if (failures.Count > FailedRecords.ShownLimit)
            terminal.Error.WriteLine($"... and {failures.Count - FailedRecords.ShownLimit:N0} more");
        if (state is not null)
            terminal.Error.WriteLine($"All of the first {_importer.Position.Lines:N0} lines are done; --resume goes on there.");

        if (isJson)
            PrintJson(terminal);
        else
            terminal.WriteLine($"{_importer.Acknowledged:N0} records acknowledged, {failures.Count:N0} failed, {Pace}");
    }

    private void PrintJson(Terminal terminal) => terminal.WriteJsonLine(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("acknowledged", _importer.Acknowledged);
        writer.WriteNumber("failed", _importer.Failures.Count);
        writer.WriteNumber("lines", _importer.LinesRead);
        writer.WriteNumber("linesDone", _importer.Position.Lines);
        writer.WriteNumber("seconds", Math.Round(_elapsed.TotalSeconds, 3));
        writer.WriteNumber("perSecond", Math.Round(PerSecond));
        writer.WriteStartArray("failures");
        foreach (var (line, reason) in _importer.Failures.First)
        {
            writer.WriteStartObject();
            writer.WriteNumber("line", line);
            writer.WriteString("reason", reason);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });
}
