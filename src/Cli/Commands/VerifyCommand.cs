using System.CommandLine;
using AkkaKv.Node;
using AkkaKv.Storage;

namespace AkkaKv.Cli;

/// <summary>Reads every byte of a data directory, of a node or of one store, while nobody serves it.</summary>
internal static class VerifyCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("verify", "Check every byte of a data directory that no node serves; say what is wrong where. Changes nothing.");
        var directory = new Argument<string>("DIR") { Description = "A node's data directory, or the directory of one store" };
        var json = new Option<bool>("--json") { Description = "Answer with one JSON object" };
        command.Add(directory);
        command.Add(json);
        command.SetAction((parsed, cancellationToken) =>
        {
            var path = Path.GetFullPath(parsed.GetRequiredValue(directory));
            if (!Directory.Exists(path))
                throw new CliException(ExitCode.Usage, $"There is no directory {path}.", error: "NoDirectory");

            var verdict = Verdict.Of(path, LocalFileSystem.Instance, cancellationToken);
            if (parsed.GetValue(json))
                WriteJson(verdict, terminal);
            else
                Print(verdict, terminal);
            return Task.FromResult((int)(verdict.Faults.Count == 0 ? ExitCode.Success : ExitCode.Failed));
        });
        return command;
    }

    private sealed record Verdict(
        string Path,
        IReadOnlyList<(string Path, VerificationReport Report)> Stores,
        IReadOnlyList<FileRemark> Faults,
        IReadOnlyList<FileRemark> Notes)
    {
        public static Verdict Of(string path, IFileSystem files, CancellationToken stop)
        {
            var faults = new List<FileRemark>();
            IReadOnlyList<string> directories = DataDirectoryVerifier.IsDataDirectory(files, path)
                ? DataDirectoryVerifier.Verify(files, path, (file, what) => faults.Add(new FileRemark(file, 0, what)))
                : [path];
            var stores = directories.Select(store => (store, StoreVerifier.Verify(store, files, stop))).ToList();
            faults.AddRange(stores.SelectMany(store => store.Item2.Faults));
            return new Verdict(path, stores, faults, [.. stores.SelectMany(store => store.Item2.Notes)]);
        }
    }

    private static void Print(Verdict verdict, Terminal terminal)
    {
        foreach (var fault in verdict.Faults)
            terminal.WriteLine($"WRONG  {fault}");
        foreach (var note in verdict.Notes)
            terminal.WriteLine($"note   {note}");
        foreach (var (path, report) in verdict.Stores)
        {
            terminal.WriteLine(FormattableString.Invariant(
                $"{path}: {report.Tables} tables, {report.Logs} logs, {report.Rows} rows, {report.Bytes} bytes, last sequence {report.LastSequence}"));
        }

        terminal.WriteLine(verdict.Faults.Count == 0 ? "sound" : FormattableString.Invariant($"{verdict.Faults.Count} faults"));
    }

    private static void WriteJson(Verdict verdict, Terminal terminal) => terminal.WriteJsonLine(writer =>
    {
        writer.WriteStartObject();
        writer.WriteBoolean("sound", verdict.Faults.Count == 0);
        writer.WriteString("directory", verdict.Path);
        WriteRemarks("faults", verdict.Faults);
        WriteRemarks("notes", verdict.Notes);
        writer.WriteStartArray("stores");
        foreach (var (path, report) in verdict.Stores)
        {
            writer.WriteStartObject();
            writer.WriteString("directory", path);
            writer.WriteBoolean("sound", report.IsSound);
            writer.WriteNumber("tables", report.Tables);
            writer.WriteNumber("logs", report.Logs);
            writer.WriteNumber("rows", report.Rows);
            writer.WriteNumber("bytes", report.Bytes);
            writer.WriteNumber("lastSequence", report.LastSequence);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();

        void WriteRemarks(string name, IReadOnlyList<FileRemark> remarks)
        {
            writer.WriteStartArray(name);
            foreach (var remark in remarks)
            {
                writer.WriteStartObject();
                writer.WriteString("file", remark.File);
                writer.WriteNumber("offset", remark.Offset);
                writer.WriteString("what", remark.What);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }
    });
}
