using System.CommandLine;

namespace AkkaKv.Cli;

internal static class ImportCommand
{
    private const string Description =
        "Write every record of a file. JSON lines hold an object with key (or key64) and value (or value64), and contentType if wanted; "
        + "plain lines hold key, separator and value, whose bytes are kept exactly. The first line that is not blank tells which, "
        + "unless --format does. Lines of one key take effect in their order. Every record is sent until it is acknowledged, so a node "
        + "may fail meanwhile.";

    public static Command Create(Terminal terminal)
    {
        var command = new Command("import", Description);
        var file = new Argument<string>("FILE") { Description = "The file to read; - is standard input" };
        var format = RecordFormatOptions.Format();
        var separator = RecordFormatOptions.Separator();
        var parallel = new Option<int>("--parallel") { Description = "Records under way at a time, 1 to 1,000", DefaultValueFactory = _ => 32 };
        parallel.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
                result.AddError("--parallel is 1 to 1,000.");
        });
        var resume = new Option<bool>("--resume") { Description = "Go on behind the lines that an earlier import of this file has done" };
        var state = new Option<string?>("--state") { Description = $"Where progress is kept [default: FILE{ImportState.Extension}]", HelpName = "FILE" };
        command.Add(file);
        command.Add(format);
        command.Add(separator);
        command.Add(parallel);
        command.Add(resume);
        command.Add(state);
        var client = new ClientOptions(command, "60s", "How long to go on trying for each record");

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            using var connection = client.Connect(parsed, terminal);
            await using var run = ImportRun.Open(path, parsed.GetValue(state), parsed.GetValue(resume), terminal);
            return (int)await run.ExecuteAsync(
                connection,
                parsed.GetValue(parallel),
                client.Patience(parsed),
                RecordFormatOptions.Read(parsed, format, separator),
                client.IsJson(parsed),
                cancellationToken);
        });
        return command;
    }
}
