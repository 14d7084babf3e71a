using System.CommandLine;
using System.Text;

namespace AkkaKv.Cli;

internal static class GetCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("get", "Read a value. The value goes to standard output; concurrent versions are all shown.");
        var key = new KeyArgument(command);
        var raw = new Option<bool>("--raw") { Description = "The value's bytes and nothing else, not even a line end" };
        var quorum = QuorumOption.Create("--r", "-r", "Replicas that must answer");
        var context = new Option<string?>("--context")
        {
            Description = "The context of an earlier answer: the value is at least as new as that",
            HelpName = "TOKEN",
        };
        command.Add(raw);
        command.Add(quorum);
        command.Add(context);
        var client = new ClientOptions(command, TimeSpan.FromSeconds(10), "How long to go on trying");

        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(raw) && client.IsJson(parsed))
                throw CliException.Usage("--raw and --json exclude each other.");
            var keyBytes = key.Read(parsed);
            using var connection = client.Connect(parsed, terminal);
            var request = KvRequest.Get(keyBytes, parsed.GetValue(quorum), parsed.GetValue(context));
            var answer = await connection.SendAsync(request, client.Patience(parsed), cancellationToken);
            if (!answer.IsSuccess && (int)answer.Status != 300)
                throw answer.ToException();
            var row = ParseRow(answer);
            if (client.IsJson(parsed))
                PrintJson(row, answer, terminal);
            else if (row.HasSiblings)
                PrintSiblings(row, answer, terminal, parsed.GetValue(raw));
            else
                PrintValue(row.Versions[0], terminal, parsed.GetValue(raw));
            return (int)(row.HasSiblings ? ExitCode.Siblings : ExitCode.Success);
        });
        return command;
    }

    private static KvRow ParseRow(KvAnswer answer)
    {
        try
        {
            return KvRow.Parse(answer.Body);
        }
        catch (FormatException fault)
        {
            throw CliException.BadAnswer(answer.Server, fault);
        }
    }

    private static void PrintJson(KvRow row, KvAnswer answer, Terminal terminal) => terminal.WriteJsonLine(writer =>
    {
        writer.WriteStartObject();
        row.WriteFields(writer);
        answer.WriteTokens(writer);
        writer.WriteEndObject();
    });

    private static void PrintValue(KvVersion version, Terminal terminal, bool isRaw)
    {
        if (isRaw)
            terminal.Output.Write(version.Value);
        else
            terminal.WriteLine(Printable(version.Value!, terminal));
        if (terminal.OutputIsTerminal && !isRaw)
            terminal.Error.WriteLine("version " + version.Version);
    }

    /// <summary>With --raw nothing goes to standard output: none of the versions is the value.</summary>
    private static void PrintSiblings(KvRow row, KvAnswer answer, Terminal terminal, bool isRaw)
    {
        if (!isRaw)
        {
            var width = row.Versions.Max(version => version.Version?.Length ?? 1);
            foreach (var version in row.Versions)
            {
                var value = version.Value is null ? "(deleted)" : Printable(version.Value, terminal);
                terminal.WriteLine($"{(version.Version ?? "?").PadRight(width)}  {value}");
            }
        }

        terminal.Error.WriteLine($"akkakv: {KvJson.Display(row.Key)} has {row.Versions.Count} concurrent versions.");
        if (answer.Context is not null)
            terminal.Error.WriteLine($"        Write the merged value with: akkakv put KEY VALUE --context {answer.Context}");
    }

    private static string Printable(byte[] value, Terminal terminal)
    {
        if (KvJson.IsPrintable(value))
            return Encoding.UTF8.GetString(value);
        terminal.Error.WriteLine($"akkakv: {value.Length:N0} bytes that are not text, shown as base64; --raw gives the bytes.");
        return Convert.ToBase64String(value);
    }
}
