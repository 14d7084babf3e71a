using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.DistributedData;

namespace AkkaKv.Benchmarks;

/// <summary>A node of Akka.DistributedData: a process that the benchmark starts of itself.</summary>
/// <param name="Port">Where it listens, on the loopback interface.</param>
/// <param name="Seed">The port of the node that the others join.</param>
internal sealed record DistributedDataNode(int Port, int Seed)
{
    public const string SystemName = "distributed-data";
    public const string DoorName = "door";

    public static DistributedDataNode Parse(IReadOnlyList<string> args) =>
        new(int.Parse(args[0], CultureInfo.InvariantCulture), int.Parse(args[1], CultureInfo.InvariantCulture));

    /// <summary>Runs until its input is closed.</summary>
    public static async Task<int> RunAsync(DistributedDataNode node)
    {
        var configuration = ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture, $$"""
            akka {
              actor.provider = cluster
              loglevel = WARNING
              remote.dot-netty.tcp.hostname = "127.0.0.1"
              remote.dot-netty.tcp.port = {{node.Port}}
              cluster.seed-nodes = ["akka.tcp://{{SystemName}}@127.0.0.1:{{node.Seed}}"]
              cluster.min-nr-of-members = {{DistributedDataServers.Nodes}}
            }
            """)).WithFallback(DistributedData.DefaultConfig());
        using var system = ActorSystem.Create(SystemName, configuration);
        DataMessageSerializer.AddTo(system);
        system.ActorOf(DistributedDataDoor.Props(DistributedData.Get(system).Replicator), DoorName);
        Cluster.Get(system).RegisterOnMemberUp(() => Console.WriteLine(DistributedDataServers.Ready));
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        await system.Terminate();
        return 0;
    }
}

/// <summary>
/// Keys as Akka's documentation recommends for many of them: in maps under a bounded number of top-level keys, so that neither the gossip has
/// too many of these nor a map too many entries.
/// </summary>
internal sealed class DistributedDataDoor : ReceiveActor
{
    /// <summary>
    /// Far from the 100,000 that the documentation names as the most: gossip costs by the number of these (20,000 took it more than twice the
    /// processor time of 1,000), a read by the entries of a map.
    /// </summary>
    public const int TopLevelKeys = 5_000;

    private const string TimedOut = "Timeout";

    private static readonly WriteMajority WriteToMajority = new(IClusterDriver.Timeout);
    private static readonly WriteAll WriteToAll = new(IClusterDriver.Timeout);
    private static readonly ReadMajority ReadFromMajority = new(IClusterDriver.Timeout);
    private static readonly ReadAll ReadFromAll = new(IClusterDriver.Timeout);

    private readonly IActorRef _replicator;
    private readonly Cluster _cluster = Cluster.Get(Context.System);

    public DistributedDataDoor(IActorRef replicator)
    {
        _replicator = replicator;
        Receive<DataPut>(OnPut);
        Receive<DataGet>(OnGet);
        Receive<UpdateSuccess>(success => Answer(success.Request, [], ""));
        Receive<IUpdateFailure>(failure => Answer(failure.Request, [], failure is UpdateTimeout ? TimedOut : failure.GetType().Name));
        Receive<GetSuccess>(OnFound);
        Receive<NotFound>(missing => Answer(missing.Request, [], nameof(NotFound)));
        Receive<GetFailure>(failure => Answer(failure.Request, [], TimedOut));
    }

    /// <summary>Who asked, and what for: comes back with the replicator's answer.</summary>
    private sealed record Question(IActorRef Asker, long Number, string Key);

    public static Props Props(IActorRef replicator) => Akka.Actor.Props.Create(() => new DistributedDataDoor(replicator));

    private static LWWDictionaryKey<string, byte[]> TopLevelKey(string key) =>
        new((long.Parse(key, CultureInfo.InvariantCulture) % TopLevelKeys).ToString(CultureInfo.InvariantCulture));

    private void OnPut(DataPut put)
    {
        IWriteConsistency level = put.Copies switch { 1 => WriteLocal.Instance, 2 => WriteToMajority, _ => WriteToAll };
        _replicator.Tell(Dsl.Update(
            TopLevelKey(put.Key), LWWDictionary<string, byte[]>.Empty, level, new Question(Sender, put.Number, put.Key),
            map => map.SetItem(_cluster, put.Key, put.Value)));
    }

    private void OnGet(DataGet get)
    {
        IReadConsistency level = get.Copies switch { 1 => ReadLocal.Instance, 2 => ReadFromMajority, _ => ReadFromAll };
        _replicator.Tell(Dsl.Get(TopLevelKey(get.Key), level, new Question(Sender, get.Number, get.Key)));
    }

    private void OnFound(GetSuccess success)
    {
        var question = (Question)success.Request;
        var map = (LWWDictionary<string, byte[]>)success.Data;
        if (map.TryGetValue(question.Key, out var value)) Answer(question, value, "");
        else Answer(question, [], nameof(NotFound));
    }

    private static void Answer(object request, byte[] value, string failure)
    {
        var question = (Question)request;
        question.Asker.Tell(new DataAnswer(question.Number, value, failure));
    }
}
