using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AkkaKv.Storage;

/// <summary>Two calls that the runtime does not offer, on Linux: allocating a file's space, and counting its names.</summary>
internal static partial class PosixSpace
{
    private const int CurrentDirectory = -100;
    private const uint LinksMask = 4;

    /// <summary>
    /// Makes the file at least so long and gives it the blocks for that. False if the file system cannot or has no room; some blocks may be
    /// allocated then.
    /// </summary>
    public static bool TryAllocate(SafeFileHandle file, long bytes) =>
        OperatingSystem.IsLinux() && FileAllocate(file, mode: 0, offset: 0, bytes) == 0;

    /// <summary>Hard links of a file; null where nobody can tell.</summary>
    public static uint? CountNames(string path)
    {
        try
        {
            return OperatingSystem.IsLinux() && FileStatus(CurrentDirectory, path, 0, LinksMask, out var status) == 0 && (status.Mask & LinksMask) != 0
                ? status.Links
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2018.
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int FileAllocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileStatus(int directory, string path, int flags, uint mask, out Status status);

    /// <summary>What is needed of the system's <c>struct statx</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(0)]
        public uint Mask;

        [FieldOffset(16)]
        public uint Links;
    }
}
