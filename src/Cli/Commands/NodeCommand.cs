using System.CommandLine;
using AkkaKv.Node;

namespace AkkaKv.Cli;

internal static class NodeCommand
{
    /// <summary>Set by `akkakv dev`, which holds the other end: the node stops with its parent, however that one ends.</summary>
    public const string UntilInputClosesOption = "--until-input-closes";

    public static Command Create(Terminal terminal)
    {
        var command = new Command("node", "Run one node in this process until Ctrl-C or SIGTERM, then stop cleanly.");
        var config = new Option<string>("--config", "-c")
        {
            Description = "The node's configuration file (HOCON)",
            HelpName = "FILE",
            Required = true,
        };
        var overrides = new Option<string[]>("--set")
        {
            Description = "Overrides a key of the file; may be given several times, as in --set akkakv.http.port=9000",
            HelpName = "KEY=VALUE",
        };
        overrides.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.IndexOf('=', StringComparison.Ordinal) < 1))
                result.AddError($"--set {token.Value} is not KEY=VALUE.");
        });
        var untilInputCloses = new Option<bool>(UntilInputClosesOption) { Hidden = true };
        command.Add(config);
        command.Add(overrides);
        command.Add(untilInputCloses);

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(config);
            if (!File.Exists(path))
                throw new CliException(ExitCode.Usage, $"There is no file {path}.", error: "NoFile");
            var settings = NodeSettings.FromFile(path, parsed.GetValue(overrides));
            if (parsed.GetValue(untilInputCloses))
                StopWhenInputCloses(terminal);
            await RunAsync(settings, terminal, cancellationToken);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static async Task RunAsync(NodeSettings settings, Terminal terminal, CancellationToken stop)
    {
        await using var node = await AkkaKvNode.StartAsync(settings, stop);
        terminal.WriteLine($"{settings.Name} is open: HTTP {node.HttpAddress}, Akka {node.AkkaAddress}, data {settings.DataDirectory}");

        var stopRequested = Task.Delay(Timeout.Infinite, stop);
        if (await Task.WhenAny(node.WhenServing, node.WhenStopped, stopRequested) == node.WhenServing)
        {
            await node.WhenServing;
            terminal.WriteLine($"{settings.Name} serves");
            await Task.WhenAny(node.WhenStopped, stopRequested);
        }

        if (node.WhenStopped.IsCompleted)
        {
            await node.WhenStopped;
            throw new CliException(ExitCode.Failed, $"{settings.Name} has stopped by itself.", "Its log says why.", "NodeStopped");
        }

        terminal.WriteLine($"{settings.Name} is stopping");
        await node.StopAsync();
        terminal.WriteLine($"{settings.Name} has stopped");
    }

    private static void StopWhenInputCloses(Terminal terminal)
    {
        terminal.Stop.IgnoreInterrupt = true;
        _ = Task.Run(async () =>
        {
            var ignored = new byte[64];
            while (await terminal.Input.ReadAsync(ignored) > 0)
            {
                // What is written there means nothing; that it ends does.
            }

            terminal.Stop.Request();
        });
    }
}
