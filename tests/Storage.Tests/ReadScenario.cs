using System.Collections.Immutable;
using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

/// <summary>
/// A sequence of writes, flushes, restarts, snapshots and reads of every kind, drawn from a seed alone. Every answer is compared with a
/// model's and noted, so that the notes of two runs of one seed can be compared too.
/// </summary>
internal sealed class ReadScenario
{
    private const int Steps = 120;
    private const int Keys = 60;
    private const int SnapshotLimit = 3;

    private readonly Random _random;
    private readonly StorageOptions _options;
    private readonly FaultInjectionFileSystem _files = new();
    private readonly List<string> _answers = [];
    private readonly List<(ISnapshot Snapshot, ImmutableSortedDictionary<string, string> Rows)> _snapshots = [];
    private ImmutableSortedDictionary<string, string> _rows = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
    private LsmStore _store;

    private ReadScenario(int seed, StorageOptions options)
    {
        _random = new Random(seed);
        _options = options;
        _store = Rows.Open(_files, options);
    }

    /// <summary>The answers, as text.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(int seed, StorageOptions options)
    {
        var scenario = new ReadScenario(seed, options);
        try
        {
            for (var step = 0; step < Steps; step++)
                await scenario.StepAsync();
            return scenario._answers;
        }
        finally
        {
            scenario.DropSnapshots();
            await scenario._store.DisposeAsync();
        }
    }

    private async Task StepAsync()
    {
        switch (_random.Next(20))
        {
            case < 8:
                await CommitAsync();
                break;
            case 8:
                await _store.FlushAsync();
                break;
            case 10 when _random.Next(2) == 0:
                await DropRangeAsync();
                break;
            case 9 when _random.Next(4) == 0:
                await _store.DisposeAsync();
                if (_random.Next(2) == 0)
                    ReadSnapshots(); // they outlive the store
                DropSnapshots();
                _store = Rows.Open(_files, _options);
                break;
            case < 12:
                TakeSnapshot();
                break;
            case < 15:
                ReadSnapshots();
                break;
            default:
                Read(_store.Get, _store.Get, _store.Scan, _rows);
                break;
        }
    }

    private async Task CommitAsync()
    {
        var batch = new WriteBatch();
        for (var rows = _random.Next(1, 12); rows > 0; rows--)
        {
            var key = KeyName();
            if (_random.Next(4) == 0)
            {
                batch.Delete(key);
                _rows = _rows.Remove(key);
            }
            else
            {
                var value = new string((char)('a' + _random.Next(26)), _random.Next(20) == 0 ? 900 : _random.Next(60)) + _random.Next(1_000);
                batch.Put(key, value);
                _rows = _rows.SetItem(key, value);
            }
        }

        await _store.CommitAsync(batch);
    }

    private async Task DropRangeAsync()
    {
        var (from, until) = (KeyName(), KeyName());
        await _store.DropRangeAsync(Rows.Bytes(from), Rows.Bytes(until));
        _rows = _rows.RemoveRange(
            _rows.Keys.Where(key => string.CompareOrdinal(key, from) >= 0 && string.CompareOrdinal(key, until) < 0));
    }

    private void TakeSnapshot()
    {
        _snapshots.Add((_store.TakeSnapshot(), _rows));
        if (_snapshots.Count <= SnapshotLimit)
            return;
        var chosen = _random.Next(_snapshots.Count);
        _snapshots[chosen].Snapshot.Dispose();
        _snapshots.RemoveAt(chosen);
    }

    private void ReadSnapshots()
    {
        foreach (var (snapshot, rows) in _snapshots)
            Read(snapshot.Get, snapshot.Get, snapshot.Scan, rows);
    }

    private void DropSnapshots()
    {
        _snapshots.ForEach(entry => entry.Snapshot.Dispose());
        _snapshots.Clear();
    }

    private void Read(GetOne getOne, GetMany getMany, ScanRange scan, ImmutableSortedDictionary<string, string> expected)
    {
        for (var i = 0; i < 5; i++)
        {
            var key = KeyName();
            Note(key, getOne(Rows.Bytes(key)) is { } value ? Rows.Text(value) : null, expected.GetValueOrDefault(key));
        }

        var keys = Enumerable.Range(0, _random.Next(12)).Select(_ => KeyName()).ToList();
        var values = getMany([.. keys.Select(key => (ReadOnlyMemory<byte>)Rows.Bytes(key))]);
        Assert.Equal(keys.Count, values.Count);
        for (var i = 0; i < keys.Count; i++)
            Note(keys[i], values[i] is { } value ? Rows.Text(value) : null, expected.GetValueOrDefault(keys[i]));

        var from = _random.Next(3) == 0 ? "" : KeyName();
        var until = _random.Next(3) == 0 ? "" : KeyName();
        var inRange = expected
            .Where(row => string.CompareOrdinal(row.Key, from) >= 0 && (until == "" || string.CompareOrdinal(row.Key, until) < 0))
            .Select(row => $"{row.Key}={row.Value}").ToList();
        Note($"[{from}, {until})", Join(scan(Rows.Bytes(from), Rows.Bytes(until), ScanDirection.Forward)), string.Join(' ', inRange));
        inRange.Reverse();
        Note($"({until}, {from}]", Join(scan(Rows.Bytes(from), Rows.Bytes(until), ScanDirection.Backward)), string.Join(' ', inRange));
    }

    private void Note(string what, string? answer, string? expected)
    {
        Assert.True(answer == expected, $"{what} is '{answer}' instead of '{expected}' with {_options}");
        _answers.Add($"{what}: {answer}");
    }

    private static string Join(IEnumerable<StorageRow> rows) =>
        string.Join(' ', rows.Select(row => $"{Rows.Text(row.Key)}={Rows.Text(row.Value)}"));

    /// <summary>Keys of several lengths with long common beginnings, some the beginning of others.</summary>
    private string KeyName()
    {
        var key = _random.Next(Keys);
        return (key % 3) switch
        {
            0 => $"a common beginning/{key:D4}",
            1 => $"a common beginning/{key - 1:D4}/{key}",
            _ => new string((char)('a' + key % 5), 1 + key / 5),
        };
    }

    private delegate ReadOnlyMemory<byte>? GetOne(ReadOnlySpan<byte> key);

    private delegate IReadOnlyList<ReadOnlyMemory<byte>?> GetMany(IReadOnlyList<ReadOnlyMemory<byte>> keys);

    private delegate IEnumerable<StorageRow> ScanRange(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until, ScanDirection direction);
}
