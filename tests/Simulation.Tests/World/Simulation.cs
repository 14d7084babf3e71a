using System.Collections.Immutable;
using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// A whole cluster in one thread, from one seed: the same seed gives the same course of events, to the last message.
/// </summary>
/// <remarks>
/// <para><em>Real</em>: <see cref="Coordinator"/> with all its operations and quorums, <see cref="RecordMerge"/>, <see cref="Record"/> and
/// its codec, <see cref="Ring"/>, <see cref="ClaimPlanner"/>, <see cref="Routing"/>, <see cref="RequestCheck"/>, contexts, hybrid
/// clocks.</para>
/// <para><em>Simulated</em>: time (<see cref="EventQueue"/>, <see cref="NodeClock"/>); the network (<see cref="SimNetwork"/>: late, lost,
/// doubled, reordered messages, links cut one way or both); disks (<see cref="SimDisk"/> and <see cref="SimReplica"/>: rows are durable
/// after a sync that takes time, a crash takes the rest); processes that crash, stop cleanly and start again (<see cref="SimNode"/>); what
/// nodes believe of each other, late and sometimes wrong (<see cref="FaultSchedule"/>); the router actor (<see cref="SimRouter"/>); clients
/// (<see cref="SimClient"/>).</para>
/// <para><em>Checked</em> by <see cref="Checker"/>, at every step: beside every record travels the set of writes that it knows, kept as
/// plain sets from the moment each write gets its dot (<see cref="KeyHistory"/>), and
/// every record in memory holds exactly the versions that nothing it knows supersedes, and its vector covers exactly what it knows;
/// no dot is given twice;
/// every read shows exactly the maximal versions among the replicas that answered it, each write once, and its context stands for exactly
/// that; "not found" is said by R owners that know no value;
/// a read of R owners knows everything that was acknowledged by W before it began, where any such R and W meet (W + R > N in a data
/// centre, quorum and quorum in all), and never less than its floor;
/// an acknowledged write is on as many disks of each data centre as its level asks; a refused one is nowhere and never will be; conditions hold where a write was made by one;
/// every request is answered once;
/// what has expired by the coordinator's clock is not shown and what has not is, and no coordinator stamps or judges by a clock that it
/// could know to be wrong; where the last write wins, every reader is shown the same one;
/// and after all faults have healed and all keys were read at R = all, the owners hold equal records which know everything that was ever
/// acknowledged, and a scan shows the same; and once more two hours later, when compaction has dropped what expired.</para>
/// </remarks>
internal sealed class Simulation
{
    private const int MaximumEvents = 2_000_000;
    private int _lastWrite;

    private Simulation(
        int seed, Faults? faults, IReadOnlyList<string> names, int replicas, int writeQuorum, int readQuorum,
        PlantedBug bug, bool isTraced, bool isScripted, bool looksInside = true, int dataCenters = 1)
    {
        Events = new EventQueue();
        Chance = new Chance(seed);
        Trace = new Trace(Events, isTraced);
        Bug = bug;
        IsScripted = isScripted;
        Faults = faults ?? Faults.Draw(Chance);
        Network = new SimNetwork(this);
        Checker = new Checker(this, looksInside);
        var ids = Enumerable.Range(1, names.Count).Select(place => new ReplicaId((ulong)place)).ToList();
        if (!isScripted) Chance.Shuffle(ids);
        Nodes = [.. ids.Select((id, place) => new SimNode(this, names[place], id) { DataCenter = $"dc{place % dataCenters + 1}" })];
        var document = RingOf(Nodes, replicas, writeQuorum, readQuorum, isScripted);
        Ring = new Ring(document);
        RingWithoutPolicies = new Ring(document with { ConflictRules = [] });
        foreach (var node in Nodes) node.Start();
    }

    public EventQueue Events { get; }

    public Chance Chance { get; }

    public Trace Trace { get; }

    public PlantedBug Bug { get; }

    /// <summary>True where a test drives it step by step.</summary>
    public bool IsScripted { get; }

    public Faults Faults { get; private set; }

    public SimNetwork Network { get; }

    public Checker Checker { get; }

    public ImmutableArray<SimNode> Nodes { get; }

    public Ring Ring { get; }

    /// <summary>The same for a node that does not know that the last write wins: planted.</summary>
    public Ring RingWithoutPolicies { get; }

    public ImmutableArray<string> Keys { get; private set; } = [];

    /// <summary>A cluster with nothing but what a test does to it, N=3, W=2, R=2. Replica ids ascend in the order of the names.</summary>
    public static Simulation Scripted(params IReadOnlyList<string> names) =>
        ScriptedIn(1, names);

