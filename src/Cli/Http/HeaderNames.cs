namespace AkkaKv.Cli;

internal static class HeaderNames
{
    public const string Context = "X-AkkaKv-Context";
    public const string Version = "X-AkkaKv-Version";
    public const string WriteId = "X-AkkaKv-Write-Id";
    public const string Cursor = "X-AkkaKv-Cursor";
    public const string Sloppy = "X-AkkaKv-Sloppy";
    public const string ETag = "ETag";
}
