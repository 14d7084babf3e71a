using System.Buffers.Binary;
using AkkaKv.Storage;
using HdrHistogram;

namespace AkkaKv.Benchmarks;

/// <summary>
/// The threads that read, write and scan, each at its own pace, and how long it took them. Every row that is read is checked. The first
/// failure of any of them ends all.
/// </summary>
internal sealed class SteadyLoad : IDisposable
{
    private const int FillBatchRows = 1_000;
    private const int ScanRows = 100;

    /// <summary>Keys that a scan may have to pass for its rows; the rest are deleted.</summary>
    private const int ScanKeys = 2 * ScanRows;

    private readonly LsmStore _store;
    private readonly VersionedRows _rows;
    private readonly SteadyOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _threads = [];

    public SteadyLoad(LsmStore store, VersionedRows rows, SteadyOptions options)
    {
        _store = store;
        _rows = rows;
        _options = options;
    }

    public Latencies Reads { get; } = new();

    public Latencies Writes { get; } = new();

    public Latencies Scans { get; } = new();

    /// <summary>Cancelled when the load has ended, by <see cref="StopAsync"/> or by a failure.</summary>
    public CancellationToken Ended => _stop.Token;

    /// <summary>Gives every key its first version.</summary>
    public async Task FillAsync()
    {
        var (batch, key, value) = (new WriteBatch(), new byte[sizeof(int)], new byte[VersionedRows.ValueLimitBytes]);
        for (var from = 0; from < _rows.Count; from += FillBatchRows)
        {
            var until = Math.Min(_rows.Count, from + FillBatchRows);
            batch.Clear();
            for (var row = from; row < until; row++)
                Add(batch, row, key, value);
            await _store.CommitAsync(batch);
            for (var row = from; row < until; row++)
                _rows.Acknowledge(row);
        }
    }

    public void Start()
    {
        Start(_options.Readers, _options.ReadsPerSecond, Reads, ReadSomeRow);
        Start(_options.Writers, _options.WritesPerSecond, Writes, WriteSomeRow);
        Start(1, _options.ScansPerSecond, Scans, ScanSomewhere);
    }

    /// <summary>Ends the threads; throws what ended them before, if something did.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_threads);
    }

    /// <summary>With nobody writing: every key is at its last version, and there are no other keys.</summary>
    public void CheckAll() => CheckScan(0, _rows.Count, int.MaxValue, new byte[VersionedRows.ValueLimitBytes]);

    public void Dispose() => _stop.Dispose();

    private void Start(int threads, int perSecond, Latencies latencies, Action<Worker> operation)
    {
        var interval = TimeSpan.FromSeconds((double)threads / perSecond);
        for (var number = 0; number < threads; number++)
        {
            var worker = new Worker(number, new Random(HashCode.Combine(_options.Seed, _threads.Count)));
            var pace = new Pace(interval, offset: interval * number / threads);
            _threads.Add(Task.Factory.StartNew(
                () => Run(pace, latencies, operation, worker), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        }
    }

    private void Run(Pace pace, Latencies latencies, Action<Worker> operation, Worker worker)
    {
        try
        {
            while (pace.WaitForNext(_stop.Token))
            {
                operation(worker);
                latencies.Add(pace.SinceScheduled);
            }
        }
        catch
        {
            _stop.Cancel();
            throw;
        }
    }

    private void ReadSomeRow(Worker worker)
    {
        var row = worker.Random.Next(_rows.Count);
        BinaryPrimitives.WriteInt32BigEndian(worker.Key, row);
        var acknowledged = _rows.Acknowledged(row);
        _rows.Check(row, acknowledged, _store.Get(worker.Key), worker.Value);
    }

    /// <summary>One of the keys that are this writer's own, so that nobody else counts up its versions.</summary>
    private void WriteSomeRow(Worker worker)
    {
        var row = worker.Random.Next(_rows.Count / _options.Writers) * _options.Writers + worker.Number;
        worker.Batch.Clear();
        Add(worker.Batch, row, worker.Key, worker.Value);
        _store.CommitAsync(worker.Batch).GetAwaiter().GetResult();
        _rows.Acknowledge(row);
    }

    private void ScanSomewhere(Worker worker)
    {
        var from = worker.Random.Next(_rows.Count - ScanKeys);
        CheckScan(from, from + ScanKeys, ScanRows, worker.Value);
    }

    private void CheckScan(int from, int until, int limitRows, byte[] buffer)
    {
        var acknowledged = new int[until - from];
        for (var row = from; row < until; row++)
            acknowledged[row - from] = _rows.Acknowledged(row);

        var next = from;
        foreach (var found in _store.Scan(Key(from), until == _rows.Count ? default : Key(until)).Take(limitRows))
        {
            var row = BinaryPrimitives.ReadInt32BigEndian(found.Key.Span);
            if (row < next || row >= until)
                throw new WrongRowException($"seed {_options.Seed}: a scan of [{from}, {until}) gave key {row} where {next} or later was due");

            CheckAbsent(row);
            _rows.Check(row, acknowledged[row - from], found.Value, buffer);
            next = row + 1;
            limitRows--;
        }

        if (limitRows > 0)
            CheckAbsent(until);

        void CheckAbsent(int end)
        {
            for (; next < end; next++)
                _rows.Check(next, acknowledged[next - from], null, buffer);
        }
    }

    private void Add(WriteBatch batch, int row, byte[] key, byte[] value)
    {
        BinaryPrimitives.WriteInt32BigEndian(key, row);
        var version = _rows.HandIn(row);
        if (_rows.IsDeletion(row, version))
            batch.Delete(key);
        else
            batch.Put(key, value.AsSpan(0, _rows.Value(row, version, value)));
    }

    private static byte[] Key(int row)
    {
        var key = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(key, row);
        return key;
    }

    /// <summary>What one thread has to itself.</summary>
    private sealed record Worker(int Number, Random Random)
    {
        public WriteBatch Batch { get; } = new();

        public byte[] Key { get; } = new byte[sizeof(int)];

        public byte[] Value { get; } = new byte[VersionedRows.ValueLimitBytes];
    }

    /// <summary>Latencies of one kind of operation, in microseconds, up to ten minutes; what is longer counts as that.</summary>
    internal sealed class Latencies
    {
        private const long LimitMicroseconds = 600_000_000;

        private readonly Recorder _recorder = new(1, LimitMicroseconds, 3, (id, low, high, digits) =>
            new LongConcurrentHistogram(id, low, high, digits));

        public void Add(TimeSpan latency) => _recorder.RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 1, LimitMicroseconds));

        /// <summary>What was added since the last call.</summary>
        public HistogramBase Take() => _recorder.GetIntervalHistogram();
    }
}
