using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;

namespace AkkaKv.Benchmarks;

/// <summary>
/// What this whole process used since the meter was made, native memory and background threads included, so that it means the same for a
/// system in C++ and for one in C#. From /proc; Linux only.
/// </summary>
internal sealed class ProcessMeter : IDisposable
{
    private readonly PauseListener _pauses = new();
    private readonly long _written = Io("write_bytes");
    private readonly long _allocated = GC.GetTotalAllocatedBytes(precise: true);

    public ProcessMeter()
    {
        // 5 sets the peak of the resident memory back to what it is now.
        File.WriteAllText("/proc/self/clear_refs", "5");
    }

    /// <summary>Bytes that were sent to the disk: pages made dirty, so a page that is synced twice counts twice.</summary>
    public long WrittenBytes => Io("write_bytes") - _written;

    public long AllocatedBytes => GC.GetTotalAllocatedBytes(precise: true) - _allocated;

    public TimeSpan LongestPause => _pauses.Longest;

    public static long PeakMemoryBytes => Number(File.ReadLines("/proc/self/status"), "VmHWM:") * 1024;

    /// <summary>
    /// Waits until this process has written nothing for a while: merging in the background has come to its end, whatever system does it.
    /// </summary>
    public static async Task SettleAsync(TimeSpan quiet)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var (seen, since) = (Io("wchar"), Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(since) < quiet)
        {
            await timer.WaitForNextTickAsync();
            if (Io("wchar") is var now && now != seen)
                (seen, since) = (now, Stopwatch.GetTimestamp());
        }
    }

    public static long DirectoryBytes(string directory) =>
        new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    public void Dispose() => _pauses.Dispose();

    private static long Io(string name) => Number(File.ReadLines("/proc/self/io"), name + ":");

    private static long Number(IEnumerable<string> lines, string name) =>
        long.Parse(lines.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);

    /// <summary>From the moment the collector begins to stop the threads until they run again.</summary>
    private sealed class PauseListener : EventListener
    {
        private const EventKeywords Collections = (EventKeywords)1;
        private const int SuspendBegin = 9;
        private const int RestartEnd = 3;

        private DateTime? _suspended;
        private long _longestTicks;

        public TimeSpan Longest => TimeSpan.FromTicks(Volatile.Read(ref _longestTicks));

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
                EnableEvents(eventSource, EventLevel.Informational, Collections);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventId == SuspendBegin)
                _suspended = eventData.TimeStamp;
            else if (eventData.EventId == RestartEnd && _suspended is { } begun)
                Volatile.Write(ref _longestTicks, Math.Max(_longestTicks, (eventData.TimeStamp - begun).Ticks));
        }
    }
}
