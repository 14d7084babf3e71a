using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace AkkaKv.Benchmarks;

/// <summary>
/// One server, a process of its own that this one started, with its lines as events. It is asked to stop, and killed if it does not; nothing
/// else is ever stopped.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int TailLimit = 20;
    private const double TicksPerSecond = 100;

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly string _name;
    private readonly Channel<string> _lines =
        Channel.CreateBounded<string>(new BoundedChannelOptions(1_000) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>The last lines, for the message of a failure; guarded by itself.</summary>
    private readonly Queue<string> _tail = new();

    private ServerProcess(string name, ProcessStartInfo start)
    {
        _name = name;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>User and system time, in seconds, since it was started.</summary>
    public double CpuSeconds
    {
        get
        {
            // The name in parentheses may hold spaces; utime and stime are the 12th and 13th field behind it.
            var stat = File.ReadAllText(Proc("stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
    }

    /// <summary>Resident memory.</summary>
    public long MemoryBytes => Number("status", "VmRSS:") * 1024;

    /// <summary>Bytes sent to the disk since it was started.</summary>
    public long WrittenBytes => Number("io", "write_bytes:");

    /// <summary>The processors that servers started from now on keep to, as <c>taskset</c> takes them; empty for all.</summary>
    public static string Cpus { get; set; } = "";

    public static ServerProcess Start(string name, string program, string folder, params IEnumerable<string> arguments)
    {
        Directory.CreateDirectory(folder);
        if (Cpus.Length > 0) (program, arguments) = ("taskset", ["-c", Cpus, program, .. arguments]);
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return new ServerProcess(name, start);
    }

    /// <summary>Waits for a line that holds a text.</summary>
    public async Task WaitForLineAsync(string text, TimeSpan limit, CancellationToken stop)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timeout.CancelAfter(limit);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(timeout.Token))
            {
                if (line.Contains(text, StringComparison.Ordinal))
                    return;
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
        }

        throw new InvalidOperationException($"{_name} did not say '{text}' within {limit.TotalSeconds:0} s. {Tail()}");
    }

    public string Tail()
    {
        lock (_tail)
            return $"The last that {_name} said: {(_tail.Count == 0 ? "nothing" : string.Join(" | ", _tail))}";
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using (var term = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
                await term.WaitForExitAsync();
            using var limit = new CancellationTokenSource(StopLimit);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            _lines.Writer.TryComplete();
            return;
        }

        _lines.Writer.TryWrite(line);
        lock (_tail)
        {
            _tail.Enqueue(line);
            if (_tail.Count > TailLimit)
                _tail.Dequeue();
        }
    }

    private long Number(string file, string name) => long.Parse(
        File.ReadLines(Proc(file)).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Trim().Split(' ')[0],
        CultureInfo.InvariantCulture);

    private string Proc(string file) => string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/{file}");
}
