using AkkaKv.Storage;

namespace AkkaKv.Benchmarks;

/// <summary>What process and directory hold at one moment. From /proc; Linux only.</summary>
/// <param name="ResidentBytes">Of the whole process.</param>
/// <param name="HeapBytes">Managed heap after its last collection.</param>
/// <param name="MemtableBytes">Native memory of the memtables, open and closed.</param>
/// <param name="CacheBytes">Block cache, indexes and filters; part of the managed heap.</param>
/// <param name="Files">In the directory.</param>
/// <param name="DiskBytes">Sizes of the files in the directory.</param>
/// <param name="OpenFiles">Descriptors of the process.</param>
internal sealed record SteadyGauges(
    long ResidentBytes, long HeapBytes, long MemtableBytes, long CacheBytes, int Files, long DiskBytes, int OpenFiles)
{
    public static SteadyGauges Of(LsmStore store, string directory)
    {
        var (tables, cache) = (store.Statistics.Tables, store.Statistics.Cache);
        var lengths = new DirectoryInfo(directory).EnumerateFiles().Select(Length).ToList();
        return new SteadyGauges(
            Environment.WorkingSet,
            GC.GetGCMemoryInfo().HeapSizeBytes,
            tables.MemtableBytes + tables.ClosedMemtableBytes,
            cache.UsedBytes + cache.PinnedBytes,
            lengths.Count,
            lengths.Sum(),
            Directory.GetFileSystemEntries("/proc/self/fd").Length);
    }

    /// <summary>The higher of each.</summary>
    public SteadyGauges Max(SteadyGauges other) => new(
        Math.Max(ResidentBytes, other.ResidentBytes),
        Math.Max(HeapBytes, other.HeapBytes),
        Math.Max(MemtableBytes, other.MemtableBytes),
        Math.Max(CacheBytes, other.CacheBytes),
        Math.Max(Files, other.Files),
        Math.Max(DiskBytes, other.DiskBytes),
        Math.Max(OpenFiles, other.OpenFiles));

    /// <summary>A file that was deleted since it was listed has none.</summary>
    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }
}
