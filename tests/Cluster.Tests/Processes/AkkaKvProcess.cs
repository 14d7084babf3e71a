using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace AkkaKv.Cluster.Tests;

/// <summary>A run of the command line in a process of its own, with its lines as events.</summary>
internal sealed class AkkaKvProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _log = new();

    private AkkaKvProcess(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "akkakv.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What the process reads.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Everything it has said, for the message of a failing test.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    public static AkkaKvProcess Start(params IEnumerable<string> arguments) => new(arguments);

    /// <summary>Waits for a line that holds a text.</summary>
    public async Task WaitForLineAsync(string text, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(timeout.Token))
            {
                if (line.Contains(text, StringComparison.Ordinal)) return;
            }
        }
        catch (OperationCanceledException)
        {
        }

        throw new InvalidOperationException($"The process did not say '{text}' within {limit}. It said:\n{Log}");
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"The process did not end within {limit}. It said:\n{Log}");
        }

        return _process.ExitCode;
    }

    /// <summary>kill -9, and it is gone when this returns.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await WaitForExitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Holds the process up, as a machine does that has no time for it.</summary>
    public void Pause() => Signal("-STOP");

    /// <summary>Lets it go on.</summary>
    public void Continue() => Signal("-CONT");

    /// <summary>What Ctrl-C sends; where whoever runs the tests lets its children ignore that, what a service manager sends.</summary>
    public void Interrupt() => Signal(IgnoresInterrupt() ? "-TERM" : "-INT");

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    /// <summary>A shell starts background jobs with SIGINT ignored, and so do their children's children.</summary>
    private bool IgnoresInterrupt()
    {
        const string Field = "SigIgn:";
        const ulong Interrupt = 1UL << 1;
        var status = $"/proc/{_process.Id.ToString(CultureInfo.InvariantCulture)}/status";
        return File.Exists(status)
            && File.ReadLines(status).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) is { } ignored
            && (ulong.Parse(ignored[Field.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Interrupt) != 0;
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
        _lines.Writer.TryWrite(line);
    }
}
