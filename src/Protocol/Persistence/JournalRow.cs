using System.Collections.Immutable;
using AkkaKv.Protocol.PersistenceWire;
using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>One version of a row of the journal: who claims the row, and what was put forward for it so far.</summary>
/// <param name="Promised">The claim of whoever wrote this version.</param>
/// <param name="Accepted">The claim under which the entry was put forward; <see cref="LogClaim.None"/> where there is none.</param>
/// <param name="Entry">The events; null where there are none.</param>
internal sealed record JournalRow(LogClaim Promised, LogClaim Accepted, Entry? Entry)
{
    /// <summary>The bytes that are kept.</summary>
    public byte[] Encode() => new PersistenceWire.JournalRow
    {
        Promised = ToWire(Promised),
        Accepted = Entry is null ? null : ToWire(Accepted),
        Entry = Entry,
    }.ToByteArray();

    /// <summary>Reads what <see cref="Encode"/> wrote; throws <see cref="InvalidDataException"/> for anything else.</summary>
    public static JournalRow Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var row = PersistenceWire.JournalRow.Parser.ParseFrom(bytes.Span);
            return row.Promised is null || (row.Entry is null) != (row.Accepted is null)
                ? throw new InvalidDataException("A row of the journal has no claim, or half of an entry.")
                : new JournalRow(FromWire(row.Promised), row.Accepted is null ? LogClaim.None : FromWire(row.Accepted), row.Entry);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"A row of the journal cannot be read: {e.Message}", e);
        }
    }

    private static PersistenceWire.Claim ToWire(LogClaim claim) =>
        new() { Generation = claim.Generation, Writer = ByteString.CopyFrom(claim.Writer.ToByteArray(bigEndian: true)) };

    private static LogClaim FromWire(PersistenceWire.Claim claim) => claim.Writer.Length == 16
        ? new LogClaim(claim.Generation, new Guid(claim.Writer.Span, bigEndian: true))
        : throw new InvalidDataException($"A claim in a row of the journal has {claim.Writer.Length} bytes of writer, not 16.");
}

/// <summary>What a read of a row shows: the versions that nothing seen supersedes, and the context to supersede exactly them.</summary>
internal sealed record RowState(ImmutableArray<JournalRow> Versions, ReadOnlyMemory<byte> Context)
{
    /// <summary>A row that is not there, and was not asked for either.</summary>
    public static RowState Unseen { get; } = new([], ReadOnlyMemory<byte>.Empty);

    /// <summary>The greatest claim.</summary>
    public LogClaim Promised => Versions.IsEmpty ? LogClaim.None : Versions.Max(version => version.Promised);

    /// <summary>The entry that was put forward under the greatest claim: what is agreed on, if anything is. Null if there is none.</summary>
    public JournalRow? Accepted => Versions.Where(version => version.Entry is not null).MaxBy(version => version.Accepted);

    /// <summary>What a reply shows.</summary>
    public static RowState Of(ClientReply reply) => reply switch
    {
        Found found => new RowState(
            [.. found.Versions.Where(version => !version.IsDeleted).Select(version => JournalRow.Decode(version.Value))], found.Context),
        NotFound notFound => new RowState([], notFound.Context),
        RequestFailure failure => throw new AkkaKvException(failure),
        _ => throw new InvalidOperationException($"{reply.GetType().Name} is no answer to a read."),
    };
}

/// <summary>Where a log begins and ends, as far as it was noted. Each number only grows.</summary>
/// <param name="Highest">A row that is agreed on ends here.</param>
/// <param name="DeletedTo">Events up to here are deleted.</param>
/// <param name="PurgedTo">Rows up to here are removed.</param>
/// <param name="Generation">No row up to <paramref name="Highest"/> has a greater one.</param>
internal readonly record struct JournalHead(long Highest, long DeletedTo, long PurgedTo, ulong Generation)
{
    /// <summary>The greater of each.</summary>
    public JournalHead Merge(JournalHead other) => new(
        Math.Max(Highest, other.Highest), Math.Max(DeletedTo, other.DeletedTo), Math.Max(PurgedTo, other.PurgedTo),
        Math.Max(Generation, other.Generation));

    /// <summary>The bytes that are kept.</summary>
    public byte[] Encode() =>
        new PersistenceWire.JournalHead { Highest = Highest, DeletedTo = DeletedTo, PurgedTo = PurgedTo, Generation = Generation }.ToByteArray();

    /// <summary>Reads what <see cref="Encode"/> wrote; throws <see cref="InvalidDataException"/> for anything else.</summary>
    public static JournalHead Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var head = PersistenceWire.JournalHead.Parser.ParseFrom(bytes.Span);
            return new JournalHead(head.Highest, head.DeletedTo, head.PurgedTo, head.Generation);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"The head of a journal cannot be read: {e.Message}", e);
        }
    }
}
