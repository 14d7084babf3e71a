using System.Buffers.Binary;

namespace AkkaKv.Benchmarks;

/// <summary>A row that a read gave and that no write can have left there.</summary>
internal sealed class WrongRowException(string message) : Exception(message);

/// <summary>
/// What the store must hold: every key has a version that its one writer counts up, and what a version is (a value of 100 to 1,000 bytes, or
/// one time in 16 a deletion) follows from seed, key and version. So a read can tell a wrong row, a lost write and an old row from a right one
/// while writers are at work: it must give a version between the last one acknowledged before it began and the last one handed in before it
/// ended.
/// </summary>
internal sealed class VersionedRows(int rows, int seed)
{
    public const int ValueLimitBytes = 1_000;
    private const int ValueLeastBytes = 100;
    private const int DeletionEvery = 16;

    /// <summary>By key; written by the key's writer, read by any thread.</summary>
    private readonly int[] _handedIn = new int[rows];
    private readonly int[] _acknowledged = new int[rows];

    public int Count => rows;

    /// <summary>On the key's writer: the version that it hands in now.</summary>
    public int HandIn(int row)
    {
        var version = _handedIn[row] + 1;
        Volatile.Write(ref _handedIn[row], version);
        return version;
    }

    /// <summary>On the key's writer: the store has acknowledged what was handed in.</summary>
    public void Acknowledge(int row) => Volatile.Write(ref _acknowledged[row], _handedIn[row]);

    /// <summary>To be asked before a read begins; what it gives is to be passed to the check.</summary>
    public int Acknowledged(int row) => Volatile.Read(ref _acknowledged[row]);

    public bool IsDeletion(int row, int version) => version == 0 || Hash(row, version) % DeletionEvery == 0;

    /// <summary>Writes the value of a version; its length is the result.</summary>
    public int Value(int row, int version, Span<byte> value)
    {
        var state = Hash(row, version);
        var length = ValueLeastBytes + (int)((state >> 32) % (ValueLimitBytes - ValueLeastBytes + 1));
        value = value[..length];
        BinaryPrimitives.WriteInt32LittleEndian(value, version);

        // Half is random and half repeats that, so that blocks compress about as real ones do.
        var content = value[sizeof(int)..];
        var half = content[..(content.Length / 2)];
        new Random((int)state).NextBytes(half);
        half.CopyTo(content[half.Length..]);
        content[^1] = (byte)state;
        return length;
    }

    /// <summary>Checks what a read that began at an acknowledged version has given.</summary>
    /// <exception cref="WrongRowException">It cannot be.</exception>
    public void Check(int row, int acknowledged, ReadOnlyMemory<byte>? found, Span<byte> buffer)
    {
        var handedIn = Volatile.Read(ref _handedIn[row]);
        if (found is { } value)
            CheckValue(row, acknowledged, handedIn, value.Span, buffer);
        else if (!Enumerable.Range(acknowledged, handedIn - acknowledged + 1).Any(version => IsDeletion(row, version)))
            throw Wrong(row, acknowledged, handedIn, "absent");
    }

    private void CheckValue(int row, int acknowledged, int handedIn, ReadOnlySpan<byte> value, Span<byte> buffer)
    {
        if (value.Length < ValueLeastBytes)
            throw Wrong(row, acknowledged, handedIn, $"a value of {value.Length} bytes");

        var version = BinaryPrimitives.ReadInt32LittleEndian(value);
        if (version < acknowledged || version > handedIn || IsDeletion(row, version))
            throw Wrong(row, acknowledged, handedIn, $"version {version}");
        if (!value.SequenceEqual(buffer[..Value(row, version, buffer)]))
            throw Wrong(row, acknowledged, handedIn, $"other bytes than those of version {version}");
    }

    private WrongRowException Wrong(int row, int acknowledged, int handedIn, string found) =>
        new($"seed {seed}, key {row}: a read gave {found}; acknowledged was version {acknowledged}, handed in version {handedIn}");

    /// <summary>SplitMix64 (Steele, Lea and Flood, 2014) of seed, key and version.</summary>
    private ulong Hash(int row, int version)
    {
        var state = ((ulong)(uint)row << 32 | (uint)version) + (ulong)seed * 0x9E37_79B9_7F4A_7C15;
        state = (state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9;
        state = (state ^ (state >> 27)) * 0x94D0_49BB_1331_11EB;
        return state ^ (state >> 31);
    }
}
