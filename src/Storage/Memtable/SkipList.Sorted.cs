using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AkkaKv.Storage;

internal sealed unsafe partial class SkipList
{
    /// <summary>About as many as memory can fetch at once.</summary>
    public const int LaneCount = 8;

    /// <summary>Made when the first sorted batch comes.</summary>
    private Lane[]? _lanes;

    /// <summary>
    /// Adds rows of a batch in an order that <see cref="BatchOrder"/> has made, in several lanes at once, a step of each in turn. What a
    /// search costs in a large list is waiting for memory, one node after the other; while the next node of one lane is fetched, the
    /// others go on. REQUIRES: as <see cref="Insert"/>.
    /// </summary>
    public void InsertSorted(ReadOnlySpan<byte> batch, ReadOnlySpan<(int Offset, int Index)> order, ulong firstSequence)
    {
        _lanes ??= [.. Enumerable.Range(0, LaneCount).Select(_ => new Lane(this))];
        var perLane = (order.Length + LaneCount - 1) / LaneCount;
        Span<int> places = stackalloc int[LaneCount];
        for (var round = 0; round < perLane; round++)
        {
            var lanes = 0;
            for (var lane = 0; lane < LaneCount; lane++)
            {
                if (lane * perLane + round is var place && place < order.Length)
                    places[lanes++] = place;
            }

            InsertRound(batch, order, places[..lanes], firstSequence);
        }

        // The lanes may have linked rows right behind the finger of single insertions at some levels and not at others.
        for (var level = 0; level < MaxHeight; level++)
            _finger[level] = _head;
    }

    /// <summary>One row in each lane.</summary>
    private void InsertRound(
        ReadOnlySpan<byte> batch, ReadOnlySpan<(int Offset, int Index)> order, ReadOnlySpan<int> places, ulong firstSequence)
    {
        var rows = new RowBuffer();
        for (var lane = 0; lane < places.Length; lane++)
        {
            var (offset, index) = order[places[lane]];
            rows[lane] = SortedRow.At(batch, offset, firstSequence + (ulong)index);
            _lanes![lane].Begin(rows[lane].Key(batch), rows[lane].Sequence);
        }

        for (var isSearching = true; isSearching;)
        {
            isSearching = false;
            for (var lane = 0; lane < places.Length; lane++)
                isSearching |= _lanes![lane].Step(rows[lane].Key(batch), rows[lane].Sequence);
        }

        for (var lane = 0; lane < places.Length; lane++)
            _lanes![lane].End(rows[lane].Key(batch), rows[lane].Sequence, rows[lane].Kind, rows[lane].Value(batch));
    }

    /// <summary>
    /// Inserts one part of a sorted batch, with a finger of its own. Another lane may have inserted between finger and row since the finger
    /// was set, so it is brought up to date where the row is linked. It never has to go back: rows do not go.
    /// </summary>
    private sealed class Lane
    {
        private readonly SkipList _list;
        private readonly byte** _finger;
        private byte* _node;
        private byte* _next;
        private byte* _tooFar;
        private int _level;

        public Lane(SkipList list)
        {
            _list = list;
            _finger = (byte**)list._arena.Allocate(MaxHeight * sizeof(nint));
            for (var level = 0; level < MaxHeight; level++)
                _finger[level] = list._head;
        }

        /// <summary>Starts the search for a row's place.</summary>
        public void Begin(ReadOnlySpan<byte> key, ulong sequence)
        {
            _level = 0;
            if (_finger[0] != _list._head && !IsBefore(_finger[0], key, sequence))
                _level = _list._height;
            while (_level < _list._height && Next(_finger[_level], _level) is var next && next != null && IsBefore(next, key, sequence))
                _level++;

            var isAtTop = _level == _list._height;
            _node = isAtTop ? _list._head : _finger[_level];
            _tooFar = isAtTop ? null : Next(_node, _level);
            Descend();
        }

        /// <summary>One step to the right or down; false once the place is found.</summary>
        public bool Step(ReadOnlySpan<byte> key, ulong sequence)
        {
            if (_level < 0)
                return false;

            if (_next != null && IsBefore(_next, key, sequence))
            {
                _node = _next;
                Turn(Next(_node, _level));
                if (_next != _tooFar)
                    return true;
            }

            _tooFar = _next;
            _finger[_level] = _node;
            Descend();
            return _level >= 0;
        }

        /// <summary>Links the row at the place that was found.</summary>
        public void End(ReadOnlySpan<byte> key, ulong sequence, RowKind kind, ReadOnlySpan<byte> value)
        {
            var height = _list.RandomHeight();
            for (var level = 0; level < height; level++)
            {
                while (Next(_finger[level], level) is var next && next != null && IsBefore(next, key, sequence))
                    _finger[level] = next;
            }

            _list.Link(_finger, height, key, sequence, kind, value);
        }

        /// <summary>Goes down to the next level at which there is something to compare.</summary>
        private void Descend()
        {
            while (--_level >= 0)
            {
                Turn(Next(_node, _level));
                if (_next != _tooFar)
                    return;
                _finger[_level] = _node;
            }
        }

        private void Turn(byte* next)
        {
            _next = next;
            Prefetch(next);
        }
    }

    /// <summary>Where the parts of a row lie in its batch.</summary>
    private readonly record struct SortedRow(ulong Sequence, RowKind Kind, int KeyStart, int KeyLength, int ValueStart, int ValueLength)
    {
        public static SortedRow At(ReadOnlySpan<byte> batch, int offset, ulong sequence)
        {
            var row = new BatchRows(batch, offset);
            row.MoveNext();
            return new SortedRow(
                sequence, row.Kind, PlaceOf(batch, row.Key), row.Key.Length, row.Position - row.Value.Length, row.Value.Length);
        }

        private static int PlaceOf(ReadOnlySpan<byte> batch, ReadOnlySpan<byte> part) =>
            (int)Unsafe.ByteOffset(ref MemoryMarshal.GetReference(batch), ref MemoryMarshal.GetReference(part));

        public ReadOnlySpan<byte> Key(ReadOnlySpan<byte> batch) => batch.Slice(KeyStart, KeyLength);

        public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> batch) => batch.Slice(ValueStart, ValueLength);
    }

    [InlineArray(LaneCount)]
    private struct RowBuffer
    {
        private SortedRow _first;
    }
}
