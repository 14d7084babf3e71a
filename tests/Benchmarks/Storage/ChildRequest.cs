using System.Text.Json;

namespace AkkaKv.Benchmarks;

/// <summary>
/// One work on one system, done by a process of its own, so that no system leaves the next one its heap, its threads or its warm code.
/// </summary>
internal sealed record ChildRequest(
    string Work, string System, string Directory, int Rows, int ValueBytes, long CacheBytes, int Threads, double Seconds, int BatchRows)
{
    public const string Verb = "storage-child";

    public TimeSpan Duration => TimeSpan.FromSeconds(Seconds);

    public static ChildRequest Parse(IReadOnlyList<string> args) => JsonSerializer.Deserialize<ChildRequest>(args[0])!;

    public string[] ToArguments() => [Verb, JsonSerializer.Serialize(this)];
}

/// <summary>The works, in the order in which they are done on one directory.</summary>
internal static class Works
{
    public const string RandomFill = "random fill";
    public const string SequentialFill = "sequential fill";
    public const string SyncedOne = "synced writes, 1 writer";
    public const string SyncedMany = "synced writes, 64 writers";
    public const string ReadInCache = "random read in cache";
    public const string ReadOutOfCache = "random read out of cache";
    public const string MissingRead = "missing read";
    public const string Scan = "forward scan";
    public const string ReadWhileWriting = "read while writing";
    public const string OpenAfterKill = "open after kill";

    /// <summary>Not a work of its own: writes until it is killed.</summary>
    public const string WriteUntilKilled = "write until killed";

    public static IReadOnlyList<string> All { get; } =
    [
        RandomFill, ReadInCache, ReadOutOfCache, MissingRead, Scan, ReadWhileWriting, OpenAfterKill, SequentialFill, SyncedOne, SyncedMany,
    ];

    /// <summary>These read what the random fill of the same round has left.</summary>
    public static bool NeedsRandomFill(string work) =>
        work is ReadInCache or ReadOutOfCache or MissingRead or Scan or ReadWhileWriting or OpenAfterKill;
}
