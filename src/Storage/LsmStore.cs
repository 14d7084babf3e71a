using System.Collections.Immutable;

namespace AkkaKv.Storage;

/// <summary>
/// A log-structured merge tree (O'Neil and others, 1996) in one directory: commit log, memtable, tables, manifest.
/// </summary>
/// <remarks>
/// <para><b>Threads.</b> Four of its own. The <i>log thread</i> takes groups of commits, appends and syncs them, inserts their rows into
/// the open memtable, publishes the sequence and completes the tasks; it also closes a full memtable and begins the next log. Its
/// <i>companion</i> syncs a large group while its rows are inserted. The <i>flush thread</i> turns closed memtables into tables, oldest first. The <i>compaction thread</i> merges tables and deletes the files
/// of those that nobody needs any more. Readers run on their callers' threads and take no lock.</para>
/// <para><b>Invariants.</b></para>
/// <list type="number">
/// <item>A row is visible only after its log record is durable and <see cref="SyncedSequence"/> covers it; a large group is inserted
/// while it is synced. With <see cref="StorageOptions.SyncInterval"/> it is visible after the append instead, and the sync follows.</item>
/// <item>Sequences have no gaps: not in a log, not from one log to the next, not from the tables to the first log. A missing piece
/// shows.</item>
/// <item>A log is deleted or written over only after the manifest says, durably, that tables hold its rows; and no record is written under
/// a number that no file has durably, so a number is never used twice, and what a log finds in its space is not valid in it.</item>
/// <item>A log is sealed, durably, before the next one has its name; so only the newest log may end without saying so.</item>
/// <item>After a failure to write, nothing is written any more. What a failed sync has left in the system's cache can be read but
/// may not be on the disk, so opening does not continue old files: it writes what it recovered anew (<see cref="StoreOpener"/>).</item>
/// </list>
/// <para>The parts: writing in LsmStore.Write.cs, the space of logs in LsmStore.LogSpace.cs, what slows writing in
/// LsmStore.Pressure.cs, flushing in LsmStore.Flush.cs, merging in LsmStore.Compaction.cs, edits of the manifest in LsmStore.Manifest.cs,
/// reading in LsmStore.Read.cs, ranges in LsmStore.Ranges.cs, what it tells of itself in LsmStore.Statistics.cs.</para>
/// </remarks>
public sealed partial class LsmStore : IStorageEngine
{
    private readonly string _directory;
    private readonly StorageOptions _options;
    private readonly IFileSystem _files;
    private readonly BlockCache _cache;
    private readonly TimeProvider _time;
    private readonly IDisposable _directoryLock;

    /// <summary>
    /// Guards the replacement of <see cref="_view"/>, and <see cref="_state"/>, <see cref="_flushRequests"/>, <see cref="_flushStops"/> and
    /// the state of compaction; pulsed at every change.
    /// </summary>
    private readonly object _gate = new();

    private readonly Thread? _logThread;
    private readonly Thread? _flushThread;
    private readonly Thread? _compactionThread;

    /// <summary>Null once the store is closed.</summary>
    private volatile ReadView? _view;

    private volatile StorageState _state;

    /// <summary>The last row that readers see. Ahead of <see cref="_syncedSequence"/> only between the syncs of an interval.</summary>
    private ulong _visibleSequence;

    private ulong _syncedSequence;
    private ulong _nextFileNumber;
    private int _disposed;

    internal LsmStore(StoreOpener.Result opened)
    {
        _directory = opened.Directory;
        _options = opened.Options;
        _files = opened.Files;
        _cache = opened.Cache;
        _time = opened.Time;
        _queue = new CommitQueue(_options.CommitQueueLimitBytes);
        _picker = new CompactionPicker(_options);
        _compactionRate = new RateLimit(_options.CompactionBytesPerSecond, _time);
        _slowedRate = new RateLimit(_options.SlowedWriteBytesPerSecond, _time);
        _directoryLock = opened.DirectoryLock;
        _log = opened.Log;
        _manifest = opened.Manifest;
        _view = opened.View;
        _syncedSequence = _visibleSequence = opened.Report.LastSequence;
        _nextFileNumber = opened.NextFileNumber;
        _state = opened.State;
        Recovery = opened.Report;
        StorageMeter.Add(this);

        if (!_state.AcceptsCommits)
        {
            _queue.Refuse(_state.Cause!);
            return;
        }

        _syncer = new Companion($"log sync of {_directory}");
        _logThread = StartThread(RunLog, "log");
        _flushThread = StartThread(RunFlush, "flush");
        _compactionThread = StartThread(RunCompaction, "compaction");
    }