    /// <summary>The same with several data centres, to which the nodes belong by turns, N=3 in each.</summary>
    public static Simulation ScriptedIn(int dataCenters, IReadOnlyList<string> names) => new(
        1, Faults.None, names, replicas: 3, writeQuorum: 2, readQuorum: 2, PlantedBug.None, isTraced: false, isScripted: true,
        dataCenters: dataCenters);

    /// <summary>A cluster with the faults that a seed draws, for a test that brings clients of its own; N=3, W=2, R=2.</summary>
    public static Simulation WithFaults(int seed, int nodes)
    {
        var faults = Faults.Draw(new Chance(seed)) with { StrayCopyEveryMilliseconds = 0 };
        return new Simulation(
            seed, faults, Names(nodes), replicas: 3, writeQuorum: 2, readQuorum: 2, PlantedBug.None, isTraced: false, isScripted: false);
    }

    /// <summary>A, B, C and so on.</summary>
    public static IReadOnlyList<string> Names(int count) =>
        [.. Enumerable.Range(0, count).Select(place => ((char)('A' + place)).ToString())];

    /// <summary>Runs a seed to its end; throws <see cref="SimulationFault"/>.</summary>
    /// <returns>What was seen to happen.</returns>
    public static IReadOnlyDictionary<string, int> Run(
        int seed, PlantedBug bug = PlantedBug.None, Action<string>? trace = null, bool looksInside = true)
    {
        var shape = new Chance(seed ^ 0x5eed);
        var replicas = shape.OneOf([3, 3, 3, 3, 2, 1, 5]);
        var nodes = Math.Max(replicas, shape.Between(3, 7));
        return Run(new Simulation(
            seed, null, Names(nodes), replicas, shape.Between((replicas + 1) / 2, replicas), shape.Between((replicas + 1) / 2, replicas),
            bug, trace is not null, isScripted: false, looksInside), trace);
    }

    /// <summary>Runs a seed in a cluster of a given shape.</summary>
    public static IReadOnlyDictionary<string, int> RunIn(
        ClusterShape shape, int seed, Action<string>? trace = null, PlantedBug bug = PlantedBug.None) => Run(
        new Simulation(
            seed, null, Names(shape.Nodes), shape.Replicas, shape.WriteQuorum, shape.ReadQuorum,
            bug, trace is not null, isScripted: false, dataCenters: shape.DataCenters), trace);

    private static Dictionary<string, int> Run(Simulation simulation, Action<string>? trace)
    {
        try
        {
            simulation.Run();
            return simulation.Checker.Sightings;
        }
        catch (Exception e) when (e is not SimulationFault)
        {
            throw new SimulationFault($"A part that is real threw: {e.Message}", e);
        }
        finally
        {
            foreach (var line in simulation.Trace.Lines) trace!(line);
        }
    }

    public SimNode NodeOf(ReplicaId id) => Nodes.First(node => node.Id == id);

    public SimNode NodeOf(string name) => Nodes.First(node => node.Name == name);

    public IReadOnlyList<SimNode> OwnersOf(string key) => [.. Ring.OwnersOf(TokenOf(key)).Select(owner => NodeOf(owner.ReplicaId))];

    public ConflictPolicy PolicyOf(string key) => Ring.Conflicts.Of(Encoding.UTF8.GetBytes(key));

    public static Token TokenOf(string key) => Token.Of(Encoding.UTF8.GetBytes(key));

    public ClientWrite NewWrite(bool isDelete) => new(++_lastWrite, isDelete ? null : $"value number {_lastWrite}");

    public ClientWrite NewWrite(ReadOnlyMemory<byte>? value) => new(++_lastWrite, value is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null);

    /// <summary>Sends a call to a node; where the node is down or dies, there is no answer.</summary>
    public void Submit(SimNode node, Call call, Action<ClientReply> reply) => Events.After(Chance.Between(100, 500), () =>
    {
        if (!node.IsUp) return;
        if (Trace.IsOn) Trace.Add($"client -> {node} {Trace.Short(call.Request)} {call.Write}");
        node.Router.Receive(call, answer =>
        {
            if (Trace.IsOn) Trace.Add($"{node} -> client {call}: {Trace.Short(answer)}");
            Checker.Tells(call, answer);
            Events.After(Chance.Between(100, 500), () => reply(answer));
        });
    });

    /// <summary>Lets events happen until something is so; throws if it never is.</summary>
    public void RunUntil(Func<bool> isSo, string what)
    {
        for (var events = 0; !isSo(); events++)
        {
            if (events > MaximumEvents || !Events.Step()) throw new SimulationFault($"It never happened that {what}.");
        }
    }

