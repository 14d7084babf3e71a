namespace AkkaKv.Storage.Tests;

internal static class TestTables
{
    public static Table Open(IFileSystem files, TableInfo info) => Table.Open(files, Rows.Directory, info, new BlockCache(0, 1));
}
