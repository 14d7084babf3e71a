using System.Text.Json;

namespace AkkaKv.Cli;

/// <summary>
/// The file in which an import keeps its position, so that <c>--resume</c> goes on there. Replaced as a whole by a rename: after a
/// crash it is the old one or the new one.
/// </summary>
internal sealed class ImportState
{
    public const string Extension = ".akkakv-import";

    public ImportState(string path) => Path = path;

    public string Path { get; }

    /// <summary>The position of an earlier import, or null if there is none.</summary>
    /// <exception cref="CliException">The file is no state of an import.</exception>
    public ImportPosition? Load()
    {
        try
        {
            var position = JsonSerializer.Deserialize<ImportPosition>(File.ReadAllBytes(Path), JsonSerializerOptions.Web);
            return position is { Lines: >= 0, Bytes: >= 0 } ? position : throw new JsonException("negative numbers");
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (JsonException fault)
        {
            throw new CliException(
                ExitCode.Failed,
                $"{Path} is not the state of an import: {fault.Message}",
                "Delete it and import from the start.",
                "BadState");
        }
    }

    public void Save(ImportPosition position)
    {
        var fresh = Path + ".new";
        File.WriteAllBytes(fresh, JsonSerializer.SerializeToUtf8Bytes(position, JsonSerializerOptions.Web));
        File.Move(fresh, Path, overwrite: true);
    }

    public void Delete() => File.Delete(Path);

    /// <summary>Moves the stream to the position, and checks that lines still end there.</summary>
    /// <exception cref="CliException">The file before the position is not what it was.</exception>
    public static void Seek(Stream stream, ImportPosition position, string name)
    {
        if (position.Bytes == 0)
            return;
        var isSame = position.Bytes <= stream.Length;
        if (isSame)
        {
            stream.Position = position.Bytes - 1;
            isSame = stream.ReadByte() == '\n' || position.Bytes == stream.Length;
        }

        if (!isSame)
        {
            throw new CliException(
                ExitCode.Failed,
                $"{name} has changed: line {position.Lines:N0} does not end at byte {position.Bytes:N0} any more.",
                "Import it from the start, without --resume.",
                "InputChanged");
        }
    }
}
