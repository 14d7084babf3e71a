using System.CommandLine;

namespace AkkaKv.Cli;

internal static class ExportCommand
{
    private const string Description =
        "Read every key of the cluster, one line each, in a form that import takes. A FILE is there wholly or not at all.";

    public static Command Create(Terminal terminal)
    {
        var command = new Command("export", Description);
        var file = new Argument<string?>("FILE")
        {
            Description = "The file to write; without it, or -, standard output",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var format = RecordFormatOptions.Format();
        var separator = RecordFormatOptions.Separator();
        var sort = new Option<bool>("--sort") { Description = "In the order of the keys' bytes; holds everything in memory first" };
        var siblings = new Option<string>("--siblings")
        {
            Description = "Of concurrent versions write all (json only) or the first",
            HelpName = "all|first",
            DefaultValueFactory = _ => "all",
        };
        siblings.AcceptOnlyFromAmong("all", "first");
        var page = IntegerOption.Create("--page", "Rows to ask for at a time", 1, 1000, 1000);
        command.Add(file);
        command.Add(format);
        command.Add(separator);
        command.Add(sort);
        command.Add(siblings);
        command.Add(page);
        var client = new ClientOptions(command, TimeSpan.FromSeconds(60), "How long to go on trying for each page");

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var recordFormat = RecordFormatOptions.Read(parsed, format, separator) ?? RecordFormat.Json;
            var path = parsed.GetValue(file);
            using var connection = client.Connect(parsed, terminal);
            var exporter = new Exporter(connection, parsed.GetValue(page), client.Patience(parsed));
            var rows = exporter.ReadAllAsync(cancellationToken);
            if (parsed.GetValue(sort))
                rows = SortAsync(rows);
            var takeFirst = parsed.GetValue(siblings) == "first";

            if (path is null or "-")
            {
                await WriteAllAsync(rows, terminal.Output, recordFormat, takeFirst);
                return (int)ExitCode.Success;
            }

            await using var target = new AtomicFile(path);
            var count = await WriteAllAsync(rows, target.Stream, recordFormat, takeFirst);
            target.Complete();
            Report(count, path, client.IsJson(parsed), terminal);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static async IAsyncEnumerable<KvRow> SortAsync(IAsyncEnumerable<KvRow> rows)
    {
        var all = new List<KvRow>();
        await foreach (var row in rows)
            all.Add(row);
        all.Sort((left, right) => left.Key.AsSpan().SequenceCompareTo(right.Key));
        foreach (var row in all)
            yield return row;
    }

    private static async Task<long> WriteAllAsync(IAsyncEnumerable<KvRow> rows, Stream stream, RecordFormat format, bool takeFirst)
    {
        var buffered = new BufferedStream(stream, 64 * 1024);
        var writer = new RowWriter(buffered, format, takeFirst);
        var count = 0L;
        await foreach (var row in rows)
        {
            writer.Write(row);
            count++;
        }

        await buffered.FlushAsync();
        return count;
    }

    private static void Report(long count, string path, bool isJson, Terminal terminal)
    {
        if (!isJson)
        {
            terminal.WriteLine($"{count:N0} records in {path}");
            return;
        }

        terminal.WriteJsonLine(writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("records", count);
            writer.WriteString("file", path);
            writer.WriteEndObject();
        });
    }
}
