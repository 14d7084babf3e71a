using System.Text;
using System.Text.Json;
using AkkaKv.Storage;

namespace AkkaKv.Cli.Tests;

/// <summary>`akkakv verify` and `akkakv inspect`, on a store that was written for the test.</summary>
public sealed class StoreCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Verify_should_find_a_store_sound()
    {
        await WriteStoreAsync(_folder.Path);

        var run = await CliRun.Of("verify", _folder.Path);

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.EndsWith("\nsound\n", run.Text);
        Assert.Contains("1 tables, 1 logs, 3 rows", run.Text);
    }

    [Fact]
    public async Task Verify_should_name_file_and_offset_of_a_fault()
    {
        await WriteStoreAsync(_folder.Path);
        var table = Directory.GetFiles(_folder.Path, "*.sst").Single();
        Flip(table, 3);

        var run = await CliRun.Of("verify", _folder.Path, "--json");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.False(run.Json.GetProperty("sound").GetBoolean());
        var fault = run.Json.GetProperty("faults")[0];
        Assert.Equal((table, 0), (fault.GetProperty("file").GetString(), fault.GetProperty("offset").GetInt64()));
    }

    [Fact]
    public async Task Verify_should_check_a_nodes_own_files_and_all_its_stores()
    {
        await WriteStoreAsync(_folder["store-0"]);
        await WriteStoreAsync(_folder["store-1"]);
        _folder.Write("identity", [1, 2, 3]);

        var run = await CliRun.Of("verify", _folder.Path, "--json");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal(_folder["identity"], Assert.Single(run.Json.GetProperty("faults").EnumerateArray()).GetProperty("file").GetString());
        Assert.Equal(2, run.Json.GetProperty("stores").GetArrayLength());
    }

    [Fact]
    public async Task Verify_should_refuse_a_directory_that_is_not_there()
    {
        Assert.Equal(ExitCode.Usage, (await CliRun.Of("verify", _folder["nothing"])).ExitCode);
    }

    [Fact]
    public async Task Verify_should_refuse_a_store_that_is_open()
    {
        await using var store = LsmStore.Open(_folder.Path, new StorageOptions(), LocalFileSystem.Instance);

        Assert.Equal(ExitCode.Failed, (await CliRun.Of("verify", _folder.Path)).ExitCode);
    }

    [Theory]
    [InlineData("*.log", "header batch put closed")]
    [InlineData("*.sst", "footer property property property property block put delete")]
    [InlineData("*.manifest", "header edit edit add-table")]
    [InlineData("CURRENT", "current")]
    public async Task Inspect_should_show_every_entry_of_a_file(string pattern, string kinds)
    {
        await WriteStoreAsync(_folder.Path);
        var file = Directory.GetFiles(_folder.Path, pattern).Single();

        var json = await CliRun.Of("inspect", file, "--rows", "--json");
        var text = await CliRun.Of("inspect", file, "--rows");

        var lines = json.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(kinds, string.Join(' ', lines.Select(line => line.GetProperty("kind").GetString())));
        Assert.Equal(lines.Count, text.Text.Count(c => c == '\n'));
        if (kinds.Contains("delete"))
            Assert.Contains("delete        sequence 2  key 'gone'", text.Text);
    }

    [Fact]
    public async Task Inspect_should_show_what_is_before_damage_and_name_its_place()
    {
        await WriteStoreAsync(_folder.Path);
        var table = Directory.GetFiles(_folder.Path, "*.sst").Single();
        Flip(table, 3);

        var run = await CliRun.Of("inspect", table);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("footer", run.Text);
        Assert.Contains($"{table}, offset 0", run.Error);
    }

    [Fact]
    public async Task Inspect_should_refuse_a_file_that_is_none_of_a_store()
    {
        Assert.Equal(ExitCode.Usage, (await CliRun.Of("inspect", _folder.Write("notes.txt", "x"))).ExitCode);
        Assert.Equal(ExitCode.Usage, (await CliRun.Of("inspect", _folder["000009.log"])).ExitCode);
    }

    private static async Task WriteStoreAsync(string directory)
    {
        await using var store = LsmStore.Open(directory, new StorageOptions(), LocalFileSystem.Instance);
        var batch = new WriteBatch();
        batch.Put("a"u8, "1"u8);
        batch.Delete("gone"u8);
        await store.CommitAsync(batch);
        await store.FlushAsync();
        batch.Clear();
        batch.Put(Encoding.UTF8.GetBytes("ü"), [0xff]);
        await store.CommitAsync(batch);
    }

    private static void Flip(string file, int offset)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[offset] ^= 1;
        File.WriteAllBytes(file, bytes);
    }
}
