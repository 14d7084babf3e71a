using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Counts what an exchange does.</summary>
internal sealed class ExchangeTally
{
    /// <summary>An item's fields on a lane around the message.</summary>
    private const int AroundBytes = 24;

    /// <summary>Tokens that differed.</summary>
    public long Differences { get; set; }

    /// <summary>Records sent.</summary>
    public long RecordsSent { get; private set; }

    /// <summary>Records fetched.</summary>
    public long RecordsReceived { get; private set; }

    /// <summary>Bytes sent.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Bytes received.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Counts a question and its answer; returns the bytes of both.</summary>
    public long Count(RepairRequest request, ReplicaReply reply)
    {
        var (sent, received) = (BytesOf(request), BytesOf(reply));
        BytesSent += sent;
        BytesReceived += received;
        if (request is RecordPush push && reply is ReplicaStored) RecordsSent += push.Rows.Length;
        if (reply is ReplicaRows rows) RecordsReceived += rows.Rows.Length;
        return sent + received;
    }

    /// <summary>The report of an exchange that ended.</summary>
    public ExchangeReport Report(ReplicaRefusal? refusal) => new()
    {
        Outcome = refusal is not null ? ExchangeOutcome.Failed : Differences == 0 ? ExchangeOutcome.Equal : ExchangeOutcome.Mended,
        Detail = refusal is null ? "" : $"{refusal.Reason}: {refusal.Detail}",
        Refusal = refusal?.Reason,
        Differences = Differences,
        RecordsSent = RecordsSent,
        RecordsReceived = RecordsReceived,
        BytesSent = BytesSent,
        BytesReceived = BytesReceived,
    };

    /// <summary>About the bytes of a message on a lane, without encoding it.</summary>
    private static long BytesOf(IProtocolMessage message) => AroundBytes + message switch
    {
        TreeQuery query => 12 + 3L * query.Nodes.Length,
        LeafQuery query => 24 + 3L * query.Leaves.Length,
        RecordQuery query => 16 + 8L * query.Tokens.Length + query.After.Length,
        RecordPush push => 12 + push.Rows.Sum(BytesOf),
        EntryOffer offer => 12 + 16L * offer.Tokens.Length,
        TreeHashes hashes => 4L * hashes.Hashes.Length,
        LeafEntries entries => 12 + 16L * entries.Tokens.Length,
        EntriesWanted wanted => 8L * wanted.Tokens.Length,
        ReplicaRows rows => 4 + rows.Rows.Sum(BytesOf),
        ReplicaRefusal refusal => 8 + refusal.Detail.Length,
        _ => 0,
    };

    private static long BytesOf(ReplicaRow row) => 8 + row.RowKey.Length + row.Record.Length;
}
