using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>What is torn and what is damaged. Groups are written as in a store: one append, one sync.</summary>
public sealed class LogReaderTests
{
    private const string LogPath = "/store/000001.log";

    private readonly FaultInjectionFileSystem _files = new();

    public LogReaderTests() => _files.CreateDirectory(Rows.Directory);

    [Fact]
    public void Hole_in_the_last_group_should_be_torn_although_whole_records_follow()
    {
        var offsets = Write([1, 4]);
        Zero(offsets[2]);

        var (bodies, torn) = ReadAll(mayBeTorn: true);

        Assert.Equal(["0", "1"], bodies);
        Assert.Equal(offsets[2], torn!.Offset);
    }

    [Fact]
    public void Hole_in_an_earlier_group_should_be_damage()
    {
        var offsets = Write([1, 4, 1]);
        Zero(offsets[2]);

        var damage = Assert.Throws<CorruptionException>(() => ReadAll(mayBeTorn: true));

        Assert.Equal((LogPath, offsets[2]), (damage.File, damage.Offset));
    }

    [Fact]
    public void Any_hole_in_a_log_that_has_a_successor_should_be_damage()
    {
        var offsets = Write([1, 4]);
        Zero(offsets[4]);

        var damage = Assert.Throws<CorruptionException>(() => ReadAll(mayBeTorn: false));

        Assert.Equal(offsets[4], damage.Offset);
    }

    [Fact]
    public void Torn_header_should_be_torn_only_while_no_record_follows()
    {
        Write([]);
        Zero(8);
        Assert.Equal(0, ReadAll(mayBeTorn: true).Torn!.Offset);

        _files.Delete(LogPath);
        Write([1]);
        Zero(8);
        Assert.Equal(0, Assert.Throws<CorruptionException>(() => ReadAll(mayBeTorn: true)).Offset);
    }

    [Fact]
    public void Value_that_quotes_a_log_should_not_pass_for_its_records()
    {
        Write([1, 1]);
        var quoted = _files.Peek(LogPath);
        _files.Delete(LogPath);

        using (var writer = LogWriter.Create(_files, Rows.Directory, FileKind.Log, 1, 1))
        {
            writer.Sync();
            writer.Add(LogRecordKind.Batch, quoted);
            writer.Sync();
        }

        Zero(LogFormat.FileHeaderBytes);
        Assert.NotNull(ReadAll(mayBeTorn: true).Torn);
    }

    [Fact]
    public void Header_of_a_future_version_should_be_told_apart_from_damage()
    {
        Write([1]);
        var bytes = _files.Peek(LogPath);
        bytes[8] = 2;
        BitConverter.TryWriteBytes(bytes.AsSpan(32), LogFormat.Checksum(bytes.AsSpan(0, 32), 1, 0));
        _files.Overwrite(LogPath, bytes);

        Assert.Equal(LogPath, Assert.Throws<UnsupportedFormatException>(() => ReadAll(mayBeTorn: true)).File);
    }

    /// <summary>Writes groups of so many records each, with a number as body; returns where the records begin.</summary>
    private List<long> Write(int[] groups)
    {
        using var writer = LogWriter.Create(_files, Rows.Directory, FileKind.Log, 1, 1);
        writer.Sync();
        var number = 0;
        foreach (var records in groups)
        {
            for (var i = 0; i < records; i++)
                writer.Add(LogRecordKind.Batch, Rows.Bytes($"{number++}"));
            writer.Sync();
        }

        return [.. Enumerable.Range(0, number).Select(i => LogFormat.FileHeaderBytes + i * (LogFormat.RecordHeaderBytes + 1L))];
    }

    private void Zero(long offset)
    {
        var bytes = _files.Peek(LogPath);
        bytes.AsSpan((int)offset, 10).Clear();
        _files.Overwrite(LogPath, bytes);
    }

    private (List<string> Bodies, TornTail? Torn) ReadAll(bool mayBeTorn)
    {
        var reader = new LogReader(_files, Rows.Directory, FileKind.Log, 1, mayBeTorn);
        var bodies = new List<string>();
        while (reader.TryRead(out var record))
            bodies.Add(Rows.Text(record.Body.ToArray()));
        return (bodies, reader.Torn);
    }
}
