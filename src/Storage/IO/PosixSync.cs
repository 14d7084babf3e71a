using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AkkaKv.Storage;

/// <summary>
/// Two calls that the runtime does not offer: syncing a directory, and syncing a file without its time stamps. A failure is never
/// tried again: the kernel reports it once and then holds the lost pages for clean.
/// </summary>
internal static partial class PosixSync
{
    private const int OpenReadOnly = 0;

    public static void FileData(SafeFileHandle file, string path)
    {
        if (FileDataSync(file) != 0)
            throw Failure("fdatasync", path);
    }

    public static void Directory(string path)
    {
        var descriptor = Open(path, OpenReadOnly);
        if (descriptor < 0)
            throw Failure("open", path);

        try
        {
            if (FileSync(descriptor) != 0)
                throw Failure("fsync", path);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} of {path} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FileSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FileDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