    /// <summary>Lets everything happen that is under way.</summary>
    public void RunUntilQuiet()
    {
        for (var events = 0; Events.Step(); events++)
        {
            if (events > MaximumEvents) throw new SimulationFault("It never comes to rest.");
        }
    }

    private static RingDocument RingOf(IReadOnlyList<SimNode> nodes, int replicas, int writeQuorum, int readQuorum, bool isScripted)
    {
        const int Partitions = 16;
        var members = nodes.Select(node =>
            new RingMember(node.Name, node.Id, node.Name, 1, node.DataCenter, "", 1, RingMemberState.Member)).ToList();
        var wished = ClaimPlanner.ReplicasOf(members, replicas, new Dictionary<string, int>());
        // A test that goes by names finds its owners where they follow each other.
        ImmutableArray<int> InTurn(int partition) =>
        [
            .. wished.SelectMany(dataCenter =>
            {
                var places = Enumerable.Range(0, members.Count).Where(place => members[place].DataCenter == dataCenter.Name).ToList();
                return Enumerable.Range(partition, dataCenter.Replicas).Select(turn => places[turn % places.Count]);
            }),
        ];
        var owners = isScripted ? [.. Enumerable.Range(0, Partitions).Select(InTurn)] : ClaimPlanner.Claim(members, Partitions, wished);
        return new RingDocument
        {
            ClusterId = new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]),
            Epoch = 1,
            Members = [.. members],
            Partitions = [.. owners.Select(list => new Partition(list, 1))],
            Replicas = wished.Sum(dataCenter => dataCenter.Replicas),
            DataCenters = wished.Length > 1 ? wished : [],
            WriteQuorum = writeQuorum,
            ReadQuorum = readQuorum,
            ContextKey = [.. Enumerable.Range(0, 32).Select(place => (byte)place)],
            ConflictRules = [new ConflictRule([.. "last"u8], ConflictPolicy.LastWriteWins)],
        };
    }

    private void Run()
    {
        Trace.Add($"{Nodes.Length} nodes, N={Ring.Document.Replicas} W={Ring.Document.WriteQuorum} R={Ring.Document.ReadQuorum}, {Faults}");
        Keys = [.. Enumerable.Range(0, Chance.Between(1, 4)).Select(number => Chance.Of(0.35) ? $"last{number}" : $"key{number}")];
        var clients = Enumerable.Range(0, Chance.Between(2, 6)).Select(_ => new SimClient(this, Chance.Between(10, 40))).ToList();
        var faults = new FaultSchedule(this);
        faults.Begin();
        foreach (var client in clients) client.Next();
        RunUntil(() => clients.TrueForAll(client => client.IsDone), "all clients were done");

        Faults = Faults.None;
        faults.End();
        RunUntilQuiet();
        var lastReads = ReadAll();
        Checker.Converged(lastReads);
        ClusterScan.Verify(this);

        // What expired is dropped two hours later, and stays expired.
        Events.After(2 * 60 * 60 * 1_000_000L, () => { });
        RunUntilQuiet();
        faults.ExchangeClocks();
        RunUntilQuiet();
        foreach (var node in Nodes.Where(_ => Chance.Of(0.7))) node.Compact();
        lastReads = ReadAll();
        Checker.Converged(lastReads);
        ClusterScan.Verify(this);
        if (Nodes.Any(node => node.Coordinator.Count > 0))
            throw new SimulationFault("A coordinator still holds requests when all is quiet.");
    }

    /// <summary>Reads every key at R = all, twice.</summary>
    /// <returns>What the last reads saw.</returns>
    private Dictionary<string, DotSet> ReadAll()
    {
        Dictionary<string, DotSet> lastReads = [];
        for (var pass = 0; pass < 2; pass++)
        {
            foreach (var key in Keys)
            {
                var reply = Answer(Chance.OneOf(Nodes), new Call { Request = new Get(key) { R = Consistency.All } });
                if (reply is not (Protocol.Found or NotFound))
                    throw new SimulationFault($"All is well, and a read of {key} is answered {Trace.Short(reply)}.");
                lastReads[key] = Checker.KnownBy(key, reply);
            }

            RunUntilQuiet();
        }

        return lastReads;
    }

    /// <summary>Sends a call and waits for its answer.</summary>
    public ClientReply Answer(SimNode node, Call call)
    {
        ClientReply? answer = null;
        Submit(node, call, reply => answer = reply);
        RunUntil(() => answer is not null, $"{call} at {node} was answered");
        return answer!;
    }
}
