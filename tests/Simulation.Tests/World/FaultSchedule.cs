using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>Lets the <see cref="Faults"/> of a run happen, and mends everything at its end.</summary>
internal sealed class FaultSchedule
{
    private readonly Simulation _simulation;
    private bool _isOver;

    public FaultSchedule(Simulation simulation) => _simulation = simulation;

    private Chance Chance => _simulation.Chance;

    private IReadOnlyList<SimNode> Nodes => _simulation.Nodes;

    public void Begin()
    {
        var faults = _simulation.Faults;
        Every(faults.CutEveryMilliseconds, CutLink);
        Every(faults.IsolationEveryMilliseconds, Isolate);
        Every(faults.CrashEveryMilliseconds, () => TakeDown(node => node.Crash()));
        Every(faults.CleanStopEveryMilliseconds, () => TakeDown(node => node.StopCleanly()));
        Every(faults.SuspicionEveryMilliseconds, () => Chance.OneOf(Nodes).Believe(Chance.OneOf(Nodes), isReachable: false));
        Every(faults.ClockJumpEveryMilliseconds, JumpClock);
        if (faults.ClockJumpEveryMilliseconds > 0) Every(100, Heartbeat);
        Every(faults.CompactEveryMilliseconds, () => Chance.OneOf(Nodes).Compact());
        Every(faults.StrayCopyEveryMilliseconds, LeaveStrayCopy);
        if (!faults.AreNone) Every(20, () => Notice(chance: 0.5));
    }

    /// <summary>Everything is up, every link is whole, and everybody knows it.</summary>
    public void End()
    {
        _isOver = true;
        foreach (var from in Nodes)
        {
            foreach (var to in Nodes) _simulation.Network.Heal(from, to);
        }

        foreach (var node in Nodes.Where(node => !node.IsUp)) node.Start();
        foreach (var node in Nodes) node.IsCatchingUp = false;
        Notice(chance: 1);
        foreach (var node in Nodes) node.Time.Lead = TimeSpan.Zero;
        ExchangeClocks();
    }

    /// <summary>Everybody tells everybody their clocks, for as long as an older word may count.</summary>
    public void ExchangeClocks()
    {
        for (var round = 0; round < 5; round++) _simulation.Events.After(round * 1_500_000, Heartbeat);
    }

    private void Heartbeat()
    {
        foreach (var from in Nodes.Where(node => node.IsUp))
        {
            foreach (var to in Nodes.Where(to => to != from)) _simulation.Network.Send(from, to, nameof(Heartbeat), () => { });
        }
    }

    private void JumpClock()
    {
        if (_simulation.Faults.IsOneClockWrong)
        {
            Nodes[0].Time.Lead = Chance.OneOf<TimeSpan>(
                [TimeSpan.Zero, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(-5), TimeSpan.FromHours(2), TimeSpan.FromHours(-2), TimeSpan.FromDays(365)]);
        }
        else
        {
            Chance.OneOf(Nodes).Time.Lead = TimeSpan.FromMilliseconds(Chance.Between(-5_000, 5_000));
        }
    }

    private void Every(int milliseconds, Action action)
    {
        if (milliseconds == 0) return;
        _simulation.Events.After(Chance.Between(0, milliseconds * 2_000), () =>
        {
            if (_isOver) return;
            action();
            Every(milliseconds, action);
        });
    }

    /// <summary>Nodes learn who can be reached: late, and not all of them.</summary>
    private void Notice(double chance)
    {
        foreach (var node in Nodes)
        {
            foreach (var other in Nodes)
            {
                var isWhole = !_simulation.Network.IsCut(node, other) && !_simulation.Network.IsCut(other, node);
                if (Chance.Of(chance)) node.Believe(other, other.IsUp && isWhole);
            }
        }
    }

    private void CutLink()
    {
        var (from, to) = (Chance.OneOf(Nodes), Chance.OneOf(Nodes));
        if (from == to) return;
        _simulation.Network.Cut(from, to);
        if (Chance.Of(0.5)) _simulation.Network.Cut(to, from);
        _simulation.Trace.Add($"cut {from} -> {to}");
        After(20, 300, () =>
        {
            _simulation.Network.Heal(from, to);
            _simulation.Network.Heal(to, from);
        });
    }

    private void Isolate()
    {
        var side = Nodes.Where(_ => Chance.Of(0.4)).ToHashSet();
        var links = Nodes.SelectMany(from => Nodes.Select(to => (From: from, To: to)))
            .Where(link => side.Contains(link.From) != side.Contains(link.To)).ToList();
        foreach (var (from, to) in links) _simulation.Network.Cut(from, to);
        _simulation.Trace.Add($"cut off {string.Join(' ', side)}");
        After(50, 500, () =>
        {
            foreach (var (from, to) in links) _simulation.Network.Heal(from, to);
        });
    }

    private void TakeDown(Action<SimNode> end)
    {
        var node = Chance.OneOf(Nodes);
        if (!node.IsUp) return;
        end(node);
        After(5, 300, () =>
        {
            if (node.IsUp) return;
            node.Start();
            // Whether it knows that it may have missed writes is up to what its peers tell it.
            node.IsCatchingUp = Chance.Of(0.8);
            node.Later(Chance.Between(10_000, 300_000), () => node.IsCatchingUp = false);
        });
    }

    private void LeaveStrayCopy()
    {
        var key = Chance.OneOf(_simulation.Keys);
        var owners = _simulation.OwnersOf(key);
        var strangers = Nodes.Where(node => node.IsUp && !owners.Contains(node)).ToList();
        if (strangers.Count == 0 || Chance.OneOf(owners).Disk.RowOf(key) is not { } row) return;
        var store = new ReplicaStore(Encoding.UTF8.GetBytes(key), RecordCodec.Encode(row.Record));
        Chance.OneOf(strangers).Replica.Handle(store, null, row.Known, (_, _) => { });
    }

    private void After(int leastMilliseconds, int mostMilliseconds, Action action) =>
        _simulation.Events.After(Chance.Between(leastMilliseconds * 1_000, mostMilliseconds * 1_000), () =>
        {
            if (!_isOver) action();
        });
}
