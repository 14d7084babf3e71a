using System.Diagnostics;
using System.Text.Json;

namespace AkkaKv.Benchmarks;

/// <summary>Does one work and prints its figures, one line of JSON each. The same code runs for every system.</summary>
internal sealed class StorageChild(ChildRequest request)
{
    private const int WarmUpRows = 200_000;
    private const int PacedRowsPerSecond = 10_000;
    private const int PacedBatchRows = 100;

    private readonly BenchmarkData _data = new(request.Rows, request.ValueBytes);

    public static async Task<int> RunAsync(ChildRequest request)
    {
        var child = new StorageChild(request);
        await (request.Work switch
        {
            Works.RandomFill => child.FillAsync(isRandom: true),
            Works.SequentialFill => child.FillAsync(isRandom: false),
            Works.SyncedOne => child.SyncedWritesAsync(writers: 1),
            Works.SyncedMany => child.SyncedWritesAsync(writers: 64),
            Works.ReadInCache => child.ReadAsync(isPresent: true, isCached: true, isWriting: false),
            Works.ReadOutOfCache => child.ReadAsync(isPresent: true, isCached: false, isWriting: false),
            Works.MissingRead => child.ReadAsync(isPresent: false, isCached: true, isWriting: false),
            Works.ReadWhileWriting => child.ReadAsync(isPresent: true, isCached: true, isWriting: true),
            Works.Scan => child.ScanAsync(),
            Works.WriteUntilKilled => child.WriteUntilKilledAsync(),
            Works.OpenAfterKill => child.OpenAsync(),
            _ => throw new ArgumentException($"There is no work {request.Work}."),
        });
        return 0;
    }

    private IPeer Open(string? directory = null) => Peers.Open(
        request.System, new PeerOptions(directory ?? request.Directory, request.CacheBytes, BenchmarkData.KeyBytes + request.ValueBytes));

    /// <summary>Every key once, in synced batches, by one writer; then a flush, and merging comes to rest.</summary>
    private async Task FillAsync(bool isRandom)
    {
        await WarmUpAsync();
        using var meter = new ProcessMeter();
        await using (var peer = Open())
        {
            var started = Stopwatch.GetTimestamp();
            await WriteRowsAsync(peer, 0, _data.Rows, isRandom, request.BatchRows);
            PrintRate(request.Work, _data.Rows, started);
            Print("allocated per row", (double)meter.AllocatedBytes / _data.Rows, "B", false);
            Print("longest GC pause", meter.LongestPause.TotalMilliseconds, "ms", false);

            started = Stopwatch.GetTimestamp();
            await peer.FlushAsync();
            await ProcessMeter.SettleAsync(Quiet());
            Print("until merging rests", (Stopwatch.GetElapsedTime(started) - Quiet()).TotalSeconds, "s", false);
        }

        Print("write amplification", (double)meter.WrittenBytes / _data.UserBytes, "x", false);
        Print("bytes on disk", ProcessMeter.DirectoryBytes(request.Directory) / 1e6, "MB", false);
        Print("peak memory", ProcessMeter.PeakMemoryBytes / 1e6, "MB", false);
    }

