using System.Text;
using AkkaKv.Storage;

internal static class StorageExample
{
    public static async Task RunAsync(string directory, TextWriter output)
    {
        await using LsmStore store = LsmStore.Open(directory, new StorageOptions(), LocalFileSystem.Instance);

        // Rows of a batch take effect together; the task completes when they are on the disk.
        var batch = new WriteBatch();
        batch.Put("fruit/apple"u8, "red"u8);
        batch.Put("fruit/banana"u8, "yellow"u8);
        batch.Put("stone/opal"u8, "white"u8);
        await store.CommitAsync(batch);

        ReadOnlyMemory<byte>? apple = store.Get("fruit/apple"u8);
        output.WriteLine(apple is { } value ? Encoding.UTF8.GetString(value.Span) : "no apple");

        // A snapshot goes on showing its moment. A range ends before its second key; an empty one is no bound.
        using (ISnapshot snapshot = store.TakeSnapshot())
        {
            await store.DropRangeAsync("fruit/"u8.ToArray(), "fruit0"u8.ToArray());
            output.WriteLine($"{snapshot.Scan(default, default).Count()} rows then");
        }

        foreach (StorageRow row in store.Scan(default, default, ScanDirection.Backward))
            output.WriteLine($"{Encoding.UTF8.GetString(row.Key.Span)} now");

        // A copy that opens as a store of its own; the two share the files of their tables.
        await store.CheckpointAsync(directory + "-copy");

        foreach (DamagedRange damaged in store.DamagedRanges())
            output.WriteLine($"{damaged.File}, offset {damaged.Offset}: fetch [{damaged.From}, {damaged.Until}) from elsewhere");
        output.WriteLine($"{store.State}, {store.Statistics.Commits.Refusals} refused");
    }
}
