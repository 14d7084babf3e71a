namespace AkkaKv.Cli;

/// <summary>A file that grows by lines from any thread, and that a person may read meanwhile.</summary>
internal static class LogFile
{
    public static TextWriter Append(string path)
    {
        var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        return TextWriter.Synchronized(new StreamWriter(stream) { AutoFlush = true });
    }
}
