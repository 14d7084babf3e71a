using AkkaKv.Storage;
using AkkaKv.Testing;

namespace AkkaKv.Node.Tests;

/// <summary>A store in memory whose commits and disk reads a test can hold up or fail, and that says how it was used.</summary>
internal sealed class GatedEngine : IStorageEngine
{
    /// <summary>A store's only writer has one batch under way, so the smallest queue must do for it.</summary>
    private static readonly StorageOptions Options = new() { CommitQueueLimitBytes = 1 };

    private readonly LsmStore _inner = LsmStore.Open("/store", Options, new FaultInjectionFileSystem());

    /// <summary>Rows in each commit so far.</summary>
    public List<int> Commits { get; } = [];

    /// <summary>Rows in each lookup of several so far.</summary>
    public List<int> LookUps { get; } = [];

    /// <summary>What a commit waits for; a fault fails it.</summary>
    public Func<Task> BeforeCommit { get; set; } = () => Task.CompletedTask;

    /// <summary>Whether memory cannot tell of a row.</summary>
    public Func<byte[], bool> IsOnDisk { get; set; } = _ => false;

    /// <summary>What a read of the disk does first, on its own thread.</summary>
    public Action<byte[]> BeforeGet { get; set; } = _ => { };

    public StorageState State => _inner.State;

    public RecoveryReport Recovery => _inner.Recovery;

    public ulong SyncedSequence => _inner.SyncedSequence;

    public StorageStatistics Statistics => _inner.Statistics;

    public async Task<ulong> CommitAsync(WriteBatch batch)
    {
        Commits.Add(batch.Count);
        await BeforeCommit();
        return await _inner.CommitAsync(batch);
    }

    public async void Commit(WriteBatch batch, Action<Exception?> completed)
    {
        try
        {
            await CommitAsync(batch);
        }
        catch (Exception e)
        {
            completed(e);
            return;
        }

        completed(null);
    }

    public ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key)
    {
        BeforeGet(key.ToArray());
        return _inner.Get(key);
    }

    public IReadOnlyList<ReadOnlyMemory<byte>?> Get(IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        foreach (var key in keys) BeforeGet(key.ToArray());
        return _inner.Get(keys);
    }

    public MemoryLookup TryGetFromMemory(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        value = default;
        return IsOnDisk(key.ToArray()) ? MemoryLookup.OnDisk : _inner.TryGetFromMemory(key, out value);
    }

    public void TryGetFromMemory(ReadOnlySpan<ReadOnlyMemory<byte>> keys, Span<MemoryRow> rows)
    {
        LookUps.Add(keys.Length);
        for (var i = 0; i < keys.Length; i++) rows[i] = new MemoryRow(TryGetFromMemory(keys[i].Span, out var value), value);
    }

    public IEnumerable<StorageRow> Scan(
        ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until, ScanDirection direction = ScanDirection.Forward) =>
        _inner.Scan(from, until, direction);

    public ISnapshot TakeSnapshot() => _inner.TakeSnapshot();

    public Task FlushAsync() => _inner.FlushAsync();

    public Task DropRangeAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until) => _inner.DropRangeAsync(from, until);

    public Task<ulong> CheckpointAsync(string directory) => _inner.CheckpointAsync(directory);

    public long ApproximateSize(ReadOnlySpan<byte> from, ReadOnlySpan<byte> until) => _inner.ApproximateSize(from, until);

    public IReadOnlyList<DamagedRange> DamagedRanges() => _inner.DamagedRanges();

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
