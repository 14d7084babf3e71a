namespace AkkaKv.Storage;

/// <summary>The verified content of a block, and where it came from, for whoever finds it malformed all the same. Immutable.</summary>
internal sealed class Block
{
    private readonly byte[] _bytes;
    private readonly int _length;

    /// <param name="file">Path of the file.</param>
    /// <param name="offset">Where in the file the block begins.</param>
    /// <param name="bytes">Begins with the content; the block's own from now on.</param>
    /// <param name="length">Bytes of the content.</param>
    public Block(string file, long offset, byte[] bytes, int length)
    {
        File = file;
        Offset = offset;
        _bytes = bytes;
        _length = length;
    }

    public string File { get; }

    public long Offset { get; }

    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, _length);

    public ReadOnlySpan<byte> Span => new(_bytes, 0, _length);

    /// <summary>Bytes of memory that the content takes.</summary>
    public int AllocatedBytes => _bytes.Length;
}
