using System.Collections.Immutable;

namespace AkkaKv.Storage.Tests;

/// <summary>
/// A sequence of operations drawn from a seed (commits one by one and many at once, flushes, merges, dropped ranges, orderly restarts),
/// the model of what it makes of the store, and the check of a store that was found after the sequence was cut short: it must hold the
/// model's state at some batch that is not older than the last acknowledged one.
/// </summary>
internal sealed class CrashScenario
{
    private const int Steps = 24;
    private const int Keys = 24;

    private readonly Random _random;
    private readonly StorageOptions _options;

    /// <summary>The rows after every batch that was ever handed in, by the sequence of its last row.</summary>
    private readonly Dictionary<ulong, ImmutableSortedDictionary<string, string>> _states = [];

    /// <summary>A drop that was handed in and not acknowledged, and the rows before it: it has no sequence of its own.</summary>
    private (ulong Sequence, ImmutableSortedDictionary<string, string> Rows)? _beforeDrop;

    private ulong _handedIn;
    private ulong _acknowledged;

    public CrashScenario(int seed, StorageOptions options)
    {
        _random = new Random(seed);
        _options = options;
        _states[0] = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
    }

    /// <summary>Runs to the end, or until the disk fails. The store is left as it is then; its threads are gone on return.</summary>
    public async Task RunAsync(IFileSystem files)
    {
        LsmStore? store = null;
        try
        {
            store = Rows.Open(files, _options);
            for (var step = 0; step < Steps; step++)
            {
                switch (_random.Next(12))
                {
                    case < 5:
                        await CommitAsync(store, batches: 1);
                        break;
                    case < 7:
                        await CommitAsync(store, batches: _random.Next(2, 5));
                        break;
                    case < 9:
                        await store.FlushAsync();
                        break;
                    case 9:
                        await store.CompactAsync();
                        break;
                    case 10:
                        await DropRangeAsync(store);
                        break;
                    default:
                        await store.DisposeAsync();
                        store = Rows.Open(files, _options);
                        break;
                }
            }
        }
        catch (Exception failure) when (failure is IOException or StorageReadOnlyException or CompactionFailedException)
        {
            // That is where this run ends.
        }
        finally
        {
            if (store is not null)
                await store.DisposeAsync();
        }
    }

    /// <summary>Commits one row more, which must succeed.</summary>
    public Task CommitOneMoreAsync(LsmStore store)
    {
        _handedIn = store.SyncedSequence;
        return CommitAsync(store, batches: 1);
    }

    public void Verify(LsmStore store, string context)
    {
        var sequence = store.SyncedSequence;
        Assert.True(sequence >= _acknowledged, $"{context}: acknowledged up to {_acknowledged}, found up to {sequence}");
        Assert.True(_states.TryGetValue(sequence, out var expected), $"{context}: sequence {sequence} is in the middle of a batch");

        if (_beforeDrop is { } before && before.Sequence == sequence && before.Rows.Count == store.ScanAll().Count)
            _states[sequence] = expected = before.Rows;

        var rows = expected.Select(row => (row.Key, row.Value));
        Assert.True(rows.SequenceEqual(store.ScanAll()), $"{context}: a scan shows other rows than the model");
        for (var key = 0; key < Keys; key++)
        {
            var name = KeyName(key);
            Assert.True(store.Get(name) == expected.GetValueOrDefault(name), $"{context}: {name} is not what the model holds");
            var lookup = store.TryGetFromMemory(Rows.Bytes(name), out _);
            var mayBe = expected.ContainsKey(name) ? MemoryLookup.Found : MemoryLookup.Absent;
            Assert.True(lookup == MemoryLookup.OnDisk || lookup == mayBe, $"{context}: memory errs about {name}");
        }
    }

    private async Task CommitAsync(LsmStore store, int batches)
    {
        var commits = new List<(ulong Sequence, Task<ulong> Task)>();
        for (var i = 0; i < batches; i++)
            commits.Add(HandIn(store));

        foreach (var (sequence, task) in commits)
        {
            Assert.Equal(sequence, await task);
            _acknowledged = sequence;
        }
    }

    private async Task DropRangeAsync(LsmStore store)
    {
        var (from, until) = (KeyName(_random.Next(Keys)), _random.Next(4) == 0 ? "" : KeyName(_random.Next(Keys)));
        var before = _states[_handedIn];
        _beforeDrop = (_handedIn, before);
        _states[_handedIn] = before.RemoveRange(before.Keys.Where(key =>
            string.CompareOrdinal(key, from) >= 0 && (until.Length == 0 || string.CompareOrdinal(key, until) < 0)));
        await store.DropRangeAsync(Rows.Bytes(from), Rows.Bytes(until));
        _beforeDrop = null;
    }

    private (ulong Sequence, Task<ulong> Task) HandIn(LsmStore store)
    {
        var batch = new WriteBatch();
        var state = _states[_handedIn];
        for (var rows = _random.Next(1, 5); rows > 0; rows--)
        {
            var key = KeyName(_random.Next(Keys));
            if (_random.Next(4) == 0)
            {
                batch.Delete(key);
                state = state.Remove(key);
            }
            else
            {
                var value = new string((char)_random.Next(256), _random.Next(10) == 0 ? 1_500 : _random.Next(100)) + _random.Next();
                batch.Put(key, value);
                state = state.SetItem(key, value);
            }
        }

        _handedIn += (ulong)batch.Count;
        _states[_handedIn] = state;
        return (_handedIn, store.CommitAsync(batch));
    }

    private static string KeyName(int key) => $"key-{key:D2}";
}
