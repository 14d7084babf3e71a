using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AkkaKv.Storage;

/// <summary>
/// A skip list (Pugh, 1990) in an arena: one thread inserts, any number read at the same time without a lock. Rows are ordered by key
/// ascending, then by sequence descending, and never change or go.
/// </summary>
/// <remarks>
/// A node lies in memory as below; the node's address is that of its tag, so links are found without knowing the height.
/// <code>
/// next[height-1] ... next[1] next[0] | tag: sequence &lt;&lt; 8, kind | key length | value length | key | value
/// </code>
/// Readers are safe because a node is filled before a release store links it, level 0 first, and links only ever change from one complete
/// node to another: whoever reaches a node with an acquire load sees all of it. A reader may meet rows newer than its snapshot, and skips
/// them.
/// </remarks>
internal sealed unsafe partial class SkipList
{
    public const ulong MaxSequence = (1UL << 56) - 1;

    private const int MaxHeight = 12;
    private const int HeaderBytes = 16;

    private readonly NativeArena _arena;
    private readonly byte* _head;

    /// <summary>
    /// The writer's finger: at every level the last node at or before the row inserted last. A row that belongs near it is found by climbing
    /// only as far as it is away, so rows that come in order cost next to nothing.
    /// </summary>
    private readonly byte** _finger;

    /// <summary>Levels in use. The writer raises it; a reader that sees an old value only takes a longer way.</summary>
    private int _height = 1;

    /// <summary>State of the writer's generator of heights; the same insertions build the same list.</summary>
    private uint _random = 0x9E37_79B9;

    public SkipList(NativeArena arena)
    {
        _arena = arena;
        _head = AllocateNode(MaxHeight, 0, 0);
        _finger = (byte**)_arena.Allocate(MaxHeight * sizeof(nint));
        for (var level = 0; level < MaxHeight; level++)
        {
            *Link(_head, level) = 0;
            _finger[level] = _head;
        }
    }

    /// <summary>Adds a row. REQUIRES: no row with this key and sequence is there; one thread at a time.</summary>
    public void Insert(ReadOnlySpan<byte> key, ulong sequence, RowKind kind, ReadOnlySpan<byte> value)
    {
        var height = RandomHeight();
        MoveFinger(key, sequence);

        Link(_finger, height, key, sequence, kind, value);
    }

    /// <summary>The first row at or after (key, sequence) in the list's order, or null.</summary>
    /// <remarks>
    /// It is the node that the search itself found too far. To ask the one before for its next again would be a race: a newer row of the
    /// key may have been linked between them meanwhile.
    /// </remarks>
    public byte* FindAtOrAfter(ReadOnlySpan<byte> key, ulong sequence)
    {
        FindBefore(key, sequence, out var after);
        return after;
    }

    /// <summary>The last row before (key, sequence) in the list's order, or null.</summary>
    public byte* FindLastBefore(ReadOnlySpan<byte> key, ulong sequence)
    {
        var node = FindBefore(key, sequence, out _);
        return node == _head ? null : node;
    }

    /// <summary>The last row of all at the time of the call, or null.</summary>
    public byte* Last()
    {
        var node = _head;
        for (var level = Volatile.Read(ref _height) - 1; level >= 0; level--)
        {
            while (Next(node, level) is var next && next != null)
                node = next;
        }

        return node == _head ? null : node;
    }

    /// <summary>The first row of all, or null.</summary>
    public byte* First() => Next(_head);

    /// <summary>The row that follows at the time of the call, or null.</summary>
    public static byte* Next(byte* node) => Next(node, 0);

    public static ReadOnlySpan<byte> Key(byte* node) => new(node + HeaderBytes, *(int*)(node + 8));

    public static ReadOnlySpan<byte> Value(byte* node) => new(node + HeaderBytes + *(int*)(node + 8), *(int*)(node + 12));

    public static ulong Sequence(byte* node) => *(ulong*)node >> 8;

    public static RowKind Kind(byte* node) => (RowKind)(byte)*(ulong*)node;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Next(byte* node, int level) => (byte*)Volatile.Read(ref *Link(node, level));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint* Link(byte* node, int level) => (nint*)node - 1 - level;

