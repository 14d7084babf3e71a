namespace AkkaKv.Tidy.Tests;

/// <summary>The repository as files of text.</summary>
internal static class Repository
{
    private static readonly string[] Left = ["bin", "obj", ".git", "artifacts", "TestResults", "akkakv-data"];

    public static string Root { get; } = FindRoot();

    /// <summary>The files below a folder that a person wrote, by their ending.</summary>
    public static IEnumerable<string> Files(string folder, params string[] endings) =>
        Below(new DirectoryInfo(Path.Combine(Root, folder))).Where(path => endings.Any(ending => path.EndsWith(ending, StringComparison.Ordinal)));

    public static string Relative(string path) => Path.GetRelativePath(Root, path);

    private static IEnumerable<string> Below(DirectoryInfo folder) =>
        folder.EnumerateFiles().Select(file => file.FullName)
            .Concat(folder.EnumerateDirectories().Where(child => !Left.Contains(child.Name)).SelectMany(Below));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AkkaKv.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("AkkaKv.sln is in none of the folders above this test.");
    }
}
