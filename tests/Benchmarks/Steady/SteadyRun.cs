using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AkkaKv.Storage;
using AkkaKv.Testing;

namespace AkkaKv.Benchmarks;

/// <summary>
/// The same load for a long time over a fixed set of keys: whatever grows is a leak. Memtables and levels are small, so that flushes and
/// merges run all the time. Prints one row per window, and at the end how each column went.
/// </summary>
internal sealed class SteadyRun
{
    /// <summary>A run that needs more has kept what it should have deleted, or was asked for more rows than fit.</summary>
    private const long DiskLimitBytes = 4L << 30;
    private const int ColumnWidth = 11;

    private static readonly TimeSpan GaugeInterval = TimeSpan.FromSeconds(1);

    private static readonly StorageOptions StoreOptions = new()
    {
        MemtableLimitBytes = 16L << 20,
        LevelZeroTables = 1,
        LevelBaseBytes = 8L << 20,
        TableTargetBytes = 4L << 20,
        BlockCacheBytes = 64L << 20,
    };

    private readonly SteadyOptions _options;
    private readonly string _directory;
    private readonly List<SteadyWindow> _windows = [];

    private SteadyRun(SteadyOptions options)
    {
        _options = options;
        _directory = Path.Combine(options.Directory, $"akkakv-steady-{Environment.ProcessId}");
    }

    /// <returns>0, or 1 if a row was wrong or the run could not be brought to its end.</returns>
    public static async Task<int> RunAsync(SteadyOptions options)
    {
        var run = new SteadyRun(options);
        Directory.CreateDirectory(run._directory);
        var failure = await run.TryRunAsync();
        run.PrintTrends();
        if (options.JsonFile is { } file)
            run.WriteJson(file, failure);
        Console.WriteLine(failure is null ? "Every row was right." : $"FAILED: {failure}");

        // What a failed run leaves is evidence.
        if (failure is null)
            Directory.Delete(run._directory, recursive: true);
        else
            Console.WriteLine($"The data is left in {run._directory}.");
        return failure is null ? 0 : 1;
    }

    private async Task<Exception?> TryRunAsync()
    {
        try
        {
            var rows = new VersionedRows(_options.Rows, _options.Seed);
            await using var store = LsmStore.Open(_directory, StoreOptions, LocalFileSystem.Instance);
            using var load = new SteadyLoad(store, rows, _options);
            Console.WriteLine($"{Machine.Describe()}; load {Machine.Load()}; commit {Machine.Commit()}");
            Console.WriteLine(
                $"seed {_options.Seed}, {_options.Rows} keys; {_options.Windows} windows of {_options.Window.TotalSeconds} s, "
                + $"the first {_options.WarmUpWindows} to warm up; per second {_options.ReadsPerSecond} reads, {_options.WritesPerSecond} synced "
                + $"writes by {_options.Writers} writers, {_options.ScansPerSecond} scans of 100 rows");
            await load.FillAsync();
            await RunWindowsAsync(store, load);
            load.CheckAll();
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    private async Task RunWindowsAsync(LsmStore store, SteadyLoad load)
    {
        PrintHead();
        load.Start();
        try
        {
            for (var number = 0; number < _options.Windows && !load.Ended.IsCancellationRequested; number++)
            {
                var window = await RunWindowAsync(store, load);
                if (number >= _options.WarmUpWindows)
                    _windows.Add(window);
                Print(number, window);
            }
        }
        finally
        {
            await load.StopAsync();
        }
    }

    private async Task<SteadyWindow> RunWindowAsync(LsmStore store, SteadyLoad load)
    {
        var (started, before) = (Stopwatch.GetTimestamp(), store.Statistics);
        var highest = SteadyGauges.Of(store, _directory);
        using var timer = new PeriodicTimer(GaugeInterval);
        while (Stopwatch.GetElapsedTime(started) < _options.Window && !load.Ended.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            highest = highest.Max(SteadyGauges.Of(store, _directory));
            if (highest.DiskBytes > DiskLimitBytes)
                throw new InvalidOperationException($"The directory holds {highest.DiskBytes} bytes, the limit is {DiskLimitBytes}.");
        }

        return SteadyWindow.Of(
            Stopwatch.GetElapsedTime(started), load.Reads.Take(), load.Writes.Take(), load.Scans.Take(), highest, before, store.Statistics);
    }

    private static void PrintHead() =>
        Console.WriteLine($"{"window",-8}" + string.Concat(SteadyWindow.Columns.Select(column => $"{column,ColumnWidth}")) + "  tables");

    private void Print(int number, SteadyWindow window) => Console.WriteLine(
        $"{(number < _options.WarmUpWindows ? "warm-up" : number + 1 - _options.WarmUpWindows),-8}"
        + string.Concat(window.Figures.Select(figure => $"{Text(figure),ColumnWidth}"))
        + $"  {string.Join('/', window.TablesPerLevel)}");

    private void PrintTrends()
    {
        Console.WriteLine("Medians of the first and the last third of the windows, and the last by the first:");
        foreach (var (column, trend) in Trends())
        {
            Console.WriteLine(trend is null
                ? $"  {column,-12} too few windows"
                : $"  {column,-12}{Text(trend.First),ColumnWidth}{Text(trend.Last),ColumnWidth}{Text(trend.Slope),8}  {trend.Verdict}");
        }
    }

    private IEnumerable<(string Column, Trend? Trend)> Trends() => SteadyWindow.Columns.Select((column, at) =>
        (column, Trend.Of([.. _windows.Select(window => window.Figures[at])])));

    private void WriteJson(string file, Exception? failure)
    {
        var document = new
        {
            machine = Machine.Describe(),
            commit = Machine.Commit(),
            options = _options,
            windows = _windows.Select(window => new
            {
                figures = SteadyWindow.Columns.Zip(window.Figures).ToDictionary(pair => pair.First, pair => pair.Second),
                window.TablesPerLevel,
            }),
            trends = Trends().ToDictionary(
                entry => entry.Column,
                entry => entry.Trend is { } trend
                    ? new { trend.First, trend.Last, slope = double.IsFinite(trend.Slope) ? trend.Slope : (double?)null, trend.Verdict }
                    : null),
            failure = failure?.ToString(),
        };
        File.WriteAllText(file, JsonSerializer.Serialize(document, Json) + "\n");
    }

    private static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static string Text(double number) => number switch
    {
        >= 1000 => number.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => number.ToString("0.0", CultureInfo.InvariantCulture),
        _ => number.ToString("0.00", CultureInfo.InvariantCulture),
    };
}
