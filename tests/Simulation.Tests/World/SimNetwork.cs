namespace AkkaKv.Simulation.Tests;

/// <summary>Carries messages between nodes: late, out of order, twice or never. A link is one way; both ways are cut apart.</summary>
internal sealed class SimNetwork
{
    private readonly Simulation _simulation;
    private readonly HashSet<(SimNode From, SimNode To)> _cut = [];

    public SimNetwork(Simulation simulation) => _simulation = simulation;

    /// <summary>What a scenario takes off the wire.</summary>
    public Func<SimNode, SimNode, object, bool> Drops { get; set; } = (_, _, _) => false;

    private Faults Faults => _simulation.Faults;

    private Chance Chance => _simulation.Chance;

    public bool IsCut(SimNode from, SimNode to) => _cut.Contains((from, to));

    public void Cut(SimNode from, SimNode to) => _cut.Add((from, to));

    public void Heal(SimNode from, SimNode to) => _cut.Remove((from, to));

    /// <summary>Sends a message; <paramref name="deliver"/> runs at whatever process the receiver is by then.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver.</param>
    /// <param name="message">What is sent.</param>
    /// <param name="deliver">What it does there.</param>
    /// <param name="isOnce">Never delivered twice: a forwarded request, which is not marked as a repetition.</param>
    public void Send(SimNode from, SimNode to, object message, Action deliver, bool isOnce = false)
    {
        var (stamp, physical) = (from.Clock.Next(), from.Clocks.PhysicalMilliseconds);
        var copies = !isOnce && Chance.Of(Faults.DuplicateChance) ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            if (IsCut(from, to) || Chance.Of(Faults.LossChance) || Drops(from, to, message))
            {
                if (_simulation.Trace.IsOn) _simulation.Trace.Add($"{from} -> {to} lost: {Trace.Short(message)}");
                continue;
            }

            _simulation.Events.After(Delay(), () =>
            {
                if (!to.IsUp || IsCut(from, to)) return;
                if (_simulation.Trace.IsOn) _simulation.Trace.Add($"{from} -> {to} {Trace.Short(message)}");
                to.Hear(from, physical);
                to.Clock.Observe(stamp);
                deliver();
            });
        }
    }

    private long Delay() => Chance.Of(Faults.SlowChance) ? Chance.Between(1_000, Faults.SlowMicroseconds) : Chance.Between(200, 2_000);
}
