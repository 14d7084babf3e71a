using System.Text;

namespace AkkaKv.Storage.Tests;

/// <summary>Stores in terms of strings, for tests that compare them with dictionaries.</summary>
internal static class Rows
{
    public const string Directory = "/store";

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>Rows in descending order, so many that they are inserted while they are synced.</summary>
    public static WriteBatch LargeBatch()
    {
        var batch = new WriteBatch();
        for (var row = 400; row-- > 0;)
            batch.Put($"row {row:D3}", new string('x', 100));
        return batch;
    }

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    public static void Put(this WriteBatch batch, string key, string value) => batch.Put(Bytes(key), Bytes(value));

    public static void Delete(this WriteBatch batch, string key) => batch.Delete(Bytes(key));

    public static Task<ulong> PutAsync(this IStorageEngine store, string key, string value)
    {
        var batch = new WriteBatch();
        batch.Put(key, value);
        return store.CommitAsync(batch);
    }

    public static Task<ulong> DeleteAsync(this IStorageEngine store, string key)
    {
        var batch = new WriteBatch();
        batch.Delete(key);
        return store.CommitAsync(batch);
    }

    public static string? Get(this IStorageEngine store, string key) => store.Get(Bytes(key)) is { } value ? Text(value) : null;

    public static List<(string Key, string Value)> ScanAll(
        this IStorageEngine store, string from = "", string until = "", ScanDirection direction = ScanDirection.Forward) =>
        [.. store.Scan(Bytes(from), Bytes(until), direction).Select(row => (Text(row.Key), Text(row.Value)))];

    public static LsmStore Open(IFileSystem files, StorageOptions? options = null) =>
        LsmStore.Open(Directory, options ?? new StorageOptions(), files);
}
