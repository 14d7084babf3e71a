namespace AkkaKv.Simulation.Tests;

/// <summary>What one log must be to everybody: what somebody was told is written, or has recovered, is in every later recovery.</summary>
internal sealed class LogModel
{
    private readonly SortedDictionary<long, string> _certain = [];
    private readonly Dictionary<string, int> _sightings = [];

    public IReadOnlyDictionary<string, int> Sightings => _sightings;

    /// <summary>Events that are certain now.</summary>
    public long Certain => _certain.Count;

    public void Sight(string what) => _sightings[what] = _sightings.GetValueOrDefault(what) + 1;

    /// <summary>A writer was told that an event is written.</summary>
    public void Acknowledged(long sequenceNr, string content)
    {
        if (!_certain.TryAdd(sequenceNr, content) && _certain[sequenceNr] != content)
            throw new SimulationFault($"{content} was acknowledged as event {sequenceNr}, which is {_certain[sequenceNr]}.");
    }

    /// <summary>A recovery has ended that began when so many events were certain.</summary>
    public void Recovered(IReadOnlyList<string> events, long certainBefore)
    {
        if (events.Count < certainBefore)
            throw new SimulationFault($"A recovery has {events.Count} events, and {certainBefore} were certain before it began.");
        for (var place = 0; place < events.Count; place++) Acknowledged(place + 1, events[place]);
    }
}
