using System.Diagnostics;
using System.Text.Json;

namespace AkkaKv.Benchmarks;

/// <summary>
/// Runs the works: in every round each system does each work, one system after the other, and the round begins with another system each
/// time, so that whatever else the machine does hits all of them alike. Each work is a process of its own.
/// </summary>
internal sealed class StorageSuite
{
    public const string ReadyToBeKilled = "ready to be killed";

    private readonly SuiteOptions _options;
    private readonly Report _report;
    private readonly string _root;

    private StorageSuite(SuiteOptions options)
    {
        _options = options;
        _report = new Report(options.ReportHead);
        _root = Path.Combine(options.Directory, $"akkakv-benchmark-{Environment.ProcessId}");
    }

    public static int Run(SuiteOptions options)
    {
        var suite = new StorageSuite(options);
        try
        {
            foreach (var data in options.DataSets)
                suite.RunDataSet(data);
        }
        finally
        {
            if (Directory.Exists(suite._root))
                Directory.Delete(suite._root, recursive: true);
        }

        suite._report.Print(Console.Out);
        if (options.JsonFile is { } file)
            suite._report.WriteJson(file);
        return suite._report.HasFailures ? 1 : 0;
    }

    private void RunDataSet(DataSet data)
    {
        for (var round = 0; round < _options.Rounds; round++)
        {
            foreach (var work in Works.All)
            {
                for (var turn = 0; turn < _options.Systems.Count; turn++)
                    RunWork(work, _options.Systems[(turn + round) % _options.Systems.Count], data, round);
            }

            Directory.Delete(_root, recursive: true);
        }
    }

    private void RunWork(string work, string system, DataSet data, int round)
    {
        // The fill is also made for those who only read.
        var isWanted = _options.Asks(work);
        if (!isWanted && !(work == Works.RandomFill && Works.All.Any(other => _options.Asks(other) && Works.NeedsRandomFill(other))))
            return;

        Console.Error.WriteLine($"{data.Name}, round {round + 1} of {_options.Rounds}: {work}, {system}");
        var isOwn = work != Works.RandomFill && !Works.NeedsRandomFill(work);
        var request = new ChildRequest(
            work,
            system,
            Path.Combine(_root, system + (isOwn ? "-own" : "")),
            data.Rows,
            data.ValueBytes,
            work == Works.ReadOutOfCache ? _options.SmallCacheBytes : _options.CacheBytes,
            _options.Threads,
            _options.Seconds,
            _options.BatchRows);
        Directory.CreateDirectory(request.Directory);
        try
        {
            if (work == Works.OpenAfterKill)
                WriteUntilKilled(request with { Work = Works.WriteUntilKilled });
            foreach (var figure in RunChild(request))
            {
                if (isWanted)
                    _report.Add(data.Name, system, figure);
            }
        }
        catch (InvalidOperationException failure)
        {
            _report.AddFailure(data.Name, system, work, failure.Message);
        }

        if (isOwn)
            Directory.Delete(request.Directory, recursive: true);
    }

    private static List<Figure> RunChild(ChildRequest request)
    {
        using var child = Start(request);
        var errors = child.StandardError.ReadToEndAsync();
        var figures = new List<Figure>();
        while (child.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith('{'))
                figures.Add(JsonSerializer.Deserialize<Figure>(line)!);
        }

        child.WaitForExit();
        return child.ExitCode == 0 ? figures : throw new InvalidOperationException(Last(errors.Result));
    }

    private static void WriteUntilKilled(ChildRequest request)
    {
        using var child = Start(request);
        var errors = child.StandardError.ReadToEndAsync();
        while (child.StandardOutput.ReadLine() is { } line)
        {
            if (line == ReadyToBeKilled)
                child.Kill();
        }

        child.WaitForExit();
        const int KilledBySignal9 = 128 + 9;
        if (child.ExitCode != KilledBySignal9)
            throw new InvalidOperationException(Last(errors.Result));
    }

    private static Process Start(ChildRequest request)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(StorageSuite).Assembly.Location);
        foreach (var argument in request.ToArguments())
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static string Last(string errors) =>
        errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "the process ended without a word";
}