    /// <inheritdoc/>
    public StorageState State => _state;

    /// <inheritdoc/>
    public RecoveryReport Recovery { get; }

    /// <inheritdoc/>
    public ulong SyncedSequence => Volatile.Read(ref _syncedSequence);

    /// <summary>
    /// Opens the store in a directory, or founds one there if the directory holds none. Returns when everything that was ever acknowledged
    /// is readable again.
    /// </summary>
    /// <remarks>
    /// If the disk refuses the writes of an opening (it may be full), a store that existed before opens as
    /// <see cref="StorageState.ReadOnly"/> with all its rows.
    /// </remarks>
    /// <param name="directory">The store's own directory; created if missing.</param>
    /// <param name="options">May differ from those of earlier openings.</param>
    /// <param name="fileSystem">The disk.</param>
    /// <param name="time">The clock for durations in reports; the system's by default.</param>
    /// <exception cref="CorruptionException">The manifest or a commit log is damaged; nothing was changed on disk.</exception>
    /// <exception cref="UnsupportedFormatException">A newer release wrote the store; nothing was changed on disk.</exception>
    /// <exception cref="IOException">The disk refused, or another process has the store open.</exception>
    public static LsmStore Open(string directory, StorageOptions options, IFileSystem fileSystem, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(fileSystem);
        options.Validate();
        return new LsmStore(new StoreOpener(directory, options, fileSystem, time ?? TimeProvider.System).Open());
    }

    /// <summary>
    /// Serves the commits that are queued, syncs, and releases files and lock. Rows in memory stay in their log and are read from it by the
    /// next opening. Scans that are under way go on.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            await Task.Run(Close).ConfigureAwait(false);
    }

    private void Close()
    {
        StorageMeter.Remove(this);
        _queue.Close();
        StopCompaction();
        _logThread?.Join();
        _syncer?.Dispose();
        StopFlushing();
        _flushThread?.Join();
        _compactionThread?.Join();

        if (_state.AcceptsCommits)
            DeleteSpare();

        ReadView? view;
        lock (_gate)
        {
            _state = StorageState.Closed;
            view = _view;
            _view = null;
        }

        view!.Retire();
        _log?.Dispose();
        _manifest?.Dispose();
        _directoryLock.Dispose();
    }

    /// <summary>From here on nothing is written, until the directory is opened again. The first cause is kept.</summary>
    private void BecomeReadOnly(Exception cause)
    {
        Commit[] flushRequests;
        TaskCompletionSource[] compactionRequests;
        lock (_gate)
        {
            if (_state.AcceptsCommits)
                _state = StorageState.ReadOnly(cause);
            flushRequests = TakeFlushRequests(upToLog: ulong.MaxValue);
            compactionRequests = [.. _compactionRequests];
            _compactionRequests.Clear();
            Monitor.PulseAll(_gate);
        }

        _queue.Refuse(cause);
        foreach (var request in flushRequests)
            request.SetException(new StorageReadOnlyException(cause));
        foreach (var request in compactionRequests)
            request.SetException(new StorageReadOnlyException(cause));
    }

    /// <summary>REQUIRES: <see cref="_gate"/> is held.</summary>
    private void ReplaceView(Memtable open, ImmutableArray<Memtable> closed, LevelSet levels)
    {
        var old = _view!;
        _view = new ReadView(open, closed, levels);
        old.Retire();
        Monitor.PulseAll(_gate);
    }

    private ulong NewFileNumber() => Interlocked.Increment(ref _nextFileNumber) - 1;

    private Thread StartThread(ThreadStart body, string role)
    {
        var thread = new Thread(body) { IsBackground = true, Name = $"{role} of {_directory}" };
        thread.Start();
        return thread;
    }
}
