using System.Diagnostics;

namespace AkkaKv.Cli;

/// <summary>
/// A node in an operating system process of its own, as `akkakv node` would run it. It stops when its standard input closes: that
/// is how it is asked to, on every platform, and it leaves no orphan behind if this process is killed. All that it prints goes to
/// its log file.
/// </summary>
internal sealed class ChildNode : LocalNode
{
    private const int ExitCodeOfSignal = 128;

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly TimeProvider _time;

    private ChildNode(NodePlan plan, Process process, TimeProvider time)
        : base(plan)
    {
        _process = process;
        _time = time;
        Ended = FollowAsync();
    }

    public override int ProcessId => _process.Id;

    public override Task<NodeEnd> Ended { get; }

    public static ChildNode Start(NodePlan plan, TimeProvider time)
    {
        var start = ThisExecutable.StartInfo("node", "--config", plan.ConfigPath, NodeCommand.UntilInputClosesOption);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return new ChildNode(plan, Process.Start(start)!, time);
    }

    public override async Task StopAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await Ended.WaitAsync(StopLimit, _time);
        }
        catch (TimeoutException)
        {
            _process.Kill();
            await Ended;
        }
    }

    private async Task<NodeEnd> FollowAsync()
    {
        var log = LogFile.Append(Plan.LogPath);
        await using (log)
        {
            await log.WriteLineAsync($"--- {Plan.Name} starts as process {_process.Id}, {_time.GetUtcNow():u}");
            var fault = "";
            var output = CopyAsync(_process.StandardOutput, log, _ => { });
            var error = CopyAsync(_process.StandardError, log, line => fault = IsFault(line) || fault.Length == 0 ? line : fault);
            await Task.WhenAll(_process.WaitForExitAsync(), output, error);
            var end = new NodeEnd(_process.ExitCode, Describe(_process.ExitCode, fault));
            await log.WriteLineAsync($"--- {Plan.Name} {end.Reason}");
            return end;
        }
    }

    private static async Task CopyAsync(StreamReader source, TextWriter log, Action<string> onLine)
    {
        while (await source.ReadLineAsync() is { } line)
        {
            onLine(line);
            await log.WriteLineAsync(line);
        }
    }

    private static bool IsFault(string line) => line.StartsWith(CliApplication.FaultPrefix, StringComparison.Ordinal);

    private static string Describe(int exitCode, string fault) => exitCode switch
    {
        0 => "has stopped",
        > ExitCodeOfSignal => $"was ended by signal {exitCode - ExitCodeOfSignal}",
        _ => $"ended with exit code {exitCode}: {(IsFault(fault) ? fault[CliApplication.FaultPrefix.Length..] : fault)}",
    };
}
