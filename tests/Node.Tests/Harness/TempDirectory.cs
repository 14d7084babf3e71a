namespace AkkaKv.Node.Tests;

/// <summary>A directory that goes with its test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("akkakv-node-tests-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source))
        {
            // Locks are held by the process that uses the directory, and cannot be read.
            var name = System.IO.Path.GetFileName(file);
            if (name != "LOCK") File.Copy(file, System.IO.Path.Combine(target, name));
        }

        foreach (var directory in Directory.EnumerateDirectories(source))
            Copy(directory, System.IO.Path.Combine(target, System.IO.Path.GetFileName(directory)));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
