namespace AkkaKv.Cli;

internal static class Paths
{
    /// <summary>For the eye: relative to the current folder where that is shorter.</summary>
    public static string Short(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.Length < path.Length && !relative.StartsWith("..", StringComparison.Ordinal) ? relative : path;
    }
}