    private async Task SyncedWritesAsync(int writers)
    {
        await WarmUpAsync();
        using var meter = new ProcessMeter();
        await using var peer = Open();
        var latencies = new LatencyRecorder();
        var written = 0L;
        var started = Stopwatch.GetTimestamp();

        // A writer begins on a thread of its own. A system whose call blocks keeps it there; after one whose call does not, the writer goes
        // on where its task does.
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer =>
            Task.Factory.StartNew(() => WriteAsync(writer), TaskCreationOptions.LongRunning).Unwrap()));
        PrintRate(request.Work, written, started);
        Print("p99", latencies.Percentile(0.99), "ms", false);
        Print("allocated per row", (double)meter.AllocatedBytes / written, "B", false);

        async Task WriteAsync(int writer)
        {
            var batch = peer.NewBatch();
            var (key, value) = (new byte[BenchmarkData.KeyBytes], new byte[request.ValueBytes]);
            var random = new Random(writer);
            while (Stopwatch.GetElapsedTime(started) < request.Duration)
            {
                var begun = Stopwatch.GetTimestamp();
                Fill(batch, random.Next(_data.Rows), key, value);
                await batch.WriteSyncedAsync().ConfigureAwait(false);
                latencies.Add(Stopwatch.GetElapsedTime(begun));
                Interlocked.Increment(ref written);
            }
        }
    }

    private async Task ReadAsync(bool isPresent, bool isCached, bool isWriting)
    {
        await using var peer = Open();
        if (isCached)
            peer.ScanAll();
        await ReadForAsync(peer, isPresent, request.Duration / 4);

        using var meter = new ProcessMeter();
        using var stop = new CancellationTokenSource();
        var writing = isWriting ? Task.Run(() => WritePacedAsync(peer, stop.Token), CancellationToken.None) : Task.FromResult(0L);
        var started = Stopwatch.GetTimestamp();
        var reads = await ReadForAsync(peer, isPresent, request.Duration);
        PrintRate(request.Work, reads, started);
        await stop.CancelAsync();
        var written = await writing;

        Print("allocated per read", (double)meter.AllocatedBytes / reads, "B", false);
        Print("longest GC pause", meter.LongestPause.TotalMilliseconds, "ms", false);
        Print("peak memory", ProcessMeter.PeakMemoryBytes / 1e6, "MB", false);
        if (isWriting)
            Print("rows written meanwhile", written / request.Seconds, "rows/s", true);
    }

    private async Task<long> ReadForAsync(IPeer peer, bool isPresent, TimeSpan duration)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, request.Threads).Select(thread =>
            Task.Factory.StartNew(() => Read(thread), TaskCreationOptions.LongRunning)));
        return counts.Sum();

        long Read(int thread)
        {
            var (key, expected) = (new byte[BenchmarkData.KeyBytes], new byte[request.ValueBytes]);
            var random = new Random(thread + 1);
            var reads = 0L;
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                for (var i = 0; i < 64; i++, reads++)
                    ReadOne(peer, random.Next(_data.Rows), isPresent, key, expected, isCompared: i == 0);
            }

            return reads;
        }
    }

    private void ReadOne(IPeer peer, int row, bool isPresent, byte[] key, byte[] expected, bool isCompared)
    {
        if (isPresent)
            BenchmarkData.Key(row, key);
        else
            BenchmarkData.MissingKey(row, key);

        var value = peer.Get(key);
        if (value.HasValue != isPresent || (isPresent && value!.Value.Length != request.ValueBytes))
            throw new InvalidDataException($"row {row} is not what was written");
        if (!isCompared || !isPresent)
            return;

        _data.Value(row, expected);
        if (!value!.Value.Span.SequenceEqual(expected))
            throw new InvalidDataException($"row {row} is not what was written");
    }

    /// <summary>Writes at one rate whatever the system could do, so that a faster writer does not make for slower readers.</summary>
    private async Task<long> WritePacedAsync(IPeer peer, CancellationToken stop)
    {
        var batch = peer.NewBatch();
        var (key, value) = (new byte[BenchmarkData.KeyBytes], new byte[request.ValueBytes]);
        var random = new Random(99);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds((double)PacedBatchRows / PacedRowsPerSecond));
        var written = 0L;
        while (!stop.IsCancellationRequested)
        {
            for (var i = 0; i < PacedBatchRows; i++, written++)
                Fill(batch, random.Next(_data.Rows), key, value);
            await batch.WriteSyncedAsync();
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        return written;
    }

    private async Task ScanAsync()
    {
        await using var peer = Open();
        peer.ScanAll();
        var scans = 0;
        var started = Stopwatch.GetTimestamp();
        for (; scans == 0 || Stopwatch.GetElapsedTime(started) < request.Duration; scans++)
        {
            if (peer.ScanAll() is var (rows, bytes) && (rows != _data.Rows || bytes != _data.UserBytes))
                throw new InvalidDataException($"a scan gave {rows} rows and {bytes} bytes");
        }

        PrintRate(request.Work, (long)scans * _data.Rows, started);
    }

    /// <summary>Adds a tenth of the rows again, says so, and waits for its end.</summary>
    private async Task WriteUntilKilledAsync()
    {
        await using var peer = Open();
        await WriteRowsAsync(peer, 0, Math.Max(1, _data.Rows / 10), isRandom: true, request.BatchRows);
        Console.WriteLine(StorageSuite.ReadyToBeKilled);
        await Task.Delay(Timeout.Infinite);
    }

    private async Task OpenAsync()
    {
        var started = Stopwatch.GetTimestamp();
        await using var peer = Open();
        ReadOne(
            peer, _data.Shuffled(0), isPresent: true, new byte[BenchmarkData.KeyBytes], new byte[request.ValueBytes], isCompared: true);
        Print(null, Stopwatch.GetElapsedTime(started).TotalMilliseconds, "ms", false);
    }

    /// <summary>The code of system and runtime is compiled before anything is measured, in a directory of its own.</summary>
    private async Task WarmUpAsync()
    {
        var directory = request.Directory + "-warm";
        await using (var peer = Open(directory))
        {
            await WriteRowsAsync(peer, 0, Math.Min(WarmUpRows, _data.Rows), isRandom: true, request.BatchRows);
            await peer.FlushAsync();
        }

        Directory.Delete(directory, recursive: true);
    }

    private async Task WriteRowsAsync(IPeer peer, int from, int until, bool isRandom, int batchRows)
    {
        var batch = peer.NewBatch();
        var (key, value) = (new byte[BenchmarkData.KeyBytes], new byte[request.ValueBytes]);
        for (var place = from; place < until;)
        {
            for (var end = Math.Min(until, place + batchRows); place < end; place++)
                Fill(batch, isRandom ? _data.Shuffled(place) : place, key, value);
            await batch.WriteSyncedAsync();
        }
    }

    private void Fill(IPeerBatch batch, int row, byte[] key, byte[] value)
    {
        BenchmarkData.Key(row, key);
        _data.Value(row, value);
        batch.Put(key, value);
    }

    private TimeSpan Quiet() => TimeSpan.FromSeconds(Math.Min(1, request.Seconds));

    private static void PrintRate(string work, long count, long started) =>
        PrintFigure(new Figure(work, count / Stopwatch.GetElapsedTime(started).TotalSeconds, "rows/s", MoreIsBetter: true));

    private void Print(string? aspect, double value, string unit, bool moreIsBetter) =>
        PrintFigure(new Figure(aspect is null ? request.Work : $"{request.Work}: {aspect}", value, unit, moreIsBetter));

    private static void PrintFigure(Figure figure) => Console.WriteLine(JsonSerializer.Serialize(figure));
}
