using System.Text.Json;

namespace AkkaKv.Cli;

/// <summary>One JSON object a line, each with the event's name.</summary>
internal sealed class JsonDevReport : IDevReport
{
    private readonly Lock _lock = new();
    private readonly Terminal _terminal;

    public JsonDevReport(Terminal terminal) => _terminal = terminal;

    public void State(NodePlan node, string state) => Write("state", writer =>
    {
        writer.WriteString("node", node.Name);
        writer.WriteString("state", state);
    });

    public void Ready(DevPlan plan, IReadOnlyList<LocalNode> nodes) => Write("ready", writer =>
    {
        writer.WriteStartArray("nodes");
        foreach (var node in nodes)
        {
            writer.WriteStartObject();
            writer.WriteString("name", node.Plan.Name);
            writer.WriteString("http", node.Plan.HttpAddress.ToString().TrimEnd('/'));
            writer.WriteString("akka", node.Plan.AkkaAddress);
            writer.WriteNumber("processId", node.ProcessId);
            writer.WriteString("dataDirectory", node.Plan.DataDirectory);
            writer.WriteString("config", node.Plan.ConfigPath);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    public void Ended(LocalNode node, NodeEnd end, bool willRestart) => Write("ended", writer =>
    {
        writer.WriteString("node", node.Plan.Name);
        writer.WriteNumber("processId", node.ProcessId);
        if (end.ExitCode is { } exitCode)
            writer.WriteNumber("exitCode", exitCode);
        writer.WriteString("reason", end.Reason);
        writer.WriteBoolean("willRestart", willRestart);
    });

    public void Restarted(LocalNode node) => Write("restarted", writer =>
    {
        writer.WriteString("node", node.Plan.Name);
        writer.WriteNumber("processId", node.ProcessId);
    });

    public void Stopping() => Write("stopping", _ => { });

    public void Stopped() => Write("stopped", _ => { });

    private void Write(string name, Action<Utf8JsonWriter> writeFields)
    {
        lock (_lock)
        {
            _terminal.WriteJsonLine(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("event", name);
                writeFields(writer);
                writer.WriteEndObject();
            });
        }
    }
}
