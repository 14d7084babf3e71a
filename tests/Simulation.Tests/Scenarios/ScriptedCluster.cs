using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>A simulated cluster that a test drives by hand. Everything is still checked by the model, at every step.</summary>
internal sealed class ScriptedCluster
{
    private readonly WriteIdSource _writeIds = new(new Guid(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]));

    public ScriptedCluster(int nodes = 3, int dataCenters = 1) => Simulation = Simulation.ScriptedIn(dataCenters, Simulation.Names(nodes));

    public Simulation Simulation { get; }

    public SimNetwork Network => Simulation.Network;

    public SimNode this[string name] => Simulation.NodeOf(name);

    /// <summary>A key with the given owners, in order.</summary>
    public string KeyOf(params string[] owners)
    {
        for (var number = 0; ; number++)
        {
            var key = $"key{number}";
            if (Simulation.OwnersOf(key).Select(owner => owner.Name).SequenceEqual(owners)) return key;
            if (number > 10_000) throw new ArgumentException($"No partition is owned by {string.Join(' ', owners)}.", nameof(owners));
        }
    }

    public WriteId NextId() => _writeIds.Next();

    /// <summary>A put that is to be sent.</summary>
    public Call Put(string key, string value, ReadOnlyMemory<byte> context = default, int? w = null, WriteId? id = null) =>
        Put(key, value, Level(w), context, id);

    public Call Put(string key, string value, Consistency w, ReadOnlyMemory<byte> context = default, WriteId? id = null) => new()
    {
        Request = new Put(key, value) { Context = context, W = w, WriteId = id ?? NextId(), WantsReplicas = true },
        Write = new ClientWrite(0, value),
    };

    public Call Delete(string key, ReadOnlyMemory<byte> context = default) => new()
    {
        Request = new Delete(key) { Context = context, WriteId = NextId() },
        Write = Simulation.NewWrite(isDelete: true),
    };

    public static Call Get(string key, ReadOnlyMemory<byte> context = default, int? r = null, bool isStrict = false) =>
        Get(key, Level(r), context, isStrict);

    public static Call Get(string key, Consistency r, ReadOnlyMemory<byte> context = default, bool isStrict = false) => new()
    {
        Request = new Get(key) { Context = context, R = r, IsStrict = isStrict, WantsReplicas = true },
    };

    /// <summary>Sends a call to a node and waits for the answer.</summary>
    public ClientReply Send(string node, Call call) => Simulation.Answer(this[node], call);

    /// <summary>The same, where the answer is known in kind.</summary>
    public T Send<T>(string node, Call call) => Assert.IsType<T>(Send(node, call));

    /// <summary>Lets everything happen that is under way.</summary>
    public void Settle() => Simulation.RunUntilQuiet();

    /// <summary>Cuts two nodes from each other, and both know.</summary>
    public void Cut(string one, string other)
    {
        Network.Cut(this[one], this[other]);
        Network.Cut(this[other], this[one]);
        this[one].Believe(this[other], isReachable: false);
        this[other].Believe(this[one], isReachable: false);
    }

    public void Heal()
    {
        Network.Drops = (_, _, _) => false;
        foreach (var one in Simulation.Nodes)
        {
            foreach (var other in Simulation.Nodes)
            {
                Network.Heal(one, other);
                one.Believe(other, isReachable: true);
            }
        }
    }

    /// <summary>The values that a read shows, in ascending order.</summary>
    public static IEnumerable<string> ValuesOf(Found found) =>
        found.Versions.Select(version => version.IsDeleted ? "(deleted)" : Encoding.UTF8.GetString(version.Value.Span))
            .Order(StringComparer.Ordinal);

    /// <summary>Reads at R = all and lets the repair happen.</summary>
    /// <returns>The values, in ascending order.</returns>
    public IEnumerable<string> ReadAll(string node, string key)
    {
        var found = Send<Found>(node, Get(key, r: 3));
        Settle();
        return ValuesOf(found);
    }

    private static Consistency Level(int? number) => number is { } replicas ? Consistency.Of(replicas) : Consistency.Default;
}
