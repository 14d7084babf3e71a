using System.Runtime.InteropServices;

namespace AkkaKv.Storage;

/// <summary>A second name for a file, which the runtime does not offer.</summary>
internal static partial class HardLink
{
    public static void Create(string source, string target)
    {
        var isMade = OperatingSystem.IsWindows()
            ? CreateHardLink(Path.GetFullPath(target), Path.GetFullPath(source), 0)
            : Link(source, target) == 0;
        if (isMade)
            return;

        var error = Marshal.GetLastPInvokeError();
        throw new IOException($"link of {source} to {target} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string source, string target);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string target, string source, nint securityAttributes);
}
