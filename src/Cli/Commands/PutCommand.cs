using System.CommandLine;
using System.Text;

namespace AkkaKv.Cli;

internal static class PutCommand
{
    private const string Text = "text/plain; charset=utf-8";

    public static Command Create(Terminal terminal)
    {
        var command = new Command("put", "Write a value. A VALUE that begins with a dash goes behind --: akkakv put name -- -5");
        var key = new KeyArgument(command);
        var value = new Argument<string?>("VALUE")
        {
            Description = "The value as text; - reads standard input",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var file = new Option<string?>("--file", "-f")
        {
            Description = "The file that holds the value; - is standard input",
            HelpName = "FILE",
        };
        var contentType = new Option<string?>("--content-type")
        {
            Description = $"Kept with the value and given back [default: {Text} for a VALUE that is typed]",
            HelpName = "TYPE",
        };
        var timeToLive = Durations.LongOption("--ttl", "The value is gone after this [default: it stays]; a later put without it lifts the expiry");
        var quorum = QuorumOption.Create("--w", "-w", "Replicas that must have the write on disk");
        command.Add(value);
        command.Add(file);
        command.Add(contentType);
        command.Add(timeToLive);
        command.Add(quorum);
        var conditions = new ConditionOptions(command);
        var client = new ClientOptions(command, TimeSpan.FromSeconds(10), "How long to go on trying");

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (typed, path) = (parsed.GetValue(value), parsed.GetValue(file));
            if ((typed is null) == (path is null))
                throw CliException.Usage("One value is needed: as VALUE, or from a file with --file.", "`akkakv put --help` shows how.");
            var isTyped = typed is not (null or "-");
            var bytes = isTyped ? Encoding.UTF8.GetBytes(typed!) : await ReadAsync(path ?? "-", terminal, cancellationToken);
            var request = KvRequest.Put(
                key.Read(parsed),
                bytes,
                parsed.GetValue(contentType) ?? (isTyped ? Text : null),
                parsed.GetValue(quorum),
                conditions.Read(parsed),
                parsed.GetValue(timeToLive));

            using var connection = client.Connect(parsed, terminal);
            var answer = await connection.SendAsync(request, client.Patience(parsed), cancellationToken);
            return (int)WriteReport.Print(answer, terminal, client.IsJson(parsed));
        });
        return command;
    }

    private static async Task<byte[]> ReadAsync(string path, Terminal terminal, CancellationToken cancellationToken)
    {
        if (path != "-")
            return await File.ReadAllBytesAsync(path, cancellationToken);
        using var bytes = new MemoryStream();
        await terminal.Input.CopyToAsync(bytes, cancellationToken);
        return bytes.ToArray();
    }
}