    private static bool IsBefore(byte* node, ReadOnlySpan<byte> key, ulong sequence)
    {
        var order = CompareKey(node, key);
        return order < 0 || (order == 0 && Sequence(node) > sequence);
    }

    /// <summary>By words, since most keys are a few words long and a call would cost more.</summary>
    private static int CompareKey(byte* node, ReadOnlySpan<byte> key)
    {
        var length = *(int*)(node + 8);
        var common = Math.Min(length, key.Length);
        var at = 0;
        for (; at + sizeof(ulong) <= common; at += sizeof(ulong))
        {
            var (left, right) = (*(ulong*)(node + HeaderBytes + at), MemoryMarshal.Read<ulong>(key[at..]));
            if (left != right)
                return Ordered(left) < Ordered(right) ? -1 : 1;
        }

        return new ReadOnlySpan<byte>(node + HeaderBytes + at, length - at).SequenceCompareTo(key[at..]);
    }

    /// <summary>The number that sorts as the bytes do.</summary>
    private static ulong Ordered(ulong word) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(word) : word;

    /// <summary>The last node before (key, sequence) at level 0, and the one that followed it then.</summary>
    private byte* FindBefore(ReadOnlySpan<byte> key, ulong sequence, out byte* tooFar)
    {
        var node = _head;
        tooFar = null;
        for (var level = Volatile.Read(ref _height) - 1; level >= 0; level--)
            node = FindBefore(key, sequence, level, node, ref tooFar);
        return node;
    }

    /// <summary>The last node before (key, sequence) at a level. A node that was too far one level up need not be compared again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* FindBefore(ReadOnlySpan<byte> key, ulong sequence, int level, byte* node, ref byte* tooFar)
    {
        var next = Next(node, level);
        while (next != null && next != tooFar && IsBefore(next, key, sequence))
        {
            node = next;
            next = Next(node, level);
        }

        tooFar = next;
        return node;
    }

    /// <summary>Makes a node and links it behind the finger, which then points to it.</summary>
    private void Link(byte** finger, int height, ReadOnlySpan<byte> key, ulong sequence, RowKind kind, ReadOnlySpan<byte> value)
    {
        var node = AllocateNode(height, key.Length, value.Length);
        *(ulong*)node = (sequence << 8) | (byte)kind;
        *(int*)(node + 8) = key.Length;
        *(int*)(node + 12) = value.Length;
        key.CopyTo(new Span<byte>(node + HeaderBytes, key.Length));
        value.CopyTo(new Span<byte>(node + HeaderBytes + key.Length, value.Length));

        for (var level = 0; level < height; level++)
        {
            *Link(node, level) = *Link(finger[level], level);
            Volatile.Write(ref *Link(finger[level], level), (nint)node);
            finger[level] = node;
        }

        if (height > _height)
            Volatile.Write(ref _height, height);
    }

    /// <summary>Climbs to the lowest level at which the place of (key, sequence) lies right behind the finger, and descends from there.</summary>
    private void MoveFinger(ReadOnlySpan<byte> key, ulong sequence)
    {
        var level = 0;
        while (level < _height && !IsRightBehind(_finger[level], level, key, sequence))
            level++;

        var node = level < _height ? _finger[level] : _head;
        var tooFar = level < _height ? Next(node, level) : null;
        while (--level >= 0)
            _finger[level] = node = FindBefore(key, sequence, level, node, ref tooFar);
    }

    private bool IsRightBehind(byte* node, int level, ReadOnlySpan<byte> key, ulong sequence) =>
        (node == _head || IsBefore(node, key, sequence)) && (Next(node, level) is var next && (next == null || !IsBefore(next, key, sequence)));

    private byte* AllocateNode(int height, int keyLength, int valueLength) =>
        _arena.Allocate((long)height * sizeof(nint) + HeaderBytes + keyLength + valueLength) + height * sizeof(nint);

    /// <summary>1 with odds 3/4, 2 with 3/16, and so on.</summary>
    private int RandomHeight()
    {
        // Xorshift (Marsaglia, 2003): three shifts, and good enough for balance.
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;

        var height = 1;
        for (var bits = _random; height < MaxHeight && (bits & 3) == 0; bits >>= 2)
            height++;
        return height;
    }
}
