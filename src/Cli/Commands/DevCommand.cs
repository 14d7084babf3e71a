using System.CommandLine;

namespace AkkaKv.Cli;

internal static class DevCommand
{
    private const string Description =
        "Run a whole local cluster until Ctrl-C or SIGTERM, and keep its data. With --json, prints one event a line.";

    public static Command Create(Terminal terminal)
    {
        var command = new Command("dev", Description);
        var nodes = IntegerOption.Create("--nodes", "How many nodes", 1, DevPlan.NodesLimit, 3);
        var data = new Option<string>("--data", "-d")
        {
            Description = "The folder that holds everything",
            HelpName = "DIR",
            DefaultValueFactory = _ => "akkakv-data",
        };
        var processes = new Option<bool>("--processes") { Description = "Each node in an operating system process of its own" };
        var restart = new Option<bool>("--restart") { Description = "Start a node again that ended by itself, after a second" };
        var httpPort = IntegerOption.Create("--http-port", "HTTP port of the first node; the others follow", 1, DevPlan.PortLimit, 8081);
        var remotePort = IntegerOption.Create("--remote-port", "The same for Akka", 1, DevPlan.PortLimit, 4053);
        var json = new Option<bool>("--json") { Description = "Print events as JSON, one a line, for programs" };
        command.Add(nodes);
        command.Add(data);
        command.Add(processes);
        command.Add(restart);
        command.Add(httpPort);
        command.Add(remotePort);
        command.Add(json);

        command.SetAction(async (parsed, stop) =>
        {
            var plan = DevPlan.Create(
                parsed.GetRequiredValue(data), parsed.GetValue(nodes), parsed.GetValue(httpPort), parsed.GetValue(remotePort));
            DevPreflight.Run(plan);
            await RunAsync(plan, parsed.GetValue(processes), parsed.GetValue(restart), parsed.GetValue(json), terminal, stop);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static async Task RunAsync(
        DevPlan plan, bool hasOwnProcesses, bool restarts, bool isJson, Terminal terminal, CancellationToken stop)
    {
        using var log = hasOwnProcesses ? null : ConsoleLog.RedirectTo(plan.LogPath);
        var screen = new ScreenDevReport(terminal, hasOwnProcesses);
        IDevReport report = isJson ? new JsonDevReport(terminal) : screen;
        await using var cluster = new DevCluster(
            plan,
            hasOwnProcesses ? (node, _) => Task.FromResult<LocalNode>(ChildNode.Start(node, terminal.Time)) : EmbeddedNode.StartAsync,
            restarts,
            report,
            terminal.Time);
        try
        {
            if (isJson)
                await cluster.StartAsync(stop);
            else
                await screen.WhileStartingAsync(plan.Nodes.Count, () => cluster.StartAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }

        report.Ready(plan, cluster.Nodes);
        await cluster.WatchAsync(stop);
    }
}
