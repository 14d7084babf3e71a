using System.Runtime.InteropServices;

namespace AkkaKv.Storage;

/// <summary>
/// Memory outside the garbage-collected heap, handed out in ascending pieces and freed as a whole. A memtable of millions of rows is
/// a few dozen chunks that the collector never looks at.
/// </summary>
/// <remarks>One thread allocates; what it handed out may be read by all until <see cref="Free"/>.</remarks>
internal sealed unsafe class NativeArena
{
    private const int Alignment = 8;

    private readonly int _chunkBytes;
    private readonly List<nint> _chunks = [];
    private byte* _next;
    private long _left;

    public NativeArena(int chunkBytes) => _chunkBytes = chunkBytes;

    /// <summary>Bytes handed out so far.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>Uninitialised bytes at an address that is a multiple of 8.</summary>
    public byte* Allocate(long bytes)
    {
        bytes = (bytes + Alignment - 1) & -Alignment;
        UsedBytes += bytes;

        // A piece that would waste much of a chunk gets one of its own, and the current chunk stays current.
        if (bytes > _left && bytes > _chunkBytes / 4)
            return NewChunk(bytes);

        if (bytes > _left)
        {
            _next = NewChunk(_chunkBytes);
            _left = _chunkBytes;
        }

        var piece = _next;
        _next += bytes;
        _left -= bytes;
        return piece;
    }

    /// <summary>REQUIRES: nobody reads any piece any more.</summary>
    public void Free()
    {
        foreach (var chunk in _chunks)
            NativeMemory.Free((void*)chunk);
        _chunks.Clear();
    }

    private byte* NewChunk(long bytes)
    {
        var chunk = (byte*)NativeMemory.Alloc((nuint)bytes);
        _chunks.Add((nint)chunk);
        return chunk;
    }
}
