namespace AkkaKv.Storage;

/// <remarks>
/// <b>Write pressure.</b> Rows that come faster than the disk can put them in order pile up first as closed memtables, then as tables of
/// level 0, where each costs every read a look. So commits are first slowed to a rate at which flushes and merges can catch up, and then
/// wait. Level 0 is a reason only while merging can make progress: behind a damaged table, or while the disk is too full for merges,
/// commits go on.
/// </remarks>
public sealed partial class LsmStore
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>Owned by the log thread.</summary>
    private readonly RateLimit _slowedRate;

    /// <summary>Once the store closes, nobody waits for merges: they are ended.</summary>
    private bool IsMergingBehind(int tables) => _view!.Levels[0].Length >= tables && !_compactionIsIdle && !_compactionStops;

    private bool IsFlushBehind => _view!.Closed.Length >= _options.ImmutableMemtableLimit;

    /// <summary>On the log thread, before a group of so many bytes.</summary>
    private void SlowDown(long bytes)
    {
        lock (_gate)
        {
            if (!IsFlushBehind && !IsMergingBehind(_options.SlowdownTables))
                return;

            var wait = _slowedRate.Take(bytes);
            if (wait < ShortestWait)
                return;

            // A change of view ends the wait early; what is owed then shows in the next one.
            var started = _time.GetTimestamp();
            Monitor.Wait(_gate, wait < LongestWait ? wait : LongestWait);
            _counters.Slowdowns++;
            _counters.SlowedTicks += _time.GetElapsedTime(started).Ticks;
        }
    }

    /// <summary>On the log thread, before the next memtable.</summary>
    private void WaitForDisk()
    {
        lock (_gate)
        {
            if (_state.AcceptsCommits && MustWait())
            {
                _counters.Stalls++;
                var started = _time.GetTimestamp();
                while (_state.AcceptsCommits && MustWait())
                    Monitor.Wait(_gate);
                _counters.StalledTicks += _time.GetElapsedTime(started).Ticks;
            }

            ThrowIfReadOnly();
        }

        bool MustWait() => IsFlushBehind || IsMergingBehind(_options.StopTables);
    }
}
