using System.CommandLine;
using System.CommandLine.Invocation;
using AkkaKv.Node;
using AkkaKv.Storage;

namespace AkkaKv.Cli;

/// <summary>The `akkakv` command: its subcommands, and the one place where a failure becomes words and an exit code.</summary>
internal static class CliApplication
{
    /// <summary>Begins the line on standard error that says what went wrong.</summary>
    public const string FaultPrefix = "akkakv: ";

    public static async Task<ExitCode> RunAsync(IReadOnlyList<string> args, Terminal terminal)
    {
        // "@file" is a value like any other here, not a file of arguments.
        var parsed = CreateRootCommand(terminal).Parse(args.Count == 0 ? ["--help"] : args, new() { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
            return await FailAsync(terminal, IsJson(args), UsageFault(parsed));
        try
        {
            using var output = new StreamWriter(terminal.Output, leaveOpen: true);
            var invocation = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = output,
                Error = terminal.Error,
            };
            return (ExitCode)await parsed.InvokeAsync(invocation, terminal.Stop.Token);
        }
        catch (Exception fault) when (Explain(fault, terminal) is { } explained)
        {
            return await FailAsync(terminal, IsJson(args), explained);
        }
        catch (Exception bug)
        {
            await terminal.Error.WriteLineAsync(FaultPrefix + "this is a fault in akkakv itself; please report it with these lines:");
            await terminal.Error.WriteLineAsync(bug.ToString());
            return ExitCode.Failed;
        }
    }

    private static RootCommand CreateRootCommand(Terminal terminal) => new(
        "AkkaKv, a key-value store that is always writable.\n\n"
        + $"Servers are named by --server or, comma-separated, by the environment variable {ServerSet.EnvironmentVariable}. "
        + "Results go to standard output; progress, hints and errors go to standard error, with --json as JSON.\n\n"
        + ExitCodes.Help)
    {
        PutCommand.Create(terminal),
        GetCommand.Create(terminal),
        DeleteCommand.Create(terminal),
        StatusCommand.Create(terminal),
        RepairCommand.Create(terminal),
        ImportCommand.Create(terminal),
        ExportCommand.Create(terminal),
        NodeCommand.Create(terminal),
        DevCommand.Create(terminal),
        VerifyCommand.Create(terminal),
        InspectCommand.Create(terminal),
    };

    private static CliException UsageFault(ParseResult parsed)
    {
        var path = parsed.CommandResult.Command is RootCommand ? "akkakv" : "akkakv " + parsed.CommandResult.Command.Name;

        // Some messages of the parser are lists over several lines.
        var words = parsed.Errors.SelectMany(error => error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return CliException.Usage(string.Join(' ', words), $"`{path} --help` shows what is expected.");
    }

    /// <summary>The failures that a user can do something about; anything else is a bug and keeps its stack trace.</summary>
    private static CliException? Explain(Exception fault, Terminal terminal) => fault switch
    {
        CliException explained => explained,
        OperationCanceledException when terminal.Stop.Token.IsCancellationRequested =>
            new CliException(ExitCode.Interrupted, "Stopped before the end.", error: "Interrupted"),
        NodeStartException => new CliException(ExitCode.Failed, fault.Message, error: "NodeStart"),
        SettingsException => new CliException(ExitCode.Usage, fault.Message, error: "Settings"),
        FileNotFoundException or DirectoryNotFoundException => new CliException(ExitCode.Usage, fault.Message, error: "NoFile"),
        StorageException => new CliException(ExitCode.Failed, fault.Message, error: "Storage"),
        UnauthorizedAccessException or IOException => new CliException(ExitCode.Failed, fault.Message, error: "InputOutput"),
        _ => null,
    };

    private static async Task<ExitCode> FailAsync(Terminal terminal, bool isJson, CliException fault)
    {
        if (isJson)
        {
            using var line = new MemoryStream();
            KvJson.Write(line, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("error", fault.Error);
                writer.WriteString("message", fault.Message);
                if (fault.NextStep is not null)
                    writer.WriteString("nextStep", fault.NextStep);
                writer.WriteNumber("exitCode", (int)fault.ExitCode);
                writer.WriteEndObject();
            });
            await terminal.Error.WriteLineAsync(System.Text.Encoding.UTF8.GetString(line.ToArray()));
        }
        else
        {
            await terminal.Error.WriteLineAsync(FaultPrefix + fault.Message);
            if (fault.NextStep is not null)
                await terminal.Error.WriteLineAsync("        " + fault.NextStep);
        }

        return fault.ExitCode;
    }

    // Also asked when the command line could not be parsed.
    private static bool IsJson(IEnumerable<string> args) => args.TakeWhile(arg => arg != "--").Contains("--json");
}
