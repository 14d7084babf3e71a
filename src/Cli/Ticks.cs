using System.Runtime.CompilerServices;

namespace AkkaKv.Cli;

/// <summary>Something to do from time to time while a task runs.</summary>
internal static class Ticks
{
    /// <summary>Yields at every interval and ends with the task, whatever becomes of it.</summary>
    public static async IAsyncEnumerable<int> UntilAsync(
        Task task, TimeSpan interval, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var timer = new PeriodicTimer(interval, time);
        for (var tick = 1; ; tick++)
        {
            var next = timer.WaitForNextTickAsync(cancellationToken).AsTask();
            if (await Task.WhenAny(task, next) == task)
                yield break;
            yield return tick;
        }
    }
}
