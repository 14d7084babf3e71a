using System.Buffers.Binary;
using AkkaKv.Storage;

// Writes numbered rows until it is killed and writes the number of every row to its output (8 bytes, big-endian)
// once the row is acknowledged:
//   AkkaKv.Storage.Writer DIRECTORY FIRST-NUMBER
// Key and value follow from the number; eight writers run side by side, each with every eighth number.
const int Writers = 8;
var directory = args[0];
var first = long.Parse(args[1]);

await using var store = LsmStore.Open(directory, new StorageOptions { MemtableLimitBytes = 64 << 10 }, LocalFileSystem.Instance);
using var output = Console.OpenStandardOutput();
await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(first + writer))));

async Task WriteAsync(long number)
{
    var batch = new WriteBatch();
    var key = new byte[8];
    var value = new byte[100];
    for (; ; number += Writers)
    {
        BinaryPrimitives.WriteInt64BigEndian(key, number);
        value.AsSpan().Fill((byte)number);
        batch.Clear();
        batch.Put(key, value);
        await store.CommitAsync(batch);

        lock (output)
            output.Write(key);
    }
}
