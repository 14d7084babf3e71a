using System.Collections.Immutable;
using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>Merges records into this node's stores; the answer says when they are durable.</summary>
internal interface IRecordWriter
{
    /// <summary>Answered by <see cref="ReplicaStored"/> or <see cref="ReplicaRefusal"/>; never throws but for the cancellation.</summary>
    Task<ReplicaReply> StoreAsync(ReplicaStore store, CancellationToken cancellation);
}

/// <summary>The rows that this node holds, as they are at the time of each call; reads the disk on the calling thread.</summary>
internal interface IReplicaRows
{
    /// <summary>The rows of [from, until) in order; an empty until is no bound.</summary>
    IEnumerable<StorageRow> Scan(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until);

    /// <summary>The value under a row key; null for none.</summary>
    ReadOnlyMemory<byte>? Get(ReadOnlyMemory<byte> rowKey);
}

/// <summary>The rows of a node's stores.</summary>
/// <param name="stores">The low bits of a token choose one.</param>
internal sealed class StoreRows(ImmutableArray<IStorageEngine> stores) : IReplicaRows
{
    /// <inheritdoc/>
    public IEnumerable<StorageRow> Scan(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until) => StoreScan.Of(stores, from, until);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Get(ReadOnlyMemory<byte> rowKey) =>
        stores[(int)(RowKey.TokenOf(rowKey.Span).Value & (ulong)(stores.Length - 1))].Get(rowKey.Span);
}

