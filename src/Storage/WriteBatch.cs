namespace AkkaKv.Storage;

/// <summary>
/// Rows that take effect together or not at all. Not safe for several threads; may be used again after its commit has completed.
/// </summary>
/// <remarks>
/// Rows are encoded as they are added, in the very bytes that the commit log holds, so that committing copies each row once. Of two rows
/// with the same key the later one counts.
/// </remarks>
public sealed class WriteBatch
{
    /// <summary>The longest key, in bytes. The shortest is 1.</summary>
    public const int KeyLimitBytes = 65_535;

    /// <summary>The largest <see cref="ByteSize"/>.</summary>
    public const int LimitBytes = 256 << 20;

    /// <summary>The longest <see cref="Note"/>, in bytes.</summary>
    public const int NoteLimitBytes = 64 << 20;

    private byte[] _rows = [];
    private Range _lastKey;

    /// <summary>Rows in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>Size of the rows in the commit log, in bytes.</summary>
    public int ByteSize { get; private set; }

    /// <summary>
    /// What the commit log holds beside the rows and no table ever does, for <see cref="StorageOptions.NoteKeeper"/>; empty for nothing, at
    /// most <see cref="NoteLimitBytes"/>.
    /// </summary>
    public ReadOnlyMemory<byte> Note { get; set; }

    /// <summary>True while every key is greater than the one before.</summary>
    internal bool IsAscending { get; private set; } = true;

    internal ReadOnlySpan<byte> Rows => _rows.AsSpan(0, ByteSize);

    /// <summary>Sets the value of a key.</summary>
    /// <exception cref="ArgumentException">The key is empty or too long, or the batch would exceed <see cref="LimitBytes"/>.</exception>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var target = Reserve(key, value.Length);
        var length = WriteKey(target, RowKind.Put, key);
        length += Varint.Write(target[length..], (ulong)value.Length);
        value.CopyTo(target[length..]);
        Accept(length + value.Length);
    }

    /// <summary>Removes a key; does no harm if there is none.</summary>
    /// <exception cref="ArgumentException">The key is empty or too long, or the batch would exceed <see cref="LimitBytes"/>.</exception>
    public void Delete(ReadOnlySpan<byte> key) => Accept(WriteKey(Reserve(key, 0), RowKind.Delete, key));

    /// <summary>Empties the batch, its note too, and keeps its memory.</summary>
    public void Clear()
    {
        Count = 0;
        ByteSize = 0;
        IsAscending = true;
        Note = default;
    }

    private int WriteKey(Span<byte> target, RowKind kind, ReadOnlySpan<byte> key)
    {
        IsAscending = IsAscending && (Count == 0 || Rows[_lastKey].SequenceCompareTo(key) < 0);

        target[0] = (byte)kind;
        var length = 1 + Varint.Write(target[1..], (ulong)key.Length);
        key.CopyTo(target[length..]);
        _lastKey = (ByteSize + length)..(ByteSize + length + key.Length);
        return length + key.Length;
    }

    private Span<byte> Reserve(ReadOnlySpan<byte> key, int valueLength)
    {
        if (key.Length is 0 or > KeyLimitBytes)
            throw new ArgumentException($"A key has 1 to {KeyLimitBytes} bytes, not {key.Length}.", nameof(key));

        var needed = (long)ByteSize + 1 + key.Length + valueLength + 2 * Varint.MaxBytes;
        if (needed > LimitBytes)
            throw new ArgumentException($"A batch has at most {LimitBytes} bytes.");

        if (needed > _rows.Length)
            Array.Resize(ref _rows, (int)Math.Max(needed, Math.Min(LimitBytes, Math.Max(256L, 2L * _rows.Length))));
        return _rows.AsSpan(ByteSize);
    }

    private void Accept(int bytes)
    {
        ByteSize += bytes;
        Count++;
    }
}
