using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace AkkaKv.Cli;

/// <summary>
/// Everything a command meets outside itself: the three standard streams, the environment, the clock and the wish to stop. Commands
/// never touch <see cref="Console"/>, so a test runs them like a person does and reads what they print. Results go to
/// <see cref="Output"/>, as bytes because values are bytes; progress, hints and errors go to <see cref="Error"/>.
/// </summary>
internal sealed class Terminal
{
    private const int WidthWhenNoTerminal = 200;
    private const int WidthWhenUnknown = 80;

    public required Stream Input { get; init; }

    public required Stream Output { get; init; }

    public required TextWriter Error { get; init; }

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    public required StopSignals Stop { get; init; }

    public Func<string, string?> Environment { get; init; } = _ => null;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static Terminal OfThisProcess(StopSignals stop) => new()
    {
        Input = Console.OpenStandardInput(),
        Output = Console.OpenStandardOutput(),
        Error = Utf8Writer(Console.OpenStandardError()),
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Stop = stop,
        Environment = System.Environment.GetEnvironmentVariable,
    };

    public void WriteLine(string line) => Output.Write(Encoding.UTF8.GetBytes(line + "\n"));

    public void WriteJsonLine(Action<Utf8JsonWriter> write)
    {
        using var line = new MemoryStream();
        KvJson.Write(line, write);
        line.WriteByte((byte)'\n');
        Output.Write(line.GetBuffer().AsSpan(0, (int)line.Length));
    }

    /// <summary>Tables and live displays on standard output: plain and wide enough for every column where that is not a terminal.</summary>
    public IAnsiConsole OutputConsole() => CreateConsole(Utf8Writer(Output), OutputIsTerminal);

    public IAnsiConsole ErrorConsole() => CreateConsole(Error, ErrorIsTerminal);

    private static IAnsiConsole CreateConsole(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        console.Profile.Width = !isTerminal ? WidthWhenNoTerminal : Console.WindowWidth > 0 ? Console.WindowWidth : WidthWhenUnknown;
        return console;
    }

    private static StreamWriter Utf8Writer(Stream stream) =>
        new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { AutoFlush = true, NewLine = "\n" };
}
