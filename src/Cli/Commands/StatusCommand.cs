using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Spectre.Console;

namespace AkkaKv.Cli;

internal static class StatusCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("status", "Show the cluster as one of its nodes sees it, and how many failures it survives.");
        var client = new ClientOptions(command, TimeSpan.FromSeconds(5), "How long to wait for each server");

        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var connection = client.Connect(parsed, terminal);
            var answer = await connection.AskEachOnceAsync(KvRequest.Status(), client.Patience(parsed), cancellationToken);
            var status = Parse(answer);
            if (client.IsJson(parsed))
            {
                using var json = JsonDocument.Parse(answer.Body);
                terminal.WriteJsonLine(json.WriteTo);
            }
            else
            {
                Print(status, answer.Server, terminal.OutputConsole());
            }

            return (int)(answer.IsSuccess ? ExitCode.Success : ExitCode.Unavailable);
        });
        return command;
    }

    private static ClusterStatus Parse(KvAnswer answer)
    {
        if (!answer.IsSuccess && answer.Status != HttpStatusCode.ServiceUnavailable)
            throw answer.ToException();
        try
        {
            return ClusterStatus.Parse(answer.Body);
        }
        catch (FormatException fault)
        {
            throw CliException.BadAnswer(answer.Server, fault);
        }
    }

    private static void Print(ClusterStatus status, Uri server, IAnsiConsole console)
    {
        if (status.ClusterId is null)
        {
            var missing = status.WaitingFor ?? "the others";
            console.MarkupLineInterpolated($"[yellow]No ring yet.[/] {status.Node} is {status.State}, waiting for {missing}.");
        }
        else
        {
            console.MarkupLineInterpolated(
                $"Cluster [bold]{status.ClusterId}[/], ring epoch {status.RingEpoch}, {status.Partitions} partitions");
            console.MarkupLineInterpolated(
                $"{status.Replicas} replicas of each key; W={status.WriteQuorum}, R={status.ReadQuorum} unless a request says otherwise");
            console.MarkupLine(Survivable(status));
        }

        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("Node", "State", "Share", "Partitions", "Place", "Weight", "Address");
        foreach (var column in new[] { 2, 3, 5 })
            table.Columns[column].RightAligned();
        foreach (var member in status.Members)
        {
            table.AddRow(
                Markup.Escape(member.Name) + (member.IsSelf ? " *" : ""),
                Colored(member.State),
                member.Share?.ToString("0.0 %", CultureInfo.InvariantCulture) ?? "-",
                member.Partitions?.ToString(CultureInfo.InvariantCulture) ?? "-",
                Markup.Escape($"{member.DataCenter}/{member.Rack}"),
                member.Weight?.ToString(CultureInfo.InvariantCulture) ?? "-",
                Markup.Escape(HostAndPort(member.Address)));
        }

        if (status.Members.Count > 0)
            console.Write(table);
        foreach (var member in status.Members.Where(member => member.State is "suspected" or "down"))
            console.MarkupLine(Markup.Escape(Doubt(member)));
        console.MarkupLineInterpolated($"[dim]* answered ({server.Authority}); {status.Node} is {status.State}[/]");
    }

    private static string Colored(string state) => state switch
    {
        "up" => "[green]up[/]",
        "suspected" => "[yellow]suspected[/]",
        _ => $"[red]{Markup.Escape(state)}[/]",
    };

    /// <summary>Who says so, since when, and what the node that answered has seen.</summary>
    private static string Doubt(MemberStatus member)
    {
        var since = member.Since is { } time ? $" since {time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC" : "";
        var witnesses = member.Witnesses.Count > 0 ? $", say {string.Join(" and ", member.Witnesses)}" : "";
        var reason = string.IsNullOrEmpty(member.Reason) ? "" : $": {member.Reason}";
        return $"{member.Name} is {member.State}{since}{witnesses}{reason}";
    }

    /// <summary>What tells members apart in `akka.tcp://akkakv@127.0.0.1:4053`; the table has to fit into 80 columns.</summary>
    private static string HostAndPort(string? address) => address is null ? "-" : address[(address.LastIndexOf('@') + 1)..];

    private static string Survivable(ClusterStatus status) => status.FailuresSurvivable switch
    {
        null => "[yellow]How many more failures can be survived is not known yet.[/]",
        < 0 => "[red]Some keys cannot be written now: too many of their owners are down.[/]",
        0 => "[yellow]No further failure can be survived: some keys could not be written then.[/]",
        1 => "[green]1 more node may fail[/] and every key can still be read and written.",
        var count => $"[green]{count} more nodes may fail[/] and every key can still be read and written.",
    };
}
