using System.CommandLine;

namespace AkkaKv.Cli;

internal static class DeleteCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("delete", "Delete a key. It is no error if there is none.");
        var key = new KeyArgument(command);
        var quorum = QuorumOption.Create("--w", "-w", "Replicas that must have the delete on disk");
        command.Add(quorum);
        var conditions = new ConditionOptions(command);
        var client = new ClientOptions(command, TimeSpan.FromSeconds(10), "How long to go on trying");

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = KvRequest.Delete(key.Read(parsed), parsed.GetValue(quorum), conditions.Read(parsed));
            using var connection = client.Connect(parsed, terminal);
            var answer = await connection.SendAsync(request, client.Patience(parsed), cancellationToken);
            return (int)WriteReport.Print(answer, terminal, client.IsJson(parsed));
        });
        return command;
    }
}
