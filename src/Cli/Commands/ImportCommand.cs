using System.CommandLine;

namespace AkkaKv.Cli;

internal static class ImportCommand
{
    private const string FileFormats =
        "The file to read; - is standard input. JSON lines hold an object with key (or key64), value (or value64) and, if wanted, "
        + "contentType. Plain lines hold key, separator and value, whose bytes are kept exactly; a CR before the line feed is part "
        + "of the value. The first line that is not blank tells which, unless --format does. Lines of one key take effect in their order.";

    public static Command Create(Terminal terminal)
    {
        var command = new Command("import", "Write every record of a file, whatever node fails meanwhile.");
        var file = new Argument<string>("FILE") { Description = FileFormats };
        var format = RecordFormatOptions.Format();
        var separator = RecordFormatOptions.Separator();
        var parallel = IntegerOption.Create("--parallel", "Records under way at a time", 1, 1000, 32);
        var resume = new Option<bool>("--resume") { Description = "Go on behind the lines that an earlier import of this file has done" };
        var state = new Option<string?>("--state")
        {
            Description = $"Where progress is kept [default: FILE{ImportState.Extension}]",
            HelpName = "FILE",
        };
        command.Add(file);
        command.Add(format);
        command.Add(separator);
        command.Add(parallel);
        command.Add(resume);
        command.Add(state);
        var client = new ClientOptions(command, TimeSpan.FromSeconds(60), "How long to go on trying for each record");

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
