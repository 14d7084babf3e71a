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

    /// <summary>Where the entry after the current one begins.</summary>
    private int _next;

    private byte[] _key = new byte[64];
    private int _keyLength;
    private int _payloadStart;
    private int _payloadLength;

    public bool IsValid { get; private set; }

    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    public ReadOnlySpan<byte> Payload => Content.Slice(_payloadStart, _payloadLength);

    private ReadOnlySpan<byte> Content => _block.Span;

    /// <summary>Turns to a block and stands on its first entry.</summary>
    public void Load(Block block)
    {
        _block = block;
        _restartCount = Content.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(Content[^4..]);
        if (_restartCount < 0 || _restartCount > Content.Length / 4 - 1)
            throw Malformed("the block has no restart points");

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

    public void MoveNext()
    {
        IsValid = _next < _entriesEnd;
        if (!IsValid)
            return;

        try
        {
            Decode(Content[.._entriesEnd]);
        }
        catch (InvalidDataException how)
        {
            throw Malformed(how.Message);
        }
    }

    /// <summary>What to throw when an entry's payload makes no sense.</summary>
    public CorruptionException Malformed(string how) => new(_block.File, _block.Offset, how);

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

    private int RestartOffset(int index) => BinaryPrimitives.ReadInt32LittleEndian(Content[(_entriesEnd + 4 * index)..]);

    private void MoveTo(int offset)
    {
        if ((uint)offset > (uint)_entriesEnd)
            throw Malformed("a restart point lies outside the block");

        _next = offset;
        _keyLength = 0;
        MoveNext();
    }
}