/// <summary>
/// Answers the questions of exchanges from this node's tree and rows: those of peers, and the near side's of its own exchanges.
/// </summary>
/// <remarks>
/// Reads the disk on the calling thread, and completes only when what it has read fits the rate for that. Does not ask whether this node owns
/// a partition; whoever takes a peer's question does.
/// </remarks>
/// <param name="tree">The tree; null where none is kept.</param>
/// <param name="rows">The rows.</param>
/// <param name="writer">Takes records.</param>
/// <param name="disk">For bytes of rows that are read.</param>
internal sealed class RepairServer(MerkleTree? tree, IReplicaRows rows, IRecordWriter writer, IRepairPace disk) : INearSide
{
    /// <inheritdoc/>
    public async Task<ReplicaReply> AskAsync(RepairRequest request, CancellationToken cancellation)
    {
        try
        {
            if (Fault(request) is { } fault) return new ReplicaRefusal(RefusalReason.NotComparable, fault);
            return request switch
            {
                TreeQuery query => Hashes(query),
                LeafQuery query => await EntriesAsync(query, cancellation).ConfigureAwait(false),
                RecordQuery query => await RowsAsync(query, cancellation).ConfigureAwait(false),
                RecordPush push => await StoreAsync(push, cancellation).ConfigureAwait(false),
                EntryOffer offer => await LackingAsync(offer, cancellation).ConfigureAwait(false),
                _ => new ReplicaRefusal(RefusalReason.NotComparable, $"a {request.GetType().Name} has no answer"),
            };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new ReplicaRefusal(RefusalReason.Unreadable, e.Message);
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<Record?>> ReadAsync(IReadOnlyList<ReadOnlyMemory<byte>> rowKeys, CancellationToken cancellation)
    {
        try
        {
            return Task.FromResult(rowKeys.Select(Read).ToImmutableArray());
        }
        catch (Exception e)
        {
            throw new RepairException(new ReplicaRefusal(RefusalReason.Unreadable, e.Message));
        }

        Record? Read(ReadOnlyMemory<byte> rowKey) =>
            rows.Get(rowKey) is { } bytes ? RecordCodec.Decode(bytes) : null;
    }

    /// <summary>What is wrong with a question; null for nothing.</summary>
    private static string? Fault(RepairRequest request)
    {
        var range = request.Range;
        if (range.LeafBits > LeafDeltas.SliceBits || range.FromLeaf >= range.UntilLeaf || range.UntilLeaf > 1u << (int)range.LeafBits)
            return $"[{range.FromLeaf}, {range.UntilLeaf}) of 2^{range.LeafBits} leaves is no partition";
        return request switch
        {
            LeafQuery { Limit: 0 or > LeafQuery.MaximumLimit } query =>
                $"{query.Limit} entries are asked for, not 1 to {LeafQuery.MaximumLimit}",
            LeafQuery query when query.Leaves.Length > LeafQuery.MaximumLeaves || !IsWithin(query.Leaves, 0, range) =>
                "the leaves are too many, or not of the partition",
            RecordQuery query when query.Tokens.Length > RecordQuery.MaximumTokens || query.LimitBytes > RecordQuery.MaximumLimitBytes =>
                "too much is asked for at once",
            RecordPush push when push.Rows.Length > RecordPush.MaximumRows || push.Rows.Any(row => !IsOf(range, row)) =>
                "the rows are too many, or not of the partition",
            EntryOffer offer when offer.Tokens.Length != offer.Hashes.Length => "tokens and hashes are not of one number",
            _ => null,
        };
    }

    /// <summary>True if the nodes ascend and are of the partition alone.</summary>
    private static bool IsWithin(ImmutableArray<uint> nodes, int level, RepairRange range)
    {
        for (var i = 0; i < nodes.Length; i++)
        {
            if (i > 0 && nodes[i] <= nodes[i - 1]) return false;
            if ((ulong)nodes[i] << (2 * level) < range.FromLeaf || ((ulong)nodes[i] + 1) << (2 * level) > range.UntilLeaf) return false;
        }

        return true;
    }

    private static bool IsOf(RepairRange range, ReplicaRow row) =>
        RowKey.IsRecord(row.RowKey.Span)
        && new LeafShape((int)range.LeafBits).LeafOf(RowKey.TokenOf(row.RowKey.Span)) is var leaf
        && leaf >= range.FromLeaf && leaf < range.UntilLeaf;

    private ReplicaReply Hashes(TreeQuery query)
    {
        if (tree is null) return new ReplicaRefusal(RefusalReason.TreeNotReady, "this node keeps no trees");
        if (query.Range.LeafBits != tree.Shape.LeafBits)
        {
            return new ReplicaRefusal(
                RefusalReason.NotComparable, $"this node's trees have 2^{tree.Shape.LeafBits} leaves, not 2^{query.Range.LeafBits}");
        }

        if (query.Depth > Math.Min(TreeQuery.MaximumDepth, query.Level) || query.Level > tree.Shape.TopLevel
            || query.Nodes.Length > TreeQuery.MaximumHashes / TreeQuery.HashesPerNode((int)query.Depth)
            || !IsWithin(query.Nodes, (int)query.Level, query.Range))
        {
            return new ReplicaRefusal(RefusalReason.NotComparable, "the nodes are too many, or not of the partition");
        }

        if (!tree.IsWhole(new LeafRange((int)query.Range.FromLeaf, (int)query.Range.UntilLeaf)))
            return new ReplicaRefusal(RefusalReason.TreeNotReady, "the tree of the partition is being built");
        var each = TreeQuery.HashesPerNode((int)query.Depth);
        var hashes = ImmutableArray.CreateBuilder<uint>(query.Nodes.Length * each);
        foreach (var node in query.Nodes)
        {
            for (var place = 0; place < each; place++)
            {
                var hash = tree.HashOf((int)(query.Level - query.Depth), query.Depth == 0 ? (int)node : (int)node * each + place);
                var isUpperHalf = query.Depth == 0 ? place == 1 : query.IsUpperHalf;
                hashes.Add((uint)(isUpperHalf ? hash >> 32 : hash));
            }
        }

        return new TreeHashes(hashes.MoveToImmutable());
    }

    private async Task<LeafEntries> EntriesAsync(LeafQuery query, CancellationToken cancellation)
    {
        var shape = new LeafShape((int)query.Range.LeafBits);
        var entries = new EntryPage(query.Limit);
        foreach (var leaves in Adjacent(query.Leaves))
        {
            if (shape.StartOf(leaves.Until) is { } end && end.Value <= query.FromToken) continue;
            var (from, until) = shape.RowsOf(leaves);
            if (shape.StartOf(leaves.From)!.Value.Value < query.FromToken) from = RowKey.First(new Token(query.FromToken));
            if (!entries.Add(rows.Scan(from, until))) break;
        }

        await disk.SpendAsync(entries.BytesRead, cancellation).ConfigureAwait(false);
        return entries.Done();
    }

    private async Task<ReplicaReply> RowsAsync(RecordQuery query, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<ReplicaRow>();
        var bytes = 0L;
        foreach (var token in query.Tokens)
        {
            var from = RowKey.First(new Token(token));
            if (query.After.Length > 0 && from.AsSpan().SequenceCompareTo(query.After.Span) <= 0)
            {
                if (token < RowKey.TokenOf(query.After.Span).Value) continue;
                from = RowKey.After(query.After.Span);
            }

            var until = token == ulong.MaxValue ? [] : RowKey.First(new Token(token + 1));
            foreach (var row in rows.Scan(from, until).Where(row => RowKey.IsRecord(row.Key.Span)))
            {
                if (bytes >= query.LimitBytes && found.Count > 0) return await PageAsync(isEnd: false).ConfigureAwait(false);
                found.Add(new ReplicaRow(row.Key, row.Value));
                bytes += row.Key.Length + row.Value.Length;
            }
        }

        return await PageAsync(isEnd: true).ConfigureAwait(false);

        async Task<ReplicaReply> PageAsync(bool isEnd)
        {
            await disk.SpendAsync(bytes, cancellation).ConfigureAwait(false);
            return new ReplicaRows(found.ToImmutable(), isEnd);
        }
    }

    private async Task<ReplicaReply> StoreAsync(RecordPush push, CancellationToken cancellation)
    {
        var replies = await Task.WhenAll(push.Rows.Select(
            row => writer.StoreAsync(new ReplicaStore(RowKey.KeyOf(row.RowKey), row.Record), cancellation))).ConfigureAwait(false);
        return replies.FirstOrDefault(reply => reply is not ReplicaStored) ?? new ReplicaStored();
    }

    private async Task<ReplicaReply> LackingAsync(EntryOffer offer, CancellationToken cancellation)
    {
        var held = new EntryPage(uint.MaxValue);
        foreach (var token in offer.Tokens.Distinct())
        {
            var until = token == ulong.MaxValue ? [] : RowKey.First(new Token(token + 1));
            held.Add(rows.Scan(RowKey.First(new Token(token)), until));
        }

        await disk.SpendAsync(held.BytesRead, cancellation).ConfigureAwait(false);
        return new EntriesWanted(EntryDifference.Lacking(offer, held.Done()));
    }

    /// <summary>The leaves as ranges that are read at once.</summary>
    private static IEnumerable<LeafRange> Adjacent(ImmutableArray<uint> leaves)
    {
        for (var i = 0; i < leaves.Length;)
        {
            var first = i;
            for (i++; i < leaves.Length && leaves[i] == leaves[i - 1] + 1;) i++;
            yield return new LeafRange((int)leaves[first], (int)leaves[i - 1] + 1);
        }
    }
}
