using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace AkkaKv.Storage;

internal sealed unsafe partial class SkipList
{
    /// <summary>
    /// For each key at <paramref name="places"/> the node that <see cref="FindAtOrAfter(ReadOnlySpan{byte}, ulong)"/> finds. The searches take
    /// their steps in turn, so that they wait for memory together and not one after the other; see <see cref="InsertSorted"/>.
    /// </summary>
    /// <param name="keys">In any order.</param>
    /// <param name="places">Which keys to look for; at most <see cref="LaneCount"/>.</param>
    /// <param name="sequence">Rows newer than that are passed over.</param>
    /// <param name="nodes">As many as places; 0 for none.</param>
    public void FindAtOrAfter(ReadOnlySpan<ReadOnlyMemory<byte>> keys, ReadOnlySpan<int> places, ulong sequence, Span<nint> nodes)
    {
        var height = Volatile.Read(ref _height);
        var descents = stackalloc Descent[LaneCount];
        for (var lane = 0; lane < places.Length; lane++)
            descents[lane] = new Descent(_head, height, keys[places[lane]].Span);

        for (var isSearching = true; isSearching;)
        {
            isSearching = false;
            for (var lane = 0; lane < places.Length; lane++)
                isSearching |= descents[lane].Step(keys[places[lane]], sequence);
        }

        for (var lane = 0; lane < places.Length; lane++)
            nodes[lane] = (nint)descents[lane].Found;
    }

    /// <summary>One search. It lives on the stack, where no collector moves it, and knows the first word of its key by itself.</summary>
    private struct Descent
    {
        private readonly ulong _firstWord;
        private readonly bool _hasFirstWord;
        private byte* _node;
        private byte* _next;
        private byte* _tooFar;
        private int _level;

        public Descent(byte* head, int height, ReadOnlySpan<byte> key)
        {
            _hasFirstWord = key.Length >= sizeof(ulong);
            _firstWord = _hasFirstWord ? BinaryPrimitives.ReadUInt64BigEndian(key) : 0;
            _node = head;
            _next = null;
            _tooFar = null;
            _level = height;
            Descend();
        }

        /// <summary>Once <see cref="Step"/> has said that the search is over: the first node that is not before the key.</summary>
        public readonly byte* Found => _tooFar;

        /// <summary>One step to the right or down; false once the place is found.</summary>
        public bool Step(ReadOnlyMemory<byte> key, ulong sequence)
        {
            if (_level < 0)
                return false;

            if (_next != null && IsNextBefore(key, sequence))
            {
                _node = _next;
                Turn(Next(_node, _level));
                if (_next != _tooFar)
                    return true;
            }

            _tooFar = _next;
            Descend();
            return _level >= 0;
        }

        /// <summary>Keys that begin with a hash are told apart by their first words, and the rest of the key is not touched.</summary>
        private readonly bool IsNextBefore(ReadOnlyMemory<byte> key, ulong sequence)
        {
            if (_hasFirstWord && *(int*)(_next + 8) >= sizeof(ulong))
            {
                var word = Ordered(*(ulong*)(_next + HeaderBytes));
                if (word != _firstWord)
                    return word < _firstWord;
            }

            return IsBefore(_next, key.Span, sequence);
        }

        private void Descend()
        {
            while (--_level >= 0)
            {
                Turn(Next(_node, _level));
                if (_next != _tooFar)
                    return;
            }
        }

        private void Turn(byte* next)
        {
            _next = next;
            Prefetch(next);
        }
    }

    /// <summary>Fetches what a search looks at: the lowest links, and the header with the first bytes of the key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* node)
    {
        if (Sse.IsSupported && node != null)
        {
            Sse.Prefetch0(node - sizeof(nint));
            Sse.Prefetch0(node + HeaderBytes + sizeof(ulong));
        }
    }
}
