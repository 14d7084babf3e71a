using System.Buffers.Binary;

namespace AkkaKv.Storage;

/// <summary>
/// Walks the entries of one block. Throws <see cref="CorruptionException"/> where the content is not what a builder makes.
/// </summary>
internal sealed class BlockCursor
{
    private Block _block = null!;
    private int _restartCount;
    private int _entriesEnd;

    /// <summary>Where the current entry begins.</summary>
    private int _current;

    /// <summary>Where the entry after it begins.</summary>
    private int _next;

    private byte[] _key = new byte[64];
    private int _keyLength;
    private int _payloadStart;
    private int _payloadLength;

    /// <summary>The block it was turned to last.</summary>
    public Block Block => _block;

    public bool IsValid { get; private set; }

    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    public ReadOnlySpan<byte> Payload => Content.Slice(_payloadStart, _payloadLength);

    private ReadOnlySpan<byte> Content => _block.Span;

    /// <summary>Turns to a block and stands on its first entry.</summary>
    public void Load(Block block)
    {
        _block = block;
        _restartCount = block.RestartCount;
        _entriesEnd = Content.Length - 4 * (_restartCount + 1);
        MoveTo(0);
    }

    /// <summary>Goes to the first entry at or after a key.</summary>
    public void Seek(ReadOnlySpan<byte> key)
    {
        // The last restart point at or before the key lies in [low, high).
        var (low, high) = (0, _restartCount);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            MoveTo(RestartOffset(middle));
            if (Key.SequenceCompareTo(key) <= 0)
                low = middle;
            else
                high = middle;
        }

        MoveTo(_restartCount == 0 ? 0 : RestartOffset(low));
        while (IsValid && Key.SequenceCompareTo(key) < 0)
            MoveNext();
    }

    /// <summary>Goes to the last entry before a key; an empty key means the very last entry.</summary>
    public void SeekBefore(ReadOnlySpan<byte> key)
    {
        // The last restart point before the key lies in [low, high).
        var (low, high) = (0, _restartCount);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            MoveTo(RestartOffset(middle));
            if (key.IsEmpty || Key.SequenceCompareTo(key) < 0)
                low = middle;
            else
                high = middle;
        }

        // Entries cannot be read backward, so the walk goes one too far, and then again to the one before.
        var start = _restartCount == 0 ? 0 : RestartOffset(low);
        var last = -1;
        for (MoveTo(start); IsValid && (key.IsEmpty || Key.SequenceCompareTo(key) < 0); MoveNext())
            last = _current;
        WalkTo(start, last);
    }

    /// <summary>Goes to the entry before, by way of the last restart point before the current one.</summary>
    public void MovePrevious()
    {
        var (low, high) = (0, _restartCount);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (RestartOffset(middle) < _current)
                low = middle;
            else
                high = middle;
        }

        var (start, end, last) = (_restartCount == 0 ? 0 : RestartOffset(low), _current, -1);
        for (MoveTo(start); IsValid && _current < end; MoveNext())
            last = _current;
        WalkTo(start, last);
    }

    public void MoveNext()
    {
        _current = _next;
        IsValid = _next < _entriesEnd;
        if (!IsValid)
            return;

        try
        {
            Decode(Content[.._entriesEnd]);
        }
        catch (InvalidDataException how)
        {
            throw _block.Malformed(how.Message);
        }
    }

    private void Decode(ReadOnlySpan<byte> entries)
    {
        var shared = Varint.Read(entries, ref _next);
        var unshared = Varint.Read(entries, ref _next);
        var payload = Varint.Read(entries, ref _next);
        var left = (ulong)(entries.Length - _next);
        if (shared > (ulong)_keyLength || unshared > left || payload > left - unshared)
            throw new InvalidDataException("an entry is cut short");

        _keyLength = (int)(shared + unshared);
        if (_keyLength > _key.Length)
            Array.Resize(ref _key, Math.Max(_keyLength, 2 * _key.Length));
        entries.Slice(_next, (int)unshared).CopyTo(_key.AsSpan((int)shared));

        _payloadStart = _next + (int)unshared;
        _payloadLength = (int)payload;
        _next = _payloadStart + _payloadLength;
    }

    /// <summary>Goes to the entry that begins at an offset; nowhere if that is negative.</summary>
    private void WalkTo(int restart, int offset)
    {
        IsValid = false;
        if (offset < 0)
            return;

        MoveTo(restart);
        while (_current < offset)
            MoveNext();
    }

    private int RestartOffset(int index) => BinaryPrimitives.ReadInt32LittleEndian(Content[(_entriesEnd + 4 * index)..]);

    private void MoveTo(int offset)
    {
        if ((uint)offset > (uint)_entriesEnd)
            throw _block.Malformed("a restart point lies outside the block");

        _next = offset;
        _keyLength = 0;
        MoveNext();
    }
}
