using CsCheck;

namespace AkkaKv.Protocol.Tests;

/// <summary>
/// One run of a few replicas and clients over one key, and beside every record what an independent model says of it: causal pasts as
/// plain sets of dots, no vectors.
/// </summary>
/// <remarks>
/// The replicas do what the rules ask of them (a new epoch after a loss, dots of the current epoch never lost otherwise); anything may
/// happen to messages: old records are delivered late, twice, or never. Every record that ever existed is in <see cref="Reached"/>.
/// </remarks>
internal sealed class RecordHistory
{
    private const int ReplicaCount = 3;
    private const int ClientCount = 3;

    private readonly Replica[] _replicas = [.. Enumerable.Range(0, ReplicaCount).Select(i => new Replica(new ReplicaId((ulong)i + 1)))];
    private readonly Client[] _clients = [.. Enumerable.Range(0, ClientCount).Select(i => new Client(i))];
    private readonly List<State> _reached = [];
    private readonly List<string> _log = [];
    private ulong _stamp;

    private RecordHistory()
    {
    }

    private enum Act
    {
        Read, Put, PutBlindly, Delete, DeleteBlindly, Retry, Send, SendOld, Sync, Crash, HandOffAndForget, DropExpired,
    }

    /// <summary>Every record that existed at any replica or on the way, with its model.</summary>
    public IReadOnlyList<State> Reached => _reached;

    /// <summary>What the replicas hold at the end.</summary>
    public IEnumerable<State> Final => _replicas.Where(replica => replica.Held is not null).Select(replica => replica.Held!);

    /// <summary>Runs of up to so many steps: of all that can happen, or of blind writes that are repeated everywhere.</summary>
    public static Gen<RecordHistory> Runs(int steps) => Gen.OneOf(
        Runs(Gen.Enum<Act>(), steps),
        Runs(Gen.Int[0, 6].Select(i => i switch { 0 or 1 => Act.PutBlindly, 2 => Act.Send, _ => Act.Retry }), steps));

    private static Gen<RecordHistory> Runs(Gen<Act> acts, int steps) =>
        Gen.Select(acts, Gen.Int[0, ReplicaCount - 1], Gen.Int[0, ClientCount - 1], Gen.Int[0, 1000])
            .List[1, steps]
            .Select(acts =>
            {
                var history = new RecordHistory();
                foreach (var (act, replica, client, choice) in acts) history.Do(act, replica, client, choice);
                return history;
            });

    public override string ToString() => string.Join("; ", _log);

    private void Do(Act act, int at, int who, int choice)
    {
        var replica = _replicas[at];
        var client = _clients[who];
        switch (act)
        {
            case Act.Read:
                if (replica.Held is null) return;
                client.Seen = (replica.Held.Record.Vector, replica.Held.History);
                break;
            case Act.Put or Act.Delete or Act.PutBlindly or Act.DeleteBlindly:
                var isBlind = act is Act.PutBlindly or Act.DeleteBlindly;
                client.Sent++;
                client.Last = new Request(
                    new WriteId(client.Source, client.Sent), act is Act.Delete or Act.DeleteBlindly, isBlind,
                    isBlind ? (VersionVector.Empty, []) : client.Seen, Expires: choice % 3 == 0);
                Write(replica, client.Last);
                break;
            case Act.Retry:
                if (client.Last is null) return;
                Write(replica, client.Last with { Id = client.Last.Id.AsRetry() });
                break;
            case Act.Send:
                Deliver(replica.Held, _replicas[choice % ReplicaCount]);
                break;
            case Act.SendOld:
                Deliver(_reached.Count == 0 ? null : _reached[choice % _reached.Count], replica);
                break;
            case Act.Sync:
                replica.Durable = replica.Held;
                break;
            case Act.Crash:
                replica.Held = replica.Durable;
                replica.Epoch++;
                break;
            case Act.HandOffAndForget:
                var target = _replicas[choice % ReplicaCount];
                if (replica.Held is null || target == replica) return;
                Deliver(replica.Held, target);
                replica.Epoch++;
                replica.Held = replica.Durable = null;
                break;
            case Act.DropExpired:
                if (replica.Held is null) return;
                Reach(replica, replica.Held with { Record = replica.Held.Record.WithoutValuesExpiredBy(choice % 4) });
                break;
        }

        _log.Add($"{act} replica {at} client {who} choice {choice} -> {replica.Held?.Record}");
    }

