namespace AkkaKv.Protocol;

/// <summary>
/// Runs what is asked of one key one after the other, and of different keys side by side. Safe for any number of threads; keeps nothing of a key
/// that nobody waits for.
/// </summary>
internal sealed class TurnTaking
{
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Keys with something under way.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _last.Count;
        }
    }

    /// <summary>Runs an action when all that was asked of the key before has ended, whatever became of it.</summary>
    public async Task<T> RunAsync<T>(string key, Func<Task<T>> action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task? before;
        lock (_lock)
        {
            before = _last.GetValueOrDefault(key);
            _last[key] = done.Task;
        }

        try
        {
            if (before is not null) await before.ConfigureAwait(false);
            return await action().ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                if (_last[key] == done.Task) _last.Remove(key);
            }

            done.SetResult();
        }
    }
}
