using System.Diagnostics;
using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>What is cut and what is damaged. Groups are written as in a store: one append, one sync.</summary>
public sealed class LogReaderTests
{
    private const long RecordBytes = LogFormat.RecordHeaderBytes + 1;
    private const string LogPath = "/store/000001.log";

    private readonly FaultInjectionFileSystem _files = new();

    public LogReaderTests() => _files.CreateDirectory(Rows.Directory);

    [Fact]
    public void Hole_in_the_last_group_should_be_cut_although_whole_records_follow()
    {
        var offsets = Write([1, 4]);
        Zero(offsets[2]);

        var (bodies, cut) = ReadAll(isNewest: true);

        Assert.Equal(["0", "1"], bodies);
        Assert.Equal(offsets[2], cut!.Offset);
    }

    [Fact]
    public void Hole_in_an_earlier_group_should_be_damage()
    {
        var offsets = Write([1, 4, 1]);
        Zero(offsets[2]);

        var damage = Assert.Throws<CorruptionException>(() => ReadAll(isNewest: true));

        Assert.Equal((LogPath, offsets[2]), (damage.File, damage.Offset));
    }

    [Fact]
    public void Any_hole_in_a_log_that_has_a_successor_should_be_damage()
    {
        var offsets = Write([1, 4]);
        Zero(offsets[4]);

        var damage = Assert.Throws<CorruptionException>(() => ReadAll(isNewest: false));

        Assert.Equal(offsets[4], damage.Offset);
    }

    [Fact]
    public void Log_should_end_in_a_seal_where_it_has_a_successor()
    {
        var offsets = Write([1, 1]);
        var end = offsets[1] + RecordBytes;
        Assert.Equal(["0", "1"], ReadAll(isNewest: true).Bodies);
        Assert.Equal(end, Assert.Throws<CorruptionException>(() => ReadAll(isNewest: false)).Offset);

        _files.Delete(LogPath);
        Write([1, 1], LogRecordKind.Sealed);
        Assert.Equal(["0", "1", ""], ReadAll(isNewest: false).Bodies);

        _files.Delete(LogPath);
        Write([1, 1], LogRecordKind.Closed);
        Assert.Equal(["0", "1", ""], ReadAll(isNewest: true).Bodies);
        Assert.Equal(end, Assert.Throws<CorruptionException>(() => ReadAll(isNewest: false)).Offset);
    }

    [Theory]
    [InlineData((int)LogRecordKind.Sealed)]
    [InlineData((int)LogRecordKind.Closed)]
    public void What_lies_behind_the_end_of_a_log_should_not_be_looked_at(int kind)
    {
        Write([1], (LogRecordKind)kind);
        var log = _files.Peek(LogPath);
        _files.Overwrite(LogPath, [.. log, .. Enumerable.Repeat((byte)1, 100)]);

        var (bodies, cut) = ReadAll(isNewest: true);

        Assert.Equal(["0", ""], bodies);
        Assert.Null(cut);
    }

    [Fact]
    public void Zeros_behind_the_last_record_should_be_nothing_to_tell()
    {
        Write([1]);
        _files.Overwrite(LogPath, [.. _files.Peek(LogPath), .. new byte[4096]]);

        var (bodies, cut) = ReadAll(isNewest: true);

        Assert.Equal(["0"], bodies);
        Assert.Null(cut);
    }

    [Fact]
    public void Records_of_an_earlier_log_should_not_pass_for_those_of_the_one_in_its_place()
    {
        Write([1, 1, 1, 1], number: 7);
        var old = _files.Peek("/store/000007.log");
        Write([1, 1]);
        var log = _files.Peek(LogPath);
        _files.Overwrite(LogPath, [.. log, .. old[log.Length..]]);

        var (bodies, cut) = ReadAll(isNewest: true);

        Assert.Equal(["0", "1"], bodies);
        Assert.Equal(new CutTail(LogPath, log.Length, old.Length - log.Length), cut);

        // The name came to the disk, and the header did not.
        _files.Overwrite(LogPath, old);
        (bodies, cut) = ReadAll(isNewest: true);
        Assert.Empty(bodies);
        Assert.Equal(new CutTail(LogPath, 0, old.Length), cut);
    }

    /// <summary>
    /// Every byte of what was left begins what looks like the header of a record of many megabytes: to hash them all would take hours.
    /// </summary>
    [Fact]
    public void Search_behind_a_cut_should_take_steps_in_proportion_to_what_lies_there()
    {
        Write([1]);
        var old = new byte[32 << 20];
        old.AsSpan().Fill(1);
        _files.Overwrite(LogPath, [.. _files.Peek(LogPath), .. old]);

        var started = Stopwatch.GetTimestamp();
        Assert.NotNull(ReadAll(isNewest: true).Cut);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Torn_header_should_be_cut_only_while_no_record_follows()
    {
        Write([]);
        Zero(8);
        Assert.Equal(0, ReadAll(isNewest: true).Cut!.Offset);

        _files.Delete(LogPath);
        Write([1]);
        Zero(8);
        Assert.Equal(0, Assert.Throws<CorruptionException>(() => ReadAll(isNewest: true)).Offset);
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
        Assert.NotNull(ReadAll(isNewest: true).Cut);
    }

    [Fact]
    public void Header_of_a_future_version_should_be_told_apart_from_damage()
    {
        Write([1]);
        var bytes = _files.Peek(LogPath);
        bytes[8] = (byte)(LogFormat.NotedVersion + 1);
        BitConverter.TryWriteBytes(bytes.AsSpan(32), LogFormat.Checksum(bytes.AsSpan(0, 32), 1, 0));
        _files.Overwrite(LogPath, bytes);

        Assert.Equal(LogPath, Assert.Throws<UnsupportedFormatException>(() => ReadAll(isNewest: true)).File);
    }

    /// <summary>Writes groups of so many records each, with a number as body; returns where the records begin.</summary>
    private List<long> Write(int[] groups, LogRecordKind? end = null, ulong number = 1)
    {
        using var writer = LogWriter.Create(_files, Rows.Directory, FileKind.Log, number, 1);
        writer.Sync();
        var count = 0;
        foreach (var records in groups)
        {
            for (var i = 0; i < records; i++)
                writer.Add(LogRecordKind.Batch, Rows.Bytes($"{count++}"));
            writer.Sync();
        }

        if (end is { } kind)
        {
            writer.Add(kind, []);
            writer.Sync();
        }

        return [.. Enumerable.Range(0, count).Select(i => LogFormat.FileHeaderBytes + i * RecordBytes)];
    }

    private void Zero(long offset)
    {
        var bytes = _files.Peek(LogPath);
        bytes.AsSpan((int)offset, 10).Clear();
        _files.Overwrite(LogPath, bytes);
    }

    private (List<string> Bodies, CutTail? Cut) ReadAll(bool isNewest)
    {
        var reader = new LogReader(_files, Rows.Directory, FileKind.Log, 1, isNewest);
        var bodies = new List<string>();
        while (reader.TryRead(out var record))
            bodies.Add(Rows.Text(record.Body.ToArray()));
        return (bodies, reader.Cut);
    }
}
