using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>What is wrong on purpose in a <see cref="RingDecisionRun"/>.</summary>
internal enum RingBug
{
    None,

    /// <summary>A claimant that starts again counts its ballots from 1 again.</summary>
    BallotsCountedAnew,

    /// <summary>A vote is told before it is on disk.</summary>
    VoteNotDurable,

    /// <summary>A ring that was found accepted is put to the voters of another.</summary>
    FoundRingPutToOthers,

    /// <summary>One vote less than needed is enough.</summary>
    OneVoteShort,
}

/// <summary>
/// Rings being decided: the real <see cref="RingProposer"/> and <see cref="RingAcceptor"/>, several claimants at once, messages in any
/// order, twice or never, and crashes at any moment. Votes are on disk before they are told.
/// </summary>
/// <remarks>
/// A ring here is a number, and a list of its members. The first ring needs the votes of all its members; if one of them has accepted a
/// ring with other members, that ring is wished for in the next attempt, and put to its own members. A later ring needs a majority of
/// the ring that it replaces. Invariant: rings that were decided and have a member in common are one ring.
/// </remarks>
internal sealed class RingDecisionRun
{
    private const int Steps = 400;

    private readonly Chance _chance;
    private readonly RingBug _bug;
    private readonly bool _isFounding;
    private readonly int _nodes;
    private readonly List<(int To, int From, IControlMessage Message)> _messages = [];
    private readonly List<ImmutableSortedSet<ulong>> _rings = [];
    private readonly Voter[] _voters;

    public RingDecisionRun(int seed, bool isFounding, RingBug bug = RingBug.None)
    {
        _chance = new Chance(seed);
        _bug = bug;
        _isFounding = isFounding;
        _nodes = _chance.Between(3, 6);
        _voters = [.. Enumerable.Range(1, _nodes).Select(id => new Voter(new RingAcceptor(new ReplicaId((ulong)id))))];
    }

    /// <summary>The rings that some claimant has seen decided.</summary>
    public HashSet<int> Decided { get; } = [];

    public void Run()
    {
        for (var step = 0; step < Steps; step++)
        {
            var node = _chance.Between(0, _nodes - 1);
            switch (_chance.Between(0, 99))
            {
                case < 4:
                    Claim(node);
                    break;
                case < 6:
                    Crash(node);
                    break;
                default:
                    if (_messages.Count > 0) Deliver(_chance.Between(0, _messages.Count - 1));
                    break;
            }
        }
    }

    private static int NumberOf(byte[] ring) => BitConverter.ToInt32(ring);

    private ImmutableSortedSet<ulong> MembersOf(int ring) => _rings[ring];

    /// <summary>Who is asked about a ring: its own members if it is the first, else those of the ring before, who are everybody.</summary>
    private ImmutableSortedSet<ulong> VotersOf(int ring) =>
        _isFounding ? MembersOf(ring) : [.. Enumerable.Range(1, _nodes).Select(id => (ulong)id)];

    private void Claim(int node)
    {
        var voter = _voters[node];
        var ring = voter.Found ?? NewRing(node);
        var voters = VotersOf(ring);
        var required = (_isFounding ? voters.Count : (voters.Count / 2) + 1) - (_bug == RingBug.OneVoteShort ? 1 : 0);
        if (_bug != RingBug.BallotsCountedAnew) voter.Round = Math.Max(voter.Round, voter.Acceptor.Promised.Round);
        voter.Round++;
        voter.Voters = voters;
        voter.Attempt = new RingProposer(new Ballot(voter.Round, (ulong)node + 1), BitConverter.GetBytes(ring), Math.Max(1, required));

        // Its own vote is the first, and on disk before anybody hears of the ballot: so the ballot is never used again.
        voter.Acceptor.Prepare(voter.Attempt.Begin());
        voter.Keep();
        Tell(node, voter.Attempt.Begin());
    }

    private int NewRing(int node)
    {
        // Claimants see different nodes present.
        var members = Enumerable.Range(1, _nodes).Select(id => (ulong)id).Where(id => id == (ulong)node + 1 || _chance.Of(0.7));
        _rings.Add([.. members]);
        return _rings.Count - 1;
    }

    private void Crash(int node)
    {
        var voter = _voters[node];
        voter.Acceptor = new RingAcceptor(new ReplicaId((ulong)node + 1), voter.Disk.Promised, voter.Disk.Accepted, voter.Disk.Ring);
        voter.Attempt = null;
        voter.Found = null;
        voter.Round = 0;
    }

    private void Deliver(int place)
    {
        var (to, from, message) = _messages[place];
        if (_chance.Of(0.85)) _messages.RemoveAt(place);
        if (_chance.Of(0.05)) return;
        switch (message)
        {
            case RingPrepare prepare:
                Vote(to, from, acceptor => acceptor.Prepare(prepare));
                break;
            case RingAccept accept:
                Vote(to, from, acceptor => acceptor.Accept(accept));
                break;
            default:
                Take(to, message);
                break;
        }
    }

    private void Vote(int node, int claimant, Func<RingAcceptor, IControlMessage> vote)
    {
        var voter = _voters[node];
        var answer = vote(voter.Acceptor);
        var dies = _chance.Of(0.03);
        if (_bug != RingBug.VoteNotDurable || !_chance.Of(0.5)) voter.Keep();
        if (dies) Crash(node);
        else _messages.Add((claimant, node, answer));
    }

    private void Take(int node, IControlMessage answer)
    {
        var voter = _voters[node];
        if (voter.Attempt is not { } attempt) return;
        if (_isFounding && _bug != RingBug.FoundRingPutToOthers
            && answer is RingPromise { AcceptedRing.Length: > 0 } promise
            && !VotersOf(NumberOf(promise.AcceptedRing)).SetEquals(voter.Voters))
        {
            voter.Found = NumberOf(promise.AcceptedRing);
            voter.Attempt = null;
            return;
        }

        var next = attempt.Take(answer);
        if (attempt.Beaten is { } beaten) voter.Round = Math.Max(voter.Round, beaten.Round);
        if (next is RingDecided decided) Decide(NumberOf(decided.Ring));
        else if (next is not null) Tell(node, next);
    }

    private void Decide(int ring)
    {
        Decided.Add(ring);
        foreach (var other in Decided.Where(other => other != ring && (!_isFounding || MembersOf(other).Overlaps(MembersOf(ring)))))
        {
            throw new SimulationFault(
                $"Decided were ring {other} of {string.Join(' ', MembersOf(other))} "
                + $"and ring {ring} of {string.Join(' ', MembersOf(ring))}.");
        }
    }

    private void Tell(int node, IControlMessage message)
    {
        foreach (var voter in _voters[node].Voters) _messages.Add(((int)voter - 1, node, message));
    }

    private sealed class Voter
    {
        public Voter(RingAcceptor acceptor) => Acceptor = acceptor;

        public RingAcceptor Acceptor { get; set; }

        public (Ballot Promised, Ballot Accepted, byte[] Ring) Disk { get; private set; } = (default, default, []);

        public RingProposer? Attempt { get; set; }

        public ImmutableSortedSet<ulong> Voters { get; set; } = [];

        public int? Found { get; set; }

        /// <summary>The last that it used, as far as it remembers.</summary>
        public ulong Round { get; set; }

        public void Keep() => Disk = (Acceptor.Promised, Acceptor.Accepted, Acceptor.AcceptedRing);
    }
}
