using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>What a reader has seen of one key; a client carries it as an opaque token (<see cref="ContextSeal"/>).</summary>
/// <param name="Vector">All that was seen.</param>
/// <param name="KeyToken">The token of the key it was seen of.</param>
/// <param name="PurgeNumber">The partition's purge number at that time.</param>
public sealed record CausalContext(VersionVector Vector, Token KeyToken, ulong PurgeNumber);

/// <summary>What came of opening a context token.</summary>
public enum ContextVerdict
{
    /// <summary>Ours, and of this key.</summary>
    Genuine,

    /// <summary>Not made by this cluster, damaged, or too long.</summary>
    Forged,

    /// <summary>Ours, of another key.</summary>
    OtherKey,

    /// <summary>Ours, and names a replica of a ring newer than the one at hand.</summary>
    NewerRing,
}

/// <summary>
/// Makes context tokens and opens them again. A token carries a checksum keyed with the ring's context key, which no client is given, so
/// whatever opens was made by a node of this cluster, for the key that it names.
/// </summary>
/// <remarks>
/// Layout: version (1 byte, 1), key token (8, little endian), then varints: purge number, number of entries, and per entry the place of
/// the replica in the ring's list of all replicas ever, epoch, counter; then the first 8 bytes of HMAC-SHA-256 over all before.
/// </remarks>
public sealed class ContextSeal
{
    /// <summary>Limit of a token, in bytes: room for over 200 entries.</summary>
    public const int MaximumBytes = 4096;

    private const byte FormatVersion = 1;
    private const int ChecksumBytes = 8;

    /// <summary>Version, key token, purge number and number of entries at their longest.</summary>
    private const int HeadBytes = 1 + 8 + 10 + 5;

    /// <summary>Place, epoch and counter at their longest.</summary>
    private const int EntryBytes = 5 + 5 + 10;

    private readonly byte[] _key;
    private readonly ImmutableArray<ReplicaId> _replicas;

    /// <summary>A seal with the ring's key and its list of replicas, which only ever grows at its end.</summary>
    public ContextSeal(ReadOnlySpan<byte> key, ImmutableArray<ReplicaId> replicas)
    {
        _key = key.ToArray();
        _replicas = replicas;
    }

    /// <summary>The token that a client carries.</summary>
    public ReadOnlyMemory<byte> Seal(CausalContext context)
    {
        // Every write and every read makes one, so it is made on the stack.
        var entries = context.Vector.Entries;
        var longest = HeadBytes + (entries.Length * EntryBytes) + HMACSHA256.HashSizeInBytes;
        var buffer = longest <= 1024 ? stackalloc byte[longest] : new byte[longest];
        buffer[0] = FormatVersion;
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[1..], context.KeyToken.Value);
        var length = 1 + sizeof(ulong);
        Append(buffer, context.PurgeNumber, ref length);
        Append(buffer, (ulong)entries.Length, ref length);
        foreach (var entry in entries)
        {
            var place = _replicas.IndexOf(entry.Actor.Replica);
            if (place < 0) throw new InvalidOperationException($"The ring at hand does not know replica {entry.Actor.Replica} of a stored vector.");
            Append(buffer, (ulong)place, ref length);
            Append(buffer, entry.Actor.Epoch, ref length);
            Append(buffer, entry.Counter, ref length);
        }

        HMACSHA256.HashData(_key, buffer[..length], buffer[length..]);
        return buffer[..(length + ChecksumBytes)].ToArray();
    }

    /// <summary>Opens a token that came with a request for a key.</summary>
    public ContextVerdict Open(ReadOnlyMemory<byte> token, Token key, out CausalContext context)
    {
        context = new CausalContext(VersionVector.Empty, key, 0);
        if (token.Length is < 1 + 8 + 2 + ChecksumBytes or > MaximumBytes || token.Span[0] != FormatVersion) return ContextVerdict.Forged;

        var body = token[..^ChecksumBytes].ToArray();
        var checksum = HMACSHA256.HashData(_key, body).AsSpan(0, ChecksumBytes);
        if (!CryptographicOperations.FixedTimeEquals(checksum, token.Span[^ChecksumBytes..])) return ContextVerdict.Forged;

        // From here on the bytes are our own.
        var input = new CodedInputStream(body, 1, body.Length - 1);
        var sealedKey = new Token(input.ReadFixed64());
        if (sealedKey != key) return ContextVerdict.OtherKey;
        var purgeNumber = input.ReadUInt64();
        var entries = new List<VectorEntry>();
        for (var left = input.ReadUInt32(); left > 0; left--)
        {
            var place = input.ReadUInt32();
            var epoch = input.ReadUInt32();
            var counter = input.ReadUInt64();
            if (place >= _replicas.Length) return ContextVerdict.NewerRing;
            entries.Add(new VectorEntry(new VersionActor(_replicas[(int)place], epoch), counter));
        }

        context = new CausalContext(VersionVector.Of(entries), key, purgeNumber);
        return ContextVerdict.Genuine;
    }

    private static void Append(Span<byte> buffer, ulong number, ref int length)
    {
        for (; number >= 0x80; number >>= 7) buffer[length++] = (byte)(number | 0x80);
        buffer[length++] = (byte)number;
    }
}
