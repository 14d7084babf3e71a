using System.Globalization;
using System.Runtime.CompilerServices;
using AkkaKv.Protocol;
using AkkaKv.Testing;
using Record = AkkaKv.Protocol.Record;

namespace AkkaKv.Node.Tests;

/// <summary>What is on disk is frozen: the file of the leaves and the note of a batch.</summary>
public sealed class LeafFileTests
{
    private const string Directory = "/store";
    private const string FilePath = $"{Directory}/{LeafFile.Name}";

    [Fact]
    public void File_should_be_what_it_was()
    {
        var files = Disk();
        LeafFile.Write(files, Directory, Image());
        Check("leaves-v1", files.Peek(FilePath));

        var read = LeafFile.Read(files, Directory, Image().Shape)!;
        Assert.Equal((Image().Sequence, Image().NextCheck), (read.Sequence, read.NextCheck));
        Assert.Equal(Image().Doubtful, read.Doubtful);
        Assert.Equal(Image().Leaves, read.Leaves);
    }

    [Fact]
    public void Note_should_be_what_it_was()
    {
        var deltas = new LeafDeltas();
        deltas.Add(RowKey.Of("name"u8), null, Version(1));
        deltas.Add(RowKey.Of("name"u8), Version(1), Version(1));
        deltas.Add(RowKey.Of("other"u8), Version(1), Version(2));
        Check("leaf-note-v1", deltas.Note.ToArray());

        var read = new List<(uint Slice, ulong Delta)>();
        Assert.True(LeafDeltas.TryRead(deltas.Note.Span, read));
        Assert.Equal(
            [
                ((uint)(Token.Of("name"u8).Value >> 44), Version(1).Hash("name"u8)),
                ((uint)(Token.Of("other"u8).Value >> 44), Version(1).Hash("other"u8) ^ Version(2).Hash("other"u8)),
            ],
            read);
        Assert.False(LeafDeltas.TryRead(deltas.Note.Span[..^1], read));
        Assert.False(LeafDeltas.TryRead([2], read));
        Assert.Empty(read);
    }

    [Fact]
    public void Every_damaged_bit_and_every_lost_byte_should_be_noticed()
    {
        var files = Disk();
        LeafFile.Write(files, Directory, Image() with { Leaves = new ulong[16], Shape = new LeafShape(4), Doubtful = [false], NextCheck = 0 });
        var whole = files.Peek(FilePath);
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var damaged = whole.ToArray();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            files.Overwrite(FilePath, damaged);
            Assert.Null(LeafFile.Read(files, Directory, new LeafShape(4)));
        }

        for (var length = 0; length < whole.Length; length++)
        {
            files.Overwrite(FilePath, whole.AsSpan(0, length));
            Assert.Null(LeafFile.Read(files, Directory, new LeafShape(4)));
        }
    }

    [Fact]
    public void File_of_another_shape_should_be_none()
    {
        var files = Disk();
        LeafFile.Write(files, Directory, Image());
        Assert.Null(LeafFile.Read(files, Directory, new LeafShape(8)));
        Assert.Null(LeafFile.Read(files, "/elsewhere", Image().Shape));
    }

    private static FaultInjectionFileSystem Disk()
    {
        var files = new FaultInjectionFileSystem();
        files.CreateDirectory(Directory);
        return files;
    }

    private static LeafImage Image()
    {
        var leaves = new ulong[1024];
        leaves[0] = 1;
        leaves[600] = 0x0123_4567_89AB_CDEF;
        leaves[1023] = ulong.MaxValue;
        return new LeafImage(new LeafShape(10), 42, 3, [false, true, false, false], leaves);
    }

    private static Record Version(ulong counter) => Record.Write(null, VersionVector.Empty, new Sibling
    {
        Dot = new Dot(new VersionActor(new ReplicaId(1), 1), counter),
        WriteId = new WriteId(Guid.Empty, counter),
        Timestamp = new HybridTimestamp(counter),
    });

    private static void Check(string name, byte[] bytes, [CallerFilePath] string source = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(source)!, "..", "testdata", name + ".hex");
        var lines = Convert.ToHexString(bytes).ToLower(CultureInfo.InvariantCulture).Chunk(128).Select(line => new string(line));
        if (!File.Exists(path) && Environment.GetEnvironmentVariable("AKKAKV_WRITE_GOLDEN") == "1") File.WriteAllLines(path, lines);
        Assert.True(File.Exists(path), $"{path} is missing: run with AKKAKV_WRITE_GOLDEN=1 and commit it.");

        Assert.Equal(File.ReadAllLines(path), lines);
    }
}
