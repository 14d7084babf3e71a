using System.Runtime.ExceptionServices;

namespace AkkaKv.Storage;

/// <summary>
/// A thread that does one thing at a time for another one, which does something else meanwhile. For the log thread: it syncs a large
/// group while its rows are inserted.
/// </summary>
/// <remarks>One thread at a time gives it work.</remarks>
internal sealed class Companion : IDisposable
{
    private readonly object _gate = new();
    private readonly Thread _thread;
    private Action? _work;
    private ExceptionDispatchInfo? _failure;
    private bool _isClosed;

    public Companion(string name)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>
    /// Runs <paramref name="theirs"/> on the companion's thread and <paramref name="ours"/> on this one; returns when both are done. Of their
    /// failures it throws that of <paramref name="theirs"/>, if it has one.
    /// </summary>
    public void RunBoth(Action theirs, Action ours)
    {
        Start(theirs);
        try
        {
            ours();
        }
        finally
        {
            Await();
        }
    }

    /// <summary>REQUIRES: nothing runs.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
    }

    private void Start(Action work)
    {
        lock (_gate)
        {
            _work = work;
            Monitor.PulseAll(_gate);
        }
    }

    private void Await()
    {
        ExceptionDispatchInfo? failure;
        lock (_gate)
        {
            while (_work is not null)
                Monitor.Wait(_gate);
            (failure, _failure) = (_failure, null);
        }

        failure?.Throw();
    }

    private void Run()
    {
        while (TakeWork() is { } work)
        {
            ExceptionDispatchInfo? failure = null;
            try
            {
                work();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }

            lock (_gate)
            {
                (_work, _failure) = (null, failure);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private Action? TakeWork()
    {
        lock (_gate)
        {
            while (_work is null && !_isClosed)
                Monitor.Wait(_gate);
            return _work;
        }
    }
}
