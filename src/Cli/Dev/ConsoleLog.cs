namespace AkkaKv.Cli;

/// <summary>
/// While nodes run inside this process, what they print goes to a file: the screen belongs to whoever started them. The command's
/// own lines do not pass through <see cref="Console"/>.
/// </summary>
internal sealed class ConsoleLog : IDisposable
{
    private readonly TextWriter _output = Console.Out;
    private readonly TextWriter _error = Console.Error;
    private readonly TextWriter _log;

    private ConsoleLog(TextWriter log)
    {
        _log = log;
        Console.SetOut(log);
        Console.SetError(log);
    }

    public static ConsoleLog RedirectTo(string path) => new(LogFile.Append(path));

    public void Dispose()
    {
        Console.SetOut(_output);
        Console.SetError(_error);
        _log.Dispose();
    }
}
