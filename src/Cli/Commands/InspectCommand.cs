using System.CommandLine;
using System.Globalization;
using System.Text;
using AkkaKv.Storage;

namespace AkkaKv.Cli;

/// <summary>Shows what is in a file of a store, one entry a line.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("inspect", "Show a commit log, a table, a manifest or CURRENT, one entry a line.");
        var file = new Argument<string>("FILE") { Description = "The file; its name says what it is" };
        var rows = new Option<bool>("--rows") { Description = "Show every row too, not only the batches and blocks that hold them" };
        var json = new Option<bool>("--json") { Description = "One JSON object a line" };
        command.Add(file);
        command.Add(rows);
        command.Add(json);
        command.SetAction(parsed =>
        {
            var path = Path.GetFullPath(parsed.GetRequiredValue(file));
            Action<InspectedEntry> show = parsed.GetValue(json) ? entry => WriteJson(entry, terminal) : entry => terminal.WriteLine(Line(entry));
            try
            {
                FileInspector.Inspect(path, LocalFileSystem.Instance, parsed.GetValue(rows), show);
            }
            catch (ArgumentException unknown)
            {
                throw new CliException(ExitCode.Usage, unknown.Message);
            }
        });
        return command;
    }

    private static string Line(InspectedEntry entry)
    {
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{entry.Offset,10}  {entry.Kind,-12}");
        foreach (var (name, value) in entry.Fields)
        {
            var shown = value is ReadOnlyMemory<byte> bytes ? KvJson.Display(bytes.Span) : value;
            line.Append(CultureInfo.InvariantCulture, $"  {name} {shown}");
        }

        return line.ToString().TrimEnd();
    }

    private static void WriteJson(InspectedEntry entry, Terminal terminal) => terminal.WriteJsonLine(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("offset", entry.Offset);
        writer.WriteString("kind", entry.Kind);
        foreach (var (name, value) in entry.Fields)
        {
            switch (value)
            {
                case ReadOnlyMemory<byte> bytes:
                    writer.WriteBytes(name, bytes.Span);
                    break;
                case long number:
                    writer.WriteNumber(name, number);
                    break;
                case ulong number:
                    writer.WriteNumber(name, number);
                    break;
                default:
                    writer.WriteString(name, value.ToString());
                    break;
            }
        }

        writer.WriteEndObject();
    });
}
