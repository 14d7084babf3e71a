using System.Buffers;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>
/// The leaves of one store: leaf = xor of the hashes of the records of its slice of the token space. Kept up by the notes of the commit log,
/// so that a start reads no row: what was kept last, and the notes after it.
/// </summary>
/// <remarks>
/// <para>Invariant: a block that is not in doubt is exactly what the rows up to <see cref="Sequence"/> give. Whatever may have changed rows
/// without notes (damage to the file, a log without notes, a dropped range) puts blocks into doubt, durably where it must be; a check against
/// the rows (<see cref="LeafCheck"/>) takes them out again.</para>
/// <para>Why the store's log thread keeps them up and not the storage actor: only there nothing is between a batch that is durable and its
/// sequence, so what is kept is the leaves of one row exactly.</para>
/// <para>Any thread. The lock is held for a batch's changes, or to copy the leaves (8 MiB of them, 1 to 3 ms, for each memtable that is
/// flushed).</para>
/// </remarks>
internal sealed class LeafTable : INoteKeeper
{
    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly Lock _gate = new();
    private readonly Lock _keeping = new();

    private readonly List<(uint Slice, ulong Delta)> _deltas = [];
    private readonly bool[] _changed;
    private ulong[] _leaves;
    private bool[] _doubtful;
    private bool _isLoaded;
    private bool _isDropping;
    private bool _isKept;
    private ulong _keptSequence;
    private ulong _takenSequence;
    private LeafWatch? _watch;
    private int _nextCheck;

    /// <summary>The leaves of the store in a directory; they are loaded when the store is opened with this as its keeper.</summary>
    public LeafTable(IFileSystem files, string directory, LeafShape shape)
    {
        _files = files;
        _directory = directory;
        Shape = shape;
        _leaves = new ulong[shape.Leaves];
        _doubtful = new bool[shape.Blocks];
        _changed = new bool[shape.Blocks];
    }

    /// <summary>How the token space is cut.</summary>
    public LeafShape Shape { get; }

    /// <summary>The last row that is in the leaves.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>Blocks that may be wrong until they are checked.</summary>
    public int DoubtfulBlocks
    {
        get
        {
            lock (_gate) return _doubtful.Count(isDoubtful => isDoubtful);
        }
    }

    /// <summary>True while a block may be wrong.</summary>
    public bool IsDoubtful(int block)
    {
        lock (_gate) return _doubtful[block];
    }

    /// <summary>Adds the leaves from one on to what is in the span, by xor.</summary>
    public void AddTo(int from, Span<ulong> sums)
    {
        lock (_gate)
        {
            var leaves = _leaves.AsSpan(from, sums.Length);
            for (var i = 0; i < sums.Length; i++) sums[i] ^= leaves[i];
        }
    }

    /// <summary>True if a leaf of the block has changed since this was asked last. For one asker.</summary>
    public bool TakeChanged(int block)
    {
        lock (_gate)
        {
            var changed = _changed[block];
            _changed[block] = false;
            return changed;
        }
    }

    /// <inheritdoc/>
    public void Begin(ulong goneSequence)
    {
        lock (_gate)
        {
            if (!_isLoaded) Load();
            _takenSequence = Math.Max(_takenSequence, goneSequence);
            if (_keptSequence >= goneSequence) return;
            DoubtAll();
            Sequence = Math.Max(Sequence, goneSequence);
        }
    }

    /// <inheritdoc/>
    public void Take(ulong lastSequence, ReadOnlySpan<byte> note)
    {
        lock (_gate)
        {
            _takenSequence = lastSequence;
            if (lastSequence <= Sequence) return;
            Sequence = lastSequence;
            // Whoever wrote a note that cannot be read knew more than this release; the rows are right all the same.
            if (!LeafDeltas.TryRead(note, _deltas)) DoubtAll();
            foreach (var (slice, delta) in _deltas)
            {
                var leaf = Shape.LeafOf(slice);
                _watch?.Add(lastSequence, leaf, delta);
                Change(leaf, delta);
            }
        }
    }

    /// <inheritdoc/>
    public void Keep() => TryKeep();

    /// <summary>Makes the leaves durable; false if the disk refuses, and what was kept before counts on.</summary>
    public bool TryKeep()
    {
        lock (_keeping)
        {
            LeafImage image;
            lock (_gate)
            {
                // The store was opened with fewer rows than were kept: a power loss took what was never acknowledged.
                if (_takenSequence < Sequence)
                {
                    DoubtAll();
                    Sequence = _takenSequence;
                }

                if (_isKept && _keptSequence == Sequence) return true;
                var copy = ArrayPool<ulong>.Shared.Rent(_leaves.Length);
                _leaves.CopyTo(copy, 0);
                image = new LeafImage(Shape, Sequence, _nextCheck, [.. _doubtful], copy);
                _isKept = true;
            }

            try
            {
                LeafFile.Write(_files, _directory, image);
                _keptSequence = image.Sequence;
                return true;
            }
            catch (IOException)
            {
                lock (_gate) _isKept = false;
                return false;
            }
            finally
            {
                ArrayPool<ulong>.Shared.Return(image.Leaves);
            }
        }
    }

