using System.Collections.Concurrent;

namespace AkkaKv.Node.Tests;

public sealed class RowReadersTests : IDisposable
{
    private readonly GatedEngine _engine = new();
    private readonly BlockingCollection<RowRead<string>> _read = [];

    [Fact]
    public void Row_that_cannot_be_read_should_fail_alone_and_all_others_be_found()
    {
        var readers = new RowReaders<string>(_engine, 1_000, rows => rows.ToList().ForEach(_read.Add));
        _engine.BeforeGet = row => Fail(row, "row-77");
        for (var row = 0; row < 500; row++) Assert.True(readers.TryRead(RowKeyOf($"row-{row}"), $"row-{row}"));

        var reads = Enumerable.Range(0, 500).Select(_ => Next()).ToList();
        Assert.Equal(500, reads.DistinctBy(read => read.Asked).Count());
        Assert.Equal("row-77", Assert.Single(reads, read => read.Failure is not null).Asked);
    }

    [Fact]
    public void Slow_row_should_hold_up_no_other_and_rows_beyond_the_bound_should_be_refused()
    {
        using var disk = new ManualResetEventSlim();
        using var isSlow = new CountdownEvent(1);
        var readers = new RowReaders<string>(_engine, 2, rows => rows.ToList().ForEach(_read.Add));
        _engine.BeforeGet = row =>
        {
            if (!row.SequenceEqual(RowKeyOf("slow"))) return;
            isSlow.Signal();
            Assert.True(disk.Wait(Eventually.Limit), "the test lets the disk answer");
        };
        Assert.True(readers.TryRead(RowKeyOf("slow"), "slow"));
        Assert.True(isSlow.Wait(Eventually.Limit), "the slow row is read");
        for (var row = 0; row < 10; row++)
        {
            Assert.True(readers.TryRead(RowKeyOf($"fast-{row}"), $"fast-{row}"));
            Assert.Equal($"fast-{row}", Next().Asked);
        }

        disk.Set();
        Assert.Equal("slow", Next().Asked);
        Assert.False(new RowReaders<string>(_engine, 0, _ => { }).TryRead(RowKeyOf("beyond"), "beyond"));
    }

    public void Dispose() => _read.Dispose();

    private static byte[] RowKeyOf(string key) => RowKey.Of(System.Text.Encoding.UTF8.GetBytes(key));

    private static void Fail(byte[] row, string bad)
    {
        if (row.SequenceEqual(RowKeyOf(bad))) throw new InvalidDataException("a block is damaged");
    }

    private RowRead<string> Next()
    {
        Assert.True(_read.TryTake(out var read, Eventually.Limit), "a row is read");
        return read;
    }
}
