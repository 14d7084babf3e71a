using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class RecoveryReportTests
{
    private readonly FaultInjectionFileSystem _files = new();

    [Fact]
    public async Task New_store_should_say_that_it_is_one()
    {
        await using var store = Rows.Open(_files);
        Assert.Equal("a new store", store.Recovery.ToString());
    }

    [Fact]
    public async Task Orderly_stop_should_say_what_was_replayed()
    {
        await using (var store = Rows.Open(_files))
        {
            await store.PutAsync("a", "1");
            await store.PutAsync("b", "2");
        }

        await using var again = Rows.Open(_files);
        Assert.Equal("closed in order; replayed 2 batches with 2 rows from 1 logs, up to row 2", again.Recovery.ToString());
    }

    [Fact]
    public async Task Crash_in_an_append_should_say_what_was_cut()
    {
        await using var store = Rows.Open(_files, new StorageOptions { CommitLogSpaceBytes = 0 });
        await store.PutAsync("a", "1");
        var log = $"{Rows.Directory}/{_files.ListFiles(Rows.Directory).Single(name => name.EndsWith(".log"))}";
        var crashed = _files.AfterCrash();
        var length = crashed.Peek(log).Length;
        crashed.Overwrite(log, [.. crashed.Peek(log), 1, 2, 3]);

        await using var again = Rows.Open(crashed);
        Assert.Equal(
            $"not closed in order; replayed 1 batches with 1 rows from 1 logs, up to row 1; cut 3 bytes that were never acknowledged at {length} of {log}",
            again.Recovery.ToString());
    }

    [Fact]
    public async Task Table_that_cannot_be_read_should_be_named()
    {
        await using (var store = Rows.Open(_files))
        {
            await store.PutAsync("a", "1");
            await store.FlushAsync();
        }

        var table = _files.ListFiles(Rows.Directory).Single(name => name.EndsWith(".sst"));
        _files.Delete($"{Rows.Directory}/{table}");
        await using var again = Rows.Open(_files);
        Assert.Contains($"a table cannot be read: {Rows.Directory}/{table}", again.Recovery.ToString());
    }
}
