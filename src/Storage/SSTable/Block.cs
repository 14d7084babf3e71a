using System.Buffers.Binary;

namespace AkkaKv.Storage;

/// <summary>The verified content of a block, and where it came from, for whoever finds it malformed all the same. Immutable.</summary>
internal sealed class Block
{
    private readonly byte[] _content;

    /// <param name="file">Path of the file.</param>
    /// <param name="offset">Where in the file the block begins.</param>
    /// <param name="content">The block's own from now on.</param>
    public Block(string file, long offset, byte[] content)
    {
        File = file;
        Offset = offset;
        _content = content;
    }

    public string File { get; }

    public long Offset { get; }

    public ReadOnlyMemory<byte> Content => _content;

    public ReadOnlySpan<byte> Span => _content;

    public int Length => _content.Length;

    /// <summary>The number of restart points; they and their number end the content and fit in it.</summary>
    /// <exception cref="CorruptionException">They do not.</exception>
    public int RestartCount
    {
        get
        {
            var count = Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(Span[^4..]);
            return count >= 0 && count <= Length / 4 - 1 ? count : throw Malformed("the block has no restart points");
        }
    }

    /// <summary>What to throw when the content makes no sense.</summary>
    public CorruptionException Malformed(string how) => new(File, Offset, how);
}
