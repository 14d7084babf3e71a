using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// What a batch of writes does to the leaves of the trees: of each changed record the xor of its old and its new hash. Goes into the commit
/// log as the batch's note, so that no replay needs an old row.
/// </summary>
/// <remarks>
/// A note: the byte <see cref="Version"/>, then for each change the first <see cref="SliceBits"/> bits of the token (3 bytes, big endian) and
/// the xor of the hashes (8 bytes, little endian). One thread at a time; kept and used for batch after batch.
/// </remarks>
internal sealed class LeafDeltas
{
    /// <summary>Bits of a token that a note holds: as many as trees can have leaves for.</summary>
    public const int SliceBits = 20;

    private const byte Version = 1;
    private const int EntryBytes = 11;

    private readonly ArrayBufferWriter<byte> _note = new();

    /// <summary>The note of all changes since the last <see cref="Clear"/>; empty if there were none. Good until then.</summary>
    public ReadOnlyMemory<byte> Note => _note.WrittenMemory;

    /// <summary>Notes that a record takes the place of another.</summary>
    /// <param name="rowKey">Token and key.</param>
    /// <param name="before">What was held; null for nothing.</param>
    /// <param name="after">What is held from now on; null for nothing.</param>
    public void Add(ReadOnlySpan<byte> rowKey, Record? before, Record? after)
    {
        var key = rowKey[RowKey.TokenBytes..];
        var delta = (before?.Hash(key) ?? 0) ^ (after?.Hash(key) ?? 0);
        if (delta == 0) return;
        if (_note.WrittenCount == 0) _note.Write([Version]);
        var entry = _note.GetSpan(EntryBytes);
        var slice = (uint)(RowKey.TokenOf(rowKey).Value >> (64 - SliceBits));
        entry[0] = (byte)(slice >> 16);
        entry[1] = (byte)(slice >> 8);
        entry[2] = (byte)slice;
        BinaryPrimitives.WriteUInt64LittleEndian(entry[3..], delta);
        _note.Advance(EntryBytes);
    }

    /// <summary>Begins the next batch.</summary>
    public void Clear() => _note.ResetWrittenCount();

    /// <summary>Reads a note; false if it is none of these, and <paramref name="deltas"/> is empty then.</summary>
    public static bool TryRead(ReadOnlySpan<byte> note, List<(uint Slice, ulong Delta)> deltas)
    {
        deltas.Clear();
        if (note.IsEmpty) return true;
        if (note[0] != Version || (note.Length - 1) % EntryBytes != 0) return false;
        CollectionsMarshal.SetCount(deltas, (note.Length - 1) / EntryBytes);
        var target = CollectionsMarshal.AsSpan(deltas);
        var at = 1;
        foreach (ref var delta in target)
        {
            var slice = (uint)(note[at] << 16 | note[at + 1] << 8 | note[at + 2]);
            if (slice >> SliceBits != 0)
            {
                deltas.Clear();
                return false;
            }

            delta = (slice, BinaryPrimitives.ReadUInt64LittleEndian(note[(at + 3)..]));
            at += EntryBytes;
        }

        return true;
    }
}
