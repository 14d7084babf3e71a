using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// Nodes that tell each other signs of life over links that are cut one way or both, lose and delay; nodes that pause and are started
/// again. Time is virtual, in milliseconds. Every verdict is held against what really happened.
/// </summary>
internal sealed class LivenessWorld
{
    public static LivenessSettings Settings { get; } = new(Interval: 250, SuspectAfter: 2000, TrustAfter: 1000);

    /// <summary>The longest that a node hesitates to trust one that it hears again.</summary>
    public static long LongestProbation => 8 * Settings.TrustAfter;

    private static readonly Guid Cluster = new(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]);

    private readonly EventQueue _events = new();
    private readonly HashSet<(int From, int To)> _cut = [];

    /// <summary>When a message last got from one node to another.</summary>
    private readonly Dictionary<(int From, int To), long> _delivered = [];

    /// <summary>When something was last wrong between two nodes.</summary>
    private readonly Dictionary<(int, int), long> _lastBad = [];

    private readonly List<Host> _hosts;

    public LivenessWorld(int seed, int nodes)
    {
        Chance = new Chance(seed);
        _hosts = [.. Enumerable.Range(0, nodes).Select(place => new Host(place))];
        foreach (var host in _hosts) Start(host);
    }

    public Chance Chance { get; }

    public int Nodes => _hosts.Count;

    public long Now => _events.Now / 1000;

    /// <summary>Share of the messages that are lost.</summary>
    public double Loss { get; set; }

    /// <summary>Verdicts that became others, as (when, at whom, on whom, what).</summary>
    public List<(long At, int By, int On, StandingKind Kind)> Changes { get; } = [];

    public Liveness LivenessOf(int node) => _hosts[node].Liveness;

    public static ReplicaId IdOf(int node) => new((ulong)node + 1);

    public StandingKind Verdict(int by, int on) => LivenessOf(by).StandingOf(IdOf(on))!.Kind;

    public void Cut(int from, int to) => _cut.Add((from, to));

    public void Heal(int from, int to) => _cut.Remove((from, to));

    public void CutBothWays(int one, int other)
    {
        Cut(one, other);
        Cut(other, one);
    }

    public void Pause(int node) => _hosts[node].IsPaused = true;

    public void Resume(int node)
    {
        _hosts[node].IsPaused = false;
        while (_hosts[node].Waiting.TryDequeue(out var work)) work();
    }

    public void Kill(int node) => _hosts[node].IsUp = false;

    /// <summary>A new process on the same directory.</summary>
    public void Restart(int node) => Start(_hosts[node]);

    public void HealAll()
    {
        _cut.Clear();
        Loss = 0;
        foreach (var host in _hosts)
        {
            if (!host.IsUp) Start(host);
            if (host.IsPaused) Resume(host.Place);
        }
    }

    /// <summary>Something happens later.</summary>
    public void After(long milliseconds, Action action) => _events.After(milliseconds * 1000, action);

    public void RunFor(long milliseconds)
    {
        var isOver = false;
        After(milliseconds, () => isOver = true);
        while (!isOver) _events.Step();
    }

    private void Start(Host host)
    {
        host.Starts++;
        host.IsUp = true;
        host.IsPaused = false;
        host.Waiting.Clear();
        host.OpenSince.Clear();
        host.Liveness = new Liveness(IdOf(host.Place), host.Starts, Settings);
        host.Liveness.Use(Cluster, _hosts.Select(member => IdOf(member.Place)), Now);
        var process = host.Starts;
        _events.After(Chance.Between(0, (int)Settings.Interval * 1000), () => Tick(host, process));
    }

    private void Tick(Host host, ulong process)
    {
        if (!host.IsUp || host.Starts != process) return;
        _events.After((Settings.Interval * 1000) + Chance.Between(0, 20_000), () => Tick(host, process));
        Note();
        if (host.IsPaused) return;
        foreach (var other in _hosts.Where(other => other != host)) host.Liveness.Lane(IdOf(other.Place), IsLaneOpen(host, other), Now);
        foreach (var changed in host.Liveness.Tick(Now))
            Changes.Add((Now, host.Place, (int)changed.Replica.Value - 1, changed.Kind));
        foreach (var standing in host.Liveness.Standings) Check(host, standing);
        foreach (var other in _hosts.Where(other => other != host)) Send(host, other);
    }

    private void Send(Host from, Host to)
    {
        var sign = from.Liveness.SignFor(IdOf(to.Place), Now);
        if (_cut.Contains((from.Place, to.Place)) || Chance.Of(Loss)) return;
        _events.After(Chance.Between(200, 20_000), () =>
        {
            if (!to.IsUp || _cut.Contains((from.Place, to.Place))) return;
            var process = to.Starts;
            if (to.IsPaused) to.Waiting.Enqueue(Deliver);
            else Deliver();

            void Deliver()
            {
                if (to.Starts != process) return;
                _delivered[(from.Place, to.Place)] = Now;
                to.Liveness.Take(sign, Now);
            }
        });
    }

    /// <summary>A lane opens a moment after both ways are there, and closes with the connection or when the peer is silent.</summary>
    private bool IsLaneOpen(Host host, Host other)
    {
        var works = other.IsUp && !_cut.Contains((host.Place, other.Place)) && !_cut.Contains((other.Place, host.Place));
        if (!works) host.OpenSince.Remove(other.Place);
        else if (!host.OpenSince.TryGetValue(other.Place, out var open) || open.Process != other.Starts) host.OpenSince[other.Place] = (Now, other.Starts);
        return host.OpenSince.TryGetValue(other.Place, out var since) && Now - since.At >= 300;
    }

    /// <summary>Notes what is wrong now.</summary>
    private void Note()
    {
        foreach (var one in _hosts)
        {
            foreach (var other in _hosts.Where(other => other != one))
            {
                var isBad = Loss > 0 || !other.IsUp || other.IsPaused || !one.IsUp || one.IsPaused
                    || _cut.Contains((one.Place, other.Place)) || _cut.Contains((other.Place, one.Place));
                if (isBad) _lastBad[(one.Place, other.Place)] = Now;
            }
        }
    }

    private void Check(Host host, PeerStanding standing)
    {
        if (standing.Kind != StandingKind.Down) return;
        var subject = (int)standing.Replica.Value - 1;
        if (standing.Witnesses.Length < 2)
        {
            var heard = _hosts.Where(other => other != host && other.Place != subject)
                .Where(other => Now - _delivered.GetValueOrDefault((other.Place, host.Place), long.MinValue / 2) <= Settings.SuspectAfter).ToList();
            if (heard.Count > 0)
                throw new SimulationFault($"{Now} ms: {host.Place} alone says that {subject} is down, and hears {string.Join(' ', heard.Select(other => other.Place))}.");
        }

        var slack = Settings.SuspectAfter + LongestProbation + (8 * Settings.Interval);
        foreach (var witness in standing.Witnesses.Select(witness => (int)witness.Value - 1))
        {
            if (Now - _lastBad.GetValueOrDefault((witness, subject), long.MinValue / 2) > slack)
                throw new SimulationFault($"{Now} ms: {host.Place} takes {witness} for a witness against {subject}, and nothing was wrong between the two.");
        }
    }

    private sealed class Host(int place)
    {
        public int Place { get; } = place;

        public ulong Starts { get; set; }

        public bool IsUp { get; set; }

        public bool IsPaused { get; set; }

        /// <summary>What came while it was paused.</summary>
        public Queue<Action> Waiting { get; } = new();

        public Dictionary<int, (long At, ulong Process)> OpenSince { get; } = [];

        public Liveness Liveness { get; set; } = null!;
    }
}
