namespace AkkaKv.Storage.Tests;

public sealed class StorageExampleTests
{
    [Fact]
    public async Task Example_of_the_docs_should_do_what_it_says()
    {
        var scratch = System.IO.Directory.CreateTempSubdirectory("akkakv-example-");
        try
        {
            var output = new StringWriter { NewLine = "\n" };
            await StorageExample.RunAsync(Path.Combine(scratch.FullName, "store"), output);

            Assert.Equal("red\n3 rows then\nstone/opal now\nwritable, 0 refused\n", output.ToString());
            await using var copy = LsmStore.Open(Path.Combine(scratch.FullName, "store-copy"), new StorageOptions(), LocalFileSystem.Instance);
            Assert.Equal([("stone/opal", "white")], copy.ScanAll());
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }
}
