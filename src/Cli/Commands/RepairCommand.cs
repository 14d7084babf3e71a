using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Spectre.Console;

namespace AkkaKv.Cli;

internal static class RepairCommand
{
    /// <summary>Jobs that are shown each; the rest is in the counts and in the JSON.</summary>
    private const int MaximumRows = 20;

    private static readonly string[] Actions = ["show", "start", "pause", "resume"];

    public static Command Create(Terminal terminal)
    {
        var command = new Command("repair", "Show the full rounds of repair, one job for each partition; start, pause or resume them.");
        var action = new Argument<string>("action") { Description = "show, start, pause or resume", DefaultValueFactory = _ => Actions[0] };
        action.AcceptOnlyFromAmong(Actions);
        var partition = new Option<int?>("--partition", "-p") { Description = "This partition only", HelpName = "NUMBER" };
        command.Add(action);
        command.Add(partition);
        var client = new ClientOptions(command, TimeSpan.FromSeconds(30), "How long to wait for each server");

        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var connection = client.Connect(parsed, terminal);
            var request = KvRequest.Repair(parsed.GetRequiredValue(action), parsed.GetValue(partition));
            var answer = await connection.AskEachOnceAsync(request, client.Patience(parsed), cancellationToken);
            var status = Parse(answer);
            if (client.IsJson(parsed))
            {
                using var json = JsonDocument.Parse(answer.Body);
                terminal.WriteJsonLine(json.WriteTo);
            }
            else
            {
                Print(status, terminal.OutputConsole());
            }

            return (int)(answer.IsSuccess ? ExitCode.Success : ExitCode.Unavailable);
        });
        return command;
    }

    private static RepairStatus Parse(KvAnswer answer)
    {
        try
        {
            // 503 with jobs: some of them could not be reached.
            var status = answer.IsSuccess || answer.Status == HttpStatusCode.ServiceUnavailable ? RepairStatus.Parse(answer.Body) : null;
            return status is { Partitions: > 0 } ? status : throw answer.ToException();
        }
        catch (FormatException fault)
        {
            throw CliException.BadAnswer(answer.Server, fault);
        }
    }

    private static void Print(RepairStatus status, IAnsiConsole console)
    {
        var idle = status.Jobs.Count - status.Running - status.Paused - status.Unreachable;
        console.MarkupLineInterpolated(
            $"{status.Jobs.Count} of {status.Partitions} partitions: {status.Running} comparing, {idle} idle, {status.Paused} paused, {status.Unreachable} unreachable");
        var busy = status.Jobs.Where(job => status.Jobs.Count == 1 || job.State != "idle").ToList();
        if (busy.Count == 0) return;

        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("Partition", "State", "Last full round", "Left", "Waits for");
        table.Columns[0].RightAligned();
        foreach (var job in busy.Take(MaximumRows))
        {
            table.AddRow(
                job.Partition.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(job.State),
                job.LastFullRoundAt?.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) ?? "never",
                Markup.Escape(string.Join(", ", job.Left)),
                Markup.Escape(job.WaitingFor ?? ""));
        }

        console.Write(table);
        if (busy.Count > MaximumRows) console.MarkupLineInterpolated($"[dim]and {busy.Count - MaximumRows} more; --json shows all[/]");
    }
}
