using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>A ring is decided once, whoever claims, dies, or is heard late.</summary>
public sealed class RingDecisionTests
{
    private const int Runs = 3_000;
    private static readonly byte[] First = [1];
    private static readonly byte[] Second = [2];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rings_with_a_member_in_common_should_never_be_decided_differently(bool isFounding)
    {
        var decided = 0;
        for (var seed = 1; seed <= Runs; seed++)
        {
            var run = new RingDecisionRun(seed, isFounding);
            run.Run();
            if (run.Decided.Count > 0) decided++;
        }

        Assert.True(decided > Runs / 4, $"Only {decided} of {Runs} runs decided anything.");
    }

    [Theory]
    [InlineData(nameof(RingBug.BallotsCountedAnew), false)]
    [InlineData(nameof(RingBug.VoteNotDurable), false)]
    [InlineData(nameof(RingBug.FoundRingPutToOthers), true)]
    [InlineData(nameof(RingBug.OneVoteShort), false)]
    [InlineData(nameof(RingBug.OneVoteShort), true)]
    public void Planted_bug_should_be_found(string bug, bool isFounding)
    {
        Assert.Throws<SimulationFault>(() =>
        {
            for (var seed = 1; seed <= 20 * Runs; seed++) new RingDecisionRun(seed, isFounding, Enum.Parse<RingBug>(bug)).Run();
        });
    }

    [Fact]
    public void Ballot_used_twice_would_decide_twice()
    {
        // Why a claimant must know its last ballot after a restart: here it proposes two rings under one, and a late message of the first
        // attempt replaces what was decided by the second.
        var acceptors = Acceptors(3);
        var ballot = new Ballot(1, 1);
        var before = Propose(acceptors, new RingProposer(ballot, First, required: 3));
        var again = new RingProposer(ballot, Second, required: 3);
        var accept = Propose(acceptors, again);
        foreach (var acceptor in acceptors.Values) again.Take(acceptor.Accept(accept));
        Assert.Equal(Second, again.Decided);

        acceptors[2].Accept(before);
        var other = new RingProposer(new Ballot(2, 2), [3], required: 3);
        foreach (var id in (int[])[2, 1, 3]) other.Take(acceptors[id].Prepare(other.Begin()));
        foreach (var acceptor in acceptors.Values) other.Take(acceptor.Accept(new RingAccept(other.Ballot, First)));
        Assert.Equal(First, other.Decided);
    }

    [Fact]
    public void Votes_of_an_earlier_attempt_should_decide_nothing()
    {
        var claimant = new RingProposer(new Ballot(1, 1), First, required: 1);
        Assert.Null(claimant.Take(new RingAccepted(claimant.Ballot, 2)));
        Assert.Null(claimant.Decided);
    }

    [Fact]
    public void claimant_dies_mid_epoch()
    {
        // 1 and 2 of five have accepted the first claimant's ring, and it died; its message to one of the others is still under way.
        // Another claimant proposes. Prepares arrive in every order, the late message at every moment, at each of the others.
        foreach (var order in Permutations([1, 2, 3, 4, 5]))
        {
            foreach (var late in new[] { 3, 4, 5 })
            {
                for (var moment = 0; moment <= 2 * order.Length; moment++) DecideBehindADeadClaimant(order, late, moment);
            }
        }
    }

    [Fact]
    public void undecided_ring_is_not_used()
    {
        var acceptors = Acceptors(3);
        var claimant = new RingProposer(new Ballot(1, 1), First, required: 3);
        var accept = Propose(acceptors, claimant);

        // Two of three accept; nobody is told that anything was decided, and nobody routes.
        Assert.Null(claimant.Take(acceptors[1].Accept(accept)));
        Assert.Null(claimant.Take(acceptors[2].Accept(accept)));
        Assert.Null(claimant.Decided);
        var port = new HandPort();
        var coordinator = port.Coordinator(new ReplicaId(1), ring: null);
        coordinator.Start(1, new Get("key"), deadline: 1000);
        Assert.IsType<NotReady>(port.ReplyTo(1));
    }

    private static void DecideBehindADeadClaimant(int[] order, int late, int moment)
    {
        var acceptors = Acceptors(5);
        Dictionary<int, List<Ballot>> accepted = acceptors.Keys.ToDictionary(id => id, _ => new List<Ballot>());
        var dead = new RingAccept(new Ballot(1, 1), First);
        foreach (var (id, acceptor) in acceptors) acceptor.Prepare(new RingPrepare(dead.Ballot));
        Accept(1, dead);
        Accept(2, dead);

        var claimant = new RingProposer(new Ballot(2, 2), Second, required: 3);
        var step = 0;
        RingAccept? proposal = null;
        foreach (var id in order)
        {
            Late();
            if (claimant.Take(acceptors[id].Prepare(claimant.Begin())) is RingAccept next) proposal = next;
        }

        foreach (var id in order.Reverse())
        {
            Late();
            claimant.Take(Accept(id, proposal!));
        }

        Late();
        Assert.NotNull(claimant.Decided);
        var isFirstChosen = accepted.Values.Count(ballots => ballots.Contains(dead.Ballot)) >= 3;
        if (isFirstChosen) Assert.Equal(First, claimant.Decided);

        // Whoever comes after them finds the same.
        var third = new RingProposer(new Ballot(3, 3), [3], required: 3);
        foreach (var id in order)
        {
            if (third.Take(acceptors[id].Prepare(third.Begin())) is RingAccept next) Assert.Equal(claimant.Decided, next.Ring);
        }

        void Late()
        {
            if (step++ == moment) Accept(late, dead);
        }

        IControlMessage Accept(int id, RingAccept accept)
        {
            var answer = acceptors[id].Accept(accept);
            if (answer is RingAccepted) accepted[id].Add(accept.Ballot);
            return answer;
        }
    }

    private static RingAccept Propose(Dictionary<int, RingAcceptor> acceptors, RingProposer claimant) =>
        acceptors.Values.Select(acceptor => claimant.Take(acceptor.Prepare(claimant.Begin()))).OfType<RingAccept>().Single();

    private static Dictionary<int, RingAcceptor> Acceptors(int count) =>
        Enumerable.Range(1, count).ToDictionary(id => id, id => new RingAcceptor(new ReplicaId((ulong)id)));

    private static IEnumerable<int[]> Permutations(int[] items) => items.Length <= 1
        ? [items]
        : items.SelectMany(first => Permutations([.. items.Where(item => item != first)]).Select(rest => (int[])[first, .. rest]));
}