    /// <inheritdoc/>
    public void Dropping(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until)
    {
        lock (_gate)
        {
            var first = BlockOf(from.Span, 0);
            var last = BlockOf(until.Span, Shape.Blocks - 1);
            for (var block = first; block <= last; block++) _doubtful[block] = true;
            (_isDropping, _isKept, _watch) = (true, false, null);
        }

        if (!TryKeep()) throw new IOException($"The leaves of {_directory} cannot be written.");
    }

    /// <inheritdoc/>
    public void Dropped()
    {
        lock (_gate) _isDropping = false;
    }

    /// <summary>The first block in doubt that is not passed over; null if there is none, or a range is being dropped.</summary>
    public int? NextDoubtful(Func<int, bool> isPassedOver)
    {
        lock (_gate)
        {
            for (var block = 0; block < _doubtful.Length && !_isDropping; block++)
            {
                if (_doubtful[block] && !isPassedOver(block)) return block;
            }

            return null;
        }
    }

    /// <summary>The block behind the one that this gave last; it goes round, and on after a restart.</summary>
    public int NextInTurn()
    {
        lock (_gate)
        {
            var block = _nextCheck;
            _nextCheck = (block + 1) % Shape.Blocks;
            return block;
        }
    }

    /// <summary>Begins to watch a block for a check against its rows; null while a range is being dropped.</summary>
    public LeafWatch? Watch(int block)
    {
        lock (_gate)
        {
            if (_isDropping) return null;
            var leaves = _leaves.AsSpan(block * Shape.BlockLeaves, Shape.BlockLeaves).ToArray();
            return _watch = new LeafWatch(block, block * Shape.BlockLeaves, Sequence, leaves);
        }
    }

    /// <summary>What the leaves of a watched block were at a row; the watch stops noting changes. Null if it was given up meanwhile.</summary>
    /// <param name="watch">The watch.</param>
    /// <param name="sequence">The last row that counts; not before <see cref="LeafWatch.Sequence"/>.</param>
    public ulong[]? At(LeafWatch watch, ulong sequence)
    {
        lock (_gate) return _watch == watch ? watch.At(sequence) : null;
    }

    /// <summary>Corrects a watched block by what it was found to be off, and takes it out of doubt.</summary>
    /// <returns>Leaves that were wrong; null if the watch was given up meanwhile and nothing was done.</returns>
    public int? Correct(LeafWatch watch, ReadOnlySpan<ulong> off)
    {
        lock (_gate)
        {
            if (_watch != watch) return null;
            _watch = null;
            var wrong = 0;
            for (var i = 0; i < off.Length; i++)
            {
                if (off[i] == 0) continue;
                wrong++;
                Change(watch.FirstLeaf + i, off[i]);
            }

            if (wrong > 0 || _doubtful[watch.Block]) _isKept = false;
            _doubtful[watch.Block] = false;
            return wrong;
        }
    }

    /// <summary>Gives a watch up.</summary>
    public void Abandon(LeafWatch watch)
    {
        lock (_gate)
        {
            if (_watch == watch) _watch = null;
        }
    }

    private void Change(int leaf, ulong delta)
    {
        _leaves[leaf] ^= delta;
        _changed[leaf / Shape.BlockLeaves] = true;
    }

    private void Load()
    {
        _isLoaded = true;
        if (LeafFile.Read(_files, _directory, Shape) is not { } image) return;
        (_leaves, _doubtful, _nextCheck) = (image.Leaves, image.Doubtful, image.NextCheck);
        Array.Fill(_changed, true);
        Sequence = _keptSequence = image.Sequence;
        _isKept = true;
    }

    private void DoubtAll()
    {
        Array.Fill(_doubtful, true);
        (_isKept, _watch) = (false, null);
    }

    private int BlockOf(ReadOnlySpan<byte> rowKey, int ifUnbounded)
    {
        if (rowKey.IsEmpty) return ifUnbounded;
        Span<byte> token = stackalloc byte[RowKey.TokenBytes];
        rowKey[..Math.Min(rowKey.Length, token.Length)].CopyTo(token);
        return Shape.LeafOf(RowKey.TokenOf(token)) / Shape.BlockLeaves;
    }
}

/// <summary>A block of leaves as it was at one row, and what has changed in it since.</summary>
/// <param name="block">The block.</param>
/// <param name="firstLeaf">Its first leaf.</param>
/// <param name="sequence">The row.</param>
/// <param name="leaves">The leaves at that row.</param>
internal sealed class LeafWatch(int block, int firstLeaf, ulong sequence, ulong[] leaves)
{
    private List<(ulong Sequence, int Leaf, ulong Delta)>? _changes = [];

    /// <summary>The block.</summary>
    public int Block { get; } = block;

    /// <summary>Its first leaf.</summary>
    public int FirstLeaf { get; } = firstLeaf;

    /// <summary>The row from which on changes are known.</summary>
    public ulong Sequence { get; } = sequence;

    /// <summary>A leaf changes. REQUIRES: the table's lock.</summary>
    public void Add(ulong sequence, int leaf, ulong delta)
    {
        if (leaf >= FirstLeaf && leaf < FirstLeaf + leaves.Length) _changes?.Add((sequence, leaf, delta));
    }

    /// <summary>The leaves at a row; nothing is noted any more. REQUIRES: the table's lock.</summary>
    public ulong[] At(ulong sequence)
    {
        foreach (var change in _changes ?? [])
        {
            if (change.Sequence <= sequence) leaves[change.Leaf - FirstLeaf] ^= change.Delta;
        }

        _changes = null;
        return leaves;
    }
}
