using System.Globalization;
using Spectre.Console;

namespace AkkaKv.Cli;

/// <summary>For people: one live line while the nodes start, where there is a terminal, and plain lines otherwise.</summary>
internal sealed class ScreenDevReport : IDevReport
{
    private const int WidthOfFullTable = 100;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string> _states = new(StringComparer.Ordinal);
    private readonly Terminal _terminal;
    private readonly bool _hasOwnProcesses;
    private StatusContext? _live;

    public ScreenDevReport(Terminal terminal, bool hasOwnProcesses)
    {
        _terminal = terminal;
        _hasOwnProcesses = hasOwnProcesses;
    }

    /// <summary>Runs the start of the cluster under the live line.</summary>
    public async Task WhileStartingAsync(int nodes, Func<Task> start)
    {
        if (!_terminal.OutputIsTerminal)
        {
            await start();
            return;
        }

        await _terminal.OutputConsole().Status().StartAsync($"Starting {nodes} nodes", async context =>
        {
            _live = context;
            await start();
        });
        _live = null;
    }

    public void State(NodePlan node, string state)
    {
        lock (_lock)
        {
            if (_states.TryGetValue(node.Name, out var shown) && shown == state)
                return;
            _states[node.Name] = state;
            if (_live is null)
                _terminal.WriteLine($"{node.Name}: {state}");
            else
                _live.Status(Markup.Escape(string.Join(" · ", _states.Select(each => $"{each.Key} {each.Value}"))));
        }
    }

    public void Ready(DevPlan plan, IReadOnlyList<LocalNode> nodes)
    {
        var console = _terminal.OutputConsole();
        var isWide = console.Profile.Width >= WidthOfFullTable;
        string[] columns = isWide ? ["Node", "HTTP", "Akka", "Process", "Data"] : ["Node", "Where"];
        var table = new Table().Border(TableBorder.Rounded).AddColumns(columns);
        foreach (var node in nodes)
        {
            string[] places =
            [
                Address(node.Plan),
                node.Plan.AkkaAddress,
                node.ProcessId.ToString(CultureInfo.InvariantCulture),
                Paths.Short(node.Plan.DataDirectory),
            ];
            if (!isWide)
                places = [$"{places[0]}\n{places[1]}\nprocess {places[2]}\n{places[3]}"];
            table.AddRow([Markup.Escape(node.Plan.Name), .. places.Select(Markup.Escape)]);
        }

        console.Write(table);
        var other = nodes[^1].Plan;
        var logs = _hasOwnProcesses ? Path.Combine(plan.Folder, "n*", "node.log") : plan.LogPath;
        var isDefault = ServerSet.Defaults.Contains(nodes[0].Plan.HttpAddress);
        _terminal.WriteLine(
            $"""

            Try:
              curl -X PUT '{Address(nodes[0].Plan)}/kv/name?value=john'
              curl {Address(other)}/kv/name
              {ThisExecutable.DisplayName} status{(isDefault ? "" : " --server " + Address(nodes[0].Plan))}

            Logs are in {Paths.Short(logs)}. Ctrl-C stops the cluster and keeps its data.
            """);
    }

    public void Ended(LocalNode node, NodeEnd end, bool willRestart)
    {
        var command = $"{ThisExecutable.DisplayName} node --config {Paths.Short(node.Plan.ConfigPath)}";
        Say($"{node.Plan.Name} (process {node.ProcessId}) {end.Reason}. "
            + (willRestart ? "It is started again in a second." : $"Start it again with: {command}"));
    }

    public void Restarted(LocalNode node) => Say($"{node.Plan.Name} runs again as process {node.ProcessId}.");

    public void Stopping() => Say("Stopping...");

    public void Stopped() => Say("Stopped. The data is kept.");

    private void Say(string line)
    {
        lock (_lock)
            _terminal.WriteLine(line);
    }

    private static string Address(NodePlan node) => node.HttpAddress.ToString().TrimEnd('/');
}
