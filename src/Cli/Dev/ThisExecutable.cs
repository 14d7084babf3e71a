using System.Diagnostics;
using System.Reflection;

namespace AkkaKv.Cli;

/// <summary>How this program is started again: as itself, or through `dotnet` where that is what started it.</summary>
internal static class ThisExecutable
{
    private static readonly string? Library = IsDotnet(Environment.ProcessPath) ? Assembly.GetExecutingAssembly().Location : null;

    /// <summary>For lines that a person copies: the plain name if the search path leads here.</summary>
    public static string DisplayName { get; } = Library is null ? NameOrPath() : $"dotnet {Library}";

    public static ProcessStartInfo StartInfo(params IEnumerable<string> arguments) =>
        new(Environment.ProcessPath!, Library is null ? arguments : [Library, .. arguments]);

    private static bool IsDotnet(string? path) => Path.GetFileNameWithoutExtension(path) == "dotnet";

    private static string NameOrPath()
    {
        var file = Path.GetFileName(Environment.ProcessPath!);
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
        if (onPath == Environment.ProcessPath)
            return Path.GetFileNameWithoutExtension(file);
        return Paths.Short(Environment.ProcessPath!);
    }
}
