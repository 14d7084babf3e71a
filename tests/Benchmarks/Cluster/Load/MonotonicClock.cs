using System.Runtime.InteropServices;

namespace AkkaKv.Benchmarks;

/// <summary>
/// Waiting for a point in time to some 50 microseconds, which the runtime's timers (milliseconds) do not offer. Blocks the thread. Linux
/// only.
/// </summary>
internal static partial class MonotonicClock
{
    private const int Monotonic = 1;
    private const int AbsoluteTime = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Nanoseconds since some point in the past.</summary>
    public static long Now
    {
        get
        {
            _ = GetTime(Monotonic, out var time);
            return time.Seconds * NanosecondsPerSecond + time.Nanoseconds;
        }
    }

    /// <summary>Returns at once if that is past.</summary>
    public static void WaitUntil(long nanoseconds)
    {
        var until = new Timespec { Seconds = (nint)(nanoseconds / NanosecondsPerSecond), Nanoseconds = (nint)(nanoseconds % NanosecondsPerSecond) };
        // Not 0 if a signal came in between: then it is asked for the same time again.
        while (Sleep(Monotonic, AbsoluteTime, in until, 0) != 0)
        {
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Timespec time);

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int Sleep(int clock, int flags, in Timespec until, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
