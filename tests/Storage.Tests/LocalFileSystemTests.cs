namespace AkkaKv.Storage.Tests;

public sealed class LocalFileSystemTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"akkakv-{Guid.NewGuid():N}");
    private readonly LocalFileSystem _files = LocalFileSystem.Instance;

    public void Dispose()
    {
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void File_should_be_read_back_as_appended()
    {
        _files.CreateDirectory(Path.Combine(_directory, "a", "b"));
        var path = Path.Combine(_directory, "a", "b", "file");
        using (var file = _files.Create(path))
        {
            file.Append("hello, "u8);
            file.Append("world"u8);
            file.Sync();
            Assert.Equal(12, file.Length);
        }

        _files.SyncDirectory(Path.GetDirectoryName(path)!);
        using var reader = _files.OpenRead(path);
        var buffer = new byte[20];
        Assert.Equal(12, reader.Length);
        Assert.Equal(5, reader.Read(7, buffer));
        Assert.Equal("world"u8, buffer.AsSpan(0, 5));
    }

    [Fact]
    public void File_should_be_written_over_allocated_and_cut()
    {
        _files.CreateDirectory(_directory);
        var path = Path.Combine(_directory, "file");
        using (var file = _files.Create(path))
            file.Append("old bytes"u8);

        using (var file = _files.Reuse(path))
        {
            file.Append("new"u8);
            Assert.Equal(3, file.Length);
            file.Sync();
            Assert.Equal("new bytes"u8, _files.ReadAll(path));

            Assert.True(file.Allocate(5), "the file is longer");
            var isAllocated = file.Allocate(1 << 20);
            file.Sync();
            Assert.Equal(isAllocated ? 1 << 20 : 9, _files.ReadAll(path).Length);
            Assert.Equal("new bytes"u8, _files.ReadAll(path).AsSpan(0, 9));

            file.Truncate();
            Assert.Equal("new"u8, _files.ReadAll(path));
        }

        Assert.ThrowsAny<IOException>(() => _files.Reuse(Path.Combine(_directory, "missing")));
    }

    [Fact]
    public void Space_that_no_disk_has_should_leave_the_file_as_it_was()
    {
        _files.CreateDirectory(_directory);
        var path = Path.Combine(_directory, "file");
        using var file = _files.Create(path);
        file.Append("content"u8);

        Assert.False(file.Allocate(1L << 50));

        Assert.Equal("content"u8, _files.ReadAll(path));
    }

    [Fact]
    public void Names_of_a_file_should_be_counted_where_the_system_can()
    {
        _files.CreateDirectory(_directory);
        string one = Path.Combine(_directory, "one"), two = Path.Combine(_directory, "two");
        _files.Create(one).Dispose();
        Assert.Equal(OperatingSystem.IsLinux(), _files.HasOneName(one));

        _files.Link(one, two);
        Assert.False(_files.HasOneName(one));
        _files.Delete(two);
        Assert.Equal(OperatingSystem.IsLinux(), _files.HasOneName(one));
        Assert.False(_files.HasOneName(two));
    }

    [Fact]
    public void Names_should_follow_creations_renames_and_deletions()
    {
        _files.CreateDirectory(_directory);
        string one = Path.Combine(_directory, "one"), two = Path.Combine(_directory, "two");
        Assert.Empty(_files.ListFiles(Path.Combine(_directory, "missing")));
        _files.Create(one).Dispose();
        _files.Create(two).Dispose();

        Assert.Throws<IOException>(() => _files.Create(one));
        Assert.Throws<FileNotFoundException>(() => _files.OpenRead(Path.Combine(_directory, "three")));
        _files.Rename(one, two);
        Assert.Equal(["two"], _files.ListFiles(_directory));
        _files.Delete(two);
        _files.Delete(two);
        Assert.False(_files.FileExists(two));
    }

    [Fact]
    public void Lock_should_be_held_by_one_at_a_time()
    {
        _files.CreateDirectory(_directory);
        var path = Path.Combine(_directory, "LOCK");
        using (_files.Lock(path))
            Assert.Throws<IOException>(() => _files.Lock(path));
        _files.Lock(path).Dispose();
    }

    [Fact]
    public void Refusals_should_arrive_as_io_exceptions()
    {
        Assert.ThrowsAny<IOException>(() => _files.SyncDirectory(Path.Combine(_directory, "missing")));
        Assert.ThrowsAny<IOException>(() => _files.Create(Path.Combine(_directory, "missing", "file")));
        Assert.ThrowsAny<IOException>(() => _files.OpenRead("/"));
    }

    [Fact]
    public async Task Store_should_work_on_a_real_disk()
    {
        var options = new StorageOptions { MemtableLimitBytes = 64 << 10 };
        await using (var store = LsmStore.Open(_directory, options, _files))
        {
            var commits = Enumerable.Range(0, 5_000).Select(i => store.PutAsync($"key-{i:D5}", $"value of {i}"));
            await Task.WhenAll(commits);
        }

        await using var again = LsmStore.Open(_directory, options, _files);
        Assert.Equal(Enumerable.Range(0, 5_000).Select(i => ($"key-{i:D5}", $"value of {i}")), again.ScanAll());
        Assert.Equal("value of 4711", again.Get("key-04711"));
    }
}
