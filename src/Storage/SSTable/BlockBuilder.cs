using System.Buffers;
using System.Buffers.Binary;

namespace AkkaKv.Storage;

/// <summary>
/// Builds the content of a block: entries of a key and a payload in ascending order of keys. A key leaves out what it shares with the key
/// before it, except at the restart points, whose offsets end the block so that a reader can search by halves.
/// </summary>
internal sealed class BlockBuilder
{
    private readonly int _restartInterval;
    private readonly ArrayBufferWriter<byte> _content = new();
    private readonly List<int> _restarts = [];
    private byte[] _lastKey = new byte[64];
    private int _lastKeyLength;

    public BlockBuilder(int restartInterval) => _restartInterval = restartInterval;

    public int Count { get; private set; }

    /// <summary>Bytes of the entries so far.</summary>
    public int Bytes => _content.WrittenCount;

    public ReadOnlySpan<byte> LastKey => _lastKey.AsSpan(0, _lastKeyLength);

    /// <summary>Adds an entry whose payload is the two parts in sequence. REQUIRES: the key is greater than the last one.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> payloadTail = default)
    {
        var shared = 0;
        if (Count % _restartInterval == 0)
            _restarts.Add(Bytes);
        else
            shared = LastKey.CommonPrefixLength(key);

        var rest = key[shared..];
        var payloadBytes = payload.Length + payloadTail.Length;
        var target = _content.GetSpan(3 * Varint.MaxBytes + rest.Length + payloadBytes);
        var length = Varint.Write(target, (ulong)shared);
        length += Varint.Write(target[length..], (ulong)rest.Length);
        length += Varint.Write(target[length..], (ulong)payloadBytes);
        rest.CopyTo(target[length..]);
        payload.CopyTo(target[(length + rest.Length)..]);
        payloadTail.CopyTo(target[(length + rest.Length + payload.Length)..]);
        _content.Advance(length + rest.Length + payloadBytes);

        RememberKey(key);
        Count++;
    }

    /// <summary>Ends the block; the content is valid until <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        _restarts.Add(_restarts.Count);
        foreach (var number in _restarts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_content.GetSpan(4), number);
            _content.Advance(4);
        }

        return _content.WrittenSpan;
    }

    public void Clear()
    {
        _content.ResetWrittenCount();
        _restarts.Clear();
        Count = 0;
    }

    private void RememberKey(ReadOnlySpan<byte> key)
    {
        if (key.Length > _lastKey.Length)
            _lastKey = new byte[Math.Max(key.Length, 2 * _lastKey.Length)];
        key.CopyTo(_lastKey);
        _lastKeyLength = key.Length;
    }
}
