using System.Globalization;

namespace AkkaKv.Storage;

internal enum FileKind
{
    Log,
    Table,
    Manifest,
}

/// <summary>
/// The names in a store's directory. Logs, tables and manifests draw their numbers from one counter, so no two share one.
/// </summary>
internal static class FileNames
{
    public const string Current = "CURRENT";
    public const string CurrentDraft = "CURRENT.tmp";
    public const string Lock = "LOCK";

    public static string Of(FileKind kind, ulong number) => number.ToString("D6", CultureInfo.InvariantCulture) + Extension(kind);

    public static bool TryParse(string name, out FileKind kind, out ulong number)
    {
        foreach (var candidate in Enum.GetValues<FileKind>())
        {
            kind = candidate;
            if (name.EndsWith(Extension(kind), StringComparison.Ordinal)
                && ulong.TryParse(name[..^Extension(kind).Length], NumberStyles.None, CultureInfo.InvariantCulture, out number)
                && name == Of(kind, number))
                return true;
        }

        (kind, number) = (default, 0);
        return false;
    }

    private static string Extension(FileKind kind) => kind switch
    {
        FileKind.Log => ".log",
        FileKind.Table => ".sst",
        _ => ".manifest",
    };
}
