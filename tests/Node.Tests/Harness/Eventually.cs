using System.Diagnostics;

namespace AkkaKv.Node.Tests;

/// <summary>Waits for what must happen, and says what did not.</summary>
internal static class Eventually
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Waits for a task.</summary>
    public static async Task CompletesAsync(Task task, string what)
    {
        try
        {
            await task.WaitAsync(Limit);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            Assert.Fail($"Not within {Limit.TotalSeconds} s: {what}");
        }
    }

    /// <inheritdoc cref="CompletesAsync(Task, string)"/>
    public static async Task<T> CompletesAsync<T>(Task<T> task, string what)
    {
        await CompletesAsync((Task)task, what);
        return await task;
    }

    /// <summary>Asks again and again until a condition holds.</summary>
    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string)"/>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        using var polls = new PeriodicTimer(PollInterval);
        while (!await condition())
        {
            if (watch.Elapsed > Limit) Assert.Fail($"Not within {Limit.TotalSeconds} s: {what}");
            await polls.WaitForNextTickAsync();
        }
    }
}
