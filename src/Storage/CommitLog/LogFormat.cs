using System.Buffers.Binary;
using System.IO.Hashing;

namespace AkkaKv.Storage;

/// <summary>What a record is. The numbers are on disk: never change one.</summary>
internal enum LogRecordKind : byte
{
    /// <summary>In a commit log: one batch.</summary>
    Batch = 1,

    /// <summary>In a commit log: the store was closed in order; nothing follows.</summary>
    Closed = 2,

    /// <summary>In a manifest: one version edit.</summary>
    Edit = 3,

    /// <summary>In a commit log: all rows that follow are in younger logs.</summary>
    Sealed = 4,

    /// <summary>In a commit log: one batch with its note. Only from <see cref="LogFormat.NotedVersion"/> on.</summary>
    NotedBatch = 5,
}

/// <summary>
/// The bytes of a file of records, which commit logs and manifests share; FORMAT.md has the table. A checksum is XxHash3 (64 bits; one of
/// the fastest hashes that the runtime's own library has) seeded with the file's number and the record's offset, so a record is valid
/// only where it was written: neither a block that landed in the wrong place, nor a value that quotes a log, nor what an earlier log
/// left in the space of this one can pass for a record.
/// </summary>
internal static class LogFormat
{
    public const int FileHeaderBytes = 40;
    public const int RecordHeaderBytes = 21;
    public const int BatchHeaderBytes = 12;

    /// <summary>What is written, but for logs that may hold notes.</summary>
    public const uint Version = 2;

    /// <summary>Version 2 and batches with notes: the logs of a store that has a keeper of notes.</summary>
    public const uint NotedVersion = 3;

    /// <summary>No hash of record headers, no seals, and a file ends where its last record does. Only read.</summary>
    public const uint FirstVersion = 1;

    private const int VersionOffset = 8;

    /// <summary>Bytes of a record before its body.</summary>
    public static int HeaderBytesOf(uint version) => version == FirstVersion ? 17 : RecordHeaderBytes;

    /// <summary>The last kind of record that a version knows.</summary>
    public static LogRecordKind LastKindOf(uint version) => version switch
    {
        FirstVersion => LogRecordKind.Edit,
        Version => LogRecordKind.Sealed,
        _ => LogRecordKind.NotedBatch,
    };

    public static void WriteFileHeader(Span<byte> header, FileKind kind, uint version, ulong number, ulong firstSequence)
    {
        Magic(kind).CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[VersionOffset..], version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], number);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], firstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], Checksum(header[..32], number, 0));
    }

    /// <summary>False if the bytes are not the header of file <paramref name="number"/>.</summary>
    /// <exception cref="UnsupportedFormatException">They are one, of a version from the future.</exception>
    public static bool TryReadFileHeader(
        ReadOnlySpan<byte> file, FileKind kind, ulong number, string path, out uint version, out ulong firstSequence)
    {
        (version, firstSequence) = (0, 0);
        if (file.Length < FileHeaderBytes
            || !file[..8].SequenceEqual(Magic(kind))
            || BinaryPrimitives.ReadUInt64LittleEndian(file[32..]) != Checksum(file[..32], number, 0))
            return false;

        version = BinaryPrimitives.ReadUInt32LittleEndian(file[VersionOffset..]);
        if (version < FirstVersion || version > (kind == FileKind.Log ? NotedVersion : Version))
            throw new UnsupportedFormatException(path, $"format version {version}");

        firstSequence = BinaryPrimitives.ReadUInt64LittleEndian(file[24..]);
        return true;
    }

    /// <summary>
    /// Of which versions records may be behind a header that is not intact. A search for those of the first one costs the square of what an
    /// earlier log has left, so it is not made where this release has begun a file.
    /// </summary>
    public static ReadOnlySpan<uint> VersionsBehindDamage(ReadOnlySpan<byte> file) =>
        file.Length >= FileHeaderBytes && BinaryPrimitives.ReadUInt32LittleEndian(file[VersionOffset..]) is Version or NotedVersion
            ? [NotedVersion]
            : [NotedVersion, FirstVersion];

    public static ulong Checksum(ReadOnlySpan<byte> bytes, ulong number, long offset) =>
        XxHash3.HashToUInt64(bytes, unchecked((long)(number << 40) + offset));

    private static ReadOnlySpan<byte> Magic(FileKind kind) => kind == FileKind.Log ? "AkkaKvL\n"u8 : "AkkaKvM\n"u8;
}
