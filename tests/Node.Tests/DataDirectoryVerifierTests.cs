using AkkaKv.Protocol;
using AkkaKv.Testing;

namespace AkkaKv.Node.Tests;

/// <summary>Identity, ring and vote: sound as a node leaves them, and every flipped bit is found.</summary>
public sealed class DataDirectoryVerifierTests
{
    private const string Root = "/data";

    private static readonly Guid Cluster = new("6f3c0d6a-5b0e-4c7e-9a59-0c2f1d9f5e11");

    [Fact]
    public void Directory_that_a_node_has_left_should_be_sound()
    {
        Assert.Empty(FaultsOf(Build()));
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("ring")]
    [InlineData("vote")]
    public void Flipped_bit_should_be_found(string name)
    {
        var files = Build();
        var path = Path.Combine(Root, name);
        var content = files.Peek(path);
        for (var offset = 0; offset < content.Length; offset++)
        {
            var flipped = files.Copy();
            var bytes = content.ToArray();
            bytes[offset] ^= (byte)(1 << (offset % 8));
            flipped.Overwrite(path, bytes);

            Assert.Contains(FaultsOf(flipped), fault => fault.File == path);
        }
    }

    [Fact]
    public void Flipped_bit_in_the_leaves_of_a_store_should_be_found()
    {
        var files = Build();
        var store = Path.Combine(Root, "store-0");
        var path = Path.Combine(store, LeafFile.Name);
        files.CreateDirectory(store);
        LeafFile.Write(files, store, new LeafImage(new LeafShape(4), 7, 0, [true], [.. Enumerable.Range(1, 16).Select(leaf => (ulong)leaf)]));
        Assert.Empty(FaultsOf(files));
        var content = files.Peek(path);
        for (var offset = 0; offset < content.Length; offset++)
        {
            var bytes = content.ToArray();
            bytes[offset] ^= (byte)(1 << (offset % 8));
            files.Overwrite(path, bytes);
            Assert.Equal(path, Assert.Single(FaultsOf(files)).File);
        }
    }

    [Fact]
    public void Missing_identity_should_be_found()
    {
        var files = Build();
        files.Delete(Path.Combine(Root, "identity"));

        Assert.Contains(FaultsOf(files), fault => fault.File == Path.Combine(Root, "identity"));
    }

    [Fact]
    public void Ring_of_another_cluster_should_be_found()
    {
        var (files, other) = (Build(), Build(Guid.NewGuid()));
        files.Overwrite(Path.Combine(Root, "ring"), other.Peek(Path.Combine(Root, "ring")));

        Assert.Contains(FaultsOf(files), fault => fault.What.Contains("another cluster", StringComparison.Ordinal));
    }

    [Fact]
    public void Store_that_the_identity_does_not_name_should_be_found()
    {
        var files = Build();
        for (var index = 0; index <= 8; index++)
            files.Overwrite(Path.Combine(Root, $"store-{index}", "CURRENT"), [1]);

        Assert.Contains(FaultsOf(files), fault => fault.What.Contains("there are 9", StringComparison.Ordinal));
    }

    private static FaultInjectionFileSystem Build(Guid? cluster = null)
    {
        var files = new FaultInjectionFileSystem();
        using var directory = DataDirectory.Open(files, Root, "n1");
        directory.WriteRing(new RingDocument
        {
            ClusterId = cluster ?? Cluster,
            Epoch = 1,
            Members = [new RingMember("n1", directory.ReplicaId, "127.0.0.1", 4053, "dc", "rack", 1, default)],
            Partitions = [new Partition([0], 1)],
            Replicas = 1,
            WriteQuorum = 1,
            ReadQuorum = 1,
            ContextKey = [.. new byte[32]],
        });
        directory.WriteVote(new RingAcceptor(directory.ReplicaId));
        directory.MarkCleanlyStopped();
        return files;
    }

    private static List<(string File, string What)> FaultsOf(FaultInjectionFileSystem files)
    {
        var faults = new List<(string, string)>();
        DataDirectoryVerifier.Verify(files.Copy(), Root, (file, what) => faults.Add((file, what)));
        return faults;
    }
}
