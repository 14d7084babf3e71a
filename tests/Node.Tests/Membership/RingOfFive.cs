using Akka.Actor;
using Akka.Cluster;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

/// <summary>A ring of five, seen from one of them: who is heard, and who is in its Akka cluster, is what a test says.</summary>
internal sealed class RingOfFive
{
    private const long Interval = 100;

    private readonly Dictionary<int, int> _uids = Enumerable.Range(1, 5).ToDictionary(number => number, number => 100 * number);

    public RingOfFive(int self = 1)
    {
        Self = self;
        Ring = new Ring(Rings.Of([.. Enumerable.Range(1, 5).Select(Id)]));
        Liveness = new Liveness(Id(self), 1, new LivenessSettings(Interval, 1000, 500));
        Liveness.Use(Ring.Document.ClusterId, Ring.Members.Select(member => member.ReplicaId), 0);
    }

    public int Self { get; }

    public Ring Ring { get; }

    public Liveness Liveness { get; }

    public long Now { get; private set; }

    /// <summary>Members that this node reaches.</summary>
    public HashSet<int> Heard { get; } = [1, 2, 3, 4, 5];

    /// <summary>Members that Akka calls unreachable.</summary>
    public HashSet<int> Unreachable { get; } = [];

    /// <summary>Members of this node's Akka cluster.</summary>
    public HashSet<int> InAkka { get; } = [1, 2, 3, 4, 5];

    /// <summary>What each says of its Akka cluster: ring members in it, and the lowest of them.</summary>
    public Dictionary<int, (int Members, int Lowest)> TheirAkka { get; } = [];

    public static ReplicaId Id(int number) => new((ulong)number);

    public static Address AddressOf(int number) => new("akka.tcp", "akkakv", "127.0.0.1", 4052 + number);

    public bool Reaches(ReplicaId replica) => Heard.Contains((int)replica.Value);

    /// <summary>A member was started again.</summary>
    public void Restart(int number) => _uids[number]++;

    public AkkaView Akka(MemberStatus status = MemberStatus.Up) => new(Id(Self), AddressOf(Self), _uids[Self], InAkka.Select(number => new AkkaMember(
        AddressOf(number), number * 100, status, Unreachable.Contains(number), Id(number))));

    public SignOfLife? Latest(ReplicaId replica) => Reaches(replica) ? Liveness.LatestOf(replica) : null;

    public void Pass(TimeSpan time)
    {
        for (var until = Now + (long)time.TotalMilliseconds; Now < until;)
        {
            Now += Interval;
            foreach (var peer in Enumerable.Range(1, 5).Where(number => number != Self))
            {
                Liveness.Lane(Id(peer), Heard.Contains(peer), Now);
                if (!Heard.Contains(peer)) continue;
                var (members, lowest) = TheirAkka.GetValueOrDefault(peer, (InAkka.Count, InAkka.Min()));
                Liveness.Take(
                    new SignOfLife(Ring.Document.ClusterId, Id(peer), new Incarnation((ulong)(1 + (_uids[peer] % 100)), 0), Now, Now)
                    {
                        Suspicions = [.. Enumerable.Range(1, 5).Where(number => !Heard.Contains(number)).Select(number => new Suspicion(Id(number), new Incarnation(1, 0)))],
                        AkkaUid = _uids[peer],
                        AkkaMembers = members,
                        AkkaLowest = Id(lowest),
                        SharesAkka = !TheirAkka.ContainsKey(peer),
                    },
                    Now);
            }

            Liveness.Tick(Now);
        }
    }
}
