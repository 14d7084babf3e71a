using System.Runtime.InteropServices;

namespace AkkaKv.Benchmarks;

/// <summary>What is around every run that starts servers: Ctrl-C ends it with the figures until then, and nothing of it stays on the disk.</summary>
internal static class SuiteRun
{
    public static string FolderIn(string directory) => Path.Combine(directory, $"akkakv-benchmark-{Environment.ProcessId}");

    /// <param name="report">Printed at the end.</param>
    /// <param name="folder">Deleted at the end.</param>
    /// <param name="jsonFile">Where the report is written as JSON too; null for nowhere.</param>
    /// <param name="runAsync">The run.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Report report, string folder, string? jsonFile, Func<CancellationToken, Task> runAsync)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await runAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped; the figures are those until now.");
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }

        report.Print(Console.Out);
        if (jsonFile is not null)
            report.WriteJson(jsonFile);
        return report.HasFailures || stop.IsCancellationRequested ? 1 : 0;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }
}
