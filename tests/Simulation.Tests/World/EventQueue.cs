namespace AkkaKv.Simulation.Tests;

/// <summary>Virtual time and what is to happen in it. Events of one moment happen in the order in which they were added.</summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private long _lastOrder;

    /// <summary>Microseconds since the beginning.</summary>
    public long Now { get; private set; }

    public void After(long microseconds, Action action) => _events.Enqueue(action, (Now + microseconds, ++_lastOrder));

    /// <summary>Lets the next event happen.</summary>
    /// <returns>False if there is none.</returns>
    public bool Step()
    {
        if (!_events.TryDequeue(out var action, out var when)) return false;
        Now = when.At;
        action();
        return true;
    }
}