    private void Write(Replica replica, Request request)
    {
        var held = replica.Held;
        var (past, pastDots) = request.IsBlind && held is not null ? (held.Record.Vector, held.History) : request.Seen;
        RaiseIfLost(replica, past);
        var dot = new Dot(replica.Actor, (held?.Record.Vector.CounterOf(replica.Actor) ?? 0) + 1);
        // Stamps repeat, as those of two replicas may. A write that is repeated at another replica gets an expiry of its own there.
        var version = Versions.Of(dot, request.Id, ++_stamp / 3, request.IsTombstone) with
        {
            ExpiresAtUnixMilliseconds = request.Expires && !request.IsTombstone ? (long)_stamp % 4 : null,
        };
        var record = Record.Write(held?.Record, past, version);
        if (held is not null && held.Knows(request.Id))
        {
            Assert.Same(held.Record, record);
            return;
        }

        Reach(replica, new State(
            record,
            [.. held?.History ?? [], .. pastDots, dot],
            [.. held?.Delivered ?? [], new Event(dot, request.Id, pastDots)]));
    }

    private void Deliver(State? from, Replica to)
    {
        if (from is null) return;
        RaiseIfLost(to, from.Record.Vector);
        Reach(to, to.Held is null ? from : State.Merge(to.Held, from));
    }

    private void Reach(Replica replica, State state)
    {
        replica.Held = state;
        _reached.Add(state);
    }

    /// <summary>Whatever speaks of a dot of the current epoch that the store does not hold proves a loss.</summary>
    private static void RaiseIfLost(Replica replica, VersionVector told)
    {
        if (told.CounterOf(replica.Actor) > (replica.Held?.Record.Vector.CounterOf(replica.Actor) ?? 0)) replica.Epoch++;
    }

    /// <summary>A write that took effect, and the set of all writes that its writer had seen.</summary>
    internal sealed record Event(Dot Dot, WriteId Id, HashSet<Dot> Past);

    /// <summary>A record and its model.</summary>
    /// <param name="Record">What is tested.</param>
    /// <param name="History">All dots that it has seen or heard of.</param>
    /// <param name="Delivered">All writes that ever came into it.</param>
    internal sealed record State(Record Record, HashSet<Dot> History, HashSet<Event> Delivered)
    {
        /// <summary>The writes that no other write's past contains.</summary>
        public IEnumerable<Event> Maximal => Delivered.Where(e => !Delivered.Any(other => other.Past.Contains(e.Dot)));

        /// <summary>
        /// What a reader is shown: of the maximal writes those that no other one supersedes by having seen a repeated copy of them (two
        /// that did so to each other both stand), each once, under its lowest dot.
        /// </summary>
        public IEnumerable<Dot> Shown
        {
            get
            {
                var maximal = Maximal.ToList();
                var ids = maximal.Select(e => e.Id.AsFirst()).Distinct().ToList();
                var retries = Delivered.Where(e => e.Id.IsRetry).ToList();
                return ids
                    .Where(id => Above(id).All(higher => Above(higher).Contains(id)))
                    .Select(id => maximal.Where(e => e.Id.AsFirst() == id).Min(e => e.Dot))
                    .Order();

                HashSet<WriteId> Above(WriteId id)
                {
                    var above = new HashSet<WriteId>();
                    var next = new Queue<WriteId>([id]);
                    while (next.TryDequeue(out var lower))
                    {
                        foreach (var higher in maximal)
                        {
                            if (higher.Id.AsFirst() != lower
                                && retries.Any(copy => copy.Id.AsFirst() == lower && higher.Past.Contains(copy.Dot))
                                && above.Add(higher.Id.AsFirst()))
                            {
                                next.Enqueue(higher.Id.AsFirst());
                            }
                        }
                    }

                    return above;
                }
            }
        }

        public static State Merge(State left, State right) => new(
            Record.Merge(left.Record, right.Record),
            [.. left.History, .. right.History],
            [.. left.Delivered, .. right.Delivered]);

        /// <summary>True if the write has an effect here already: a copy of it stands, or a repeated one has been superseded.</summary>
        public bool Knows(WriteId id) =>
            Maximal.Any(e => e.Id.IsSameWriteAs(id))
            || Delivered.Any(e => e.Id.IsRetry && e.Id.IsSameWriteAs(id));
    }

    private sealed record Request(WriteId Id, bool IsTombstone, bool IsBlind, (VersionVector Vector, HashSet<Dot> Dots) Seen, bool Expires);

    private sealed class Replica(ReplicaId id)
    {
        public uint Epoch { get; set; } = 1;

        public State? Held { get; set; }

        public State? Durable { get; set; }

        public VersionActor Actor => new(id, Epoch);
    }

    private sealed class Client(int number)
    {
        public Guid Source { get; } = new(number + 1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

        public ulong Sent { get; set; }

        public Request? Last { get; set; }

        public (VersionVector Vector, HashSet<Dot> Dots) Seen { get; set; } = (VersionVector.Empty, []);
    }
}
