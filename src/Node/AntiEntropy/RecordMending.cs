using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// The last step of an exchange: of tokens that differ, fetches the peer's records, merges, keeps here what is new here and sends the peer
/// what is new to it.
/// </summary>
/// <remarks>What the peer holds newer goes one way, what it holds older is fetched for nothing, what is concurrent goes both ways; a record that
/// only one side has goes once.</remarks>
/// <param name="near">This node.</param>
/// <param name="askFar">Asks the peer, counted and paced.</param>
/// <param name="range">The partition.</param>
/// <param name="mode">Which way records go.</param>
/// <param name="cancellation">Ends it early.</param>
internal sealed class RecordMending(
    INearSide near, Func<RepairRequest, Task<ReplicaReply>> askFar, RepairRange range, ExchangeMode mode, CancellationToken cancellation)
{
    private readonly RowBundle _toStore = new();
    private readonly RowBundle _toSend = new();

    /// <summary>Mends tokens; what was sent and fetched is durable on both sides when it completes.</summary>
    /// <param name="wanted">Tokens under which the peer holds a record that this node does not, ascending.</param>
    /// <param name="offered">The other way round.</param>
    public async Task MendAsync(ImmutableArray<ulong> wanted, ImmutableArray<ulong> offered)
    {
        // In slices of tokens, so that what was fetched of one need not be remembered beyond it.
        ulong[] tokens = [.. wanted.Union(offered).Order()];
        foreach (var slice in tokens.Chunk(RecordQuery.MaximumTokens))
        {
            var fetched = await FetchAsync([.. slice.Where(token => wanted.BinarySearch(token) >= 0)]).ConfigureAwait(false);
            if (mode == ExchangeMode.Pull) continue;
            await SendOthersAsync([.. slice.Where(token => offered.BinarySearch(token) >= 0)], fetched).ConfigureAwait(false);
        }

        await StoreAsync().ConfigureAwait(false);
        await SendAsync().ConfigureAwait(false);
    }

    /// <summary>Fetches the peer's records of tokens and merges them with those here. Returns their row keys.</summary>
    private async Task<HashSet<ReadOnlyMemory<byte>>> FetchAsync(ImmutableArray<ulong> tokens)
    {
        var fetched = new HashSet<ReadOnlyMemory<byte>>(RowKeys.Instance);
        ReadOnlyMemory<byte> after = default;
        for (var isEnd = tokens.IsEmpty; !isEnd;)
        {
            var page = PartitionExchange.Expect<ReplicaRows>(
                await askFar(new RecordQuery(range, tokens, after, RecordQuery.MaximumLimitBytes)).ConfigureAwait(false));
            isEnd = page.IsEnd || page.Rows.IsEmpty;
            if (page.Rows.IsEmpty) break;
            after = page.Rows[^1].RowKey;
            if (page.Rows.Any(row => !RowKey.IsRecord(row.RowKey.Span))) throw Unreadable("the peer sent a row that is no record's");
            var held = await near.ReadAsync([.. page.Rows.Select(row => row.RowKey)], cancellation).ConfigureAwait(false);
            for (var i = 0; i < page.Rows.Length; i++)
            {
                Merge(page.Rows[i], held[i]);
                fetched.Add(page.Rows[i].RowKey);
                if (_toStore.IsFull) await StoreAsync().ConfigureAwait(false);
                if (_toSend.IsFull) await SendAsync().ConfigureAwait(false);
            }
        }

        return fetched;
    }

    private void Merge(ReplicaRow row, Record? held)
    {
        Record theirs;
        try
        {
            theirs = RecordCodec.Decode(row.Record);
        }
        catch (InvalidDataException e)
        {
            throw Unreadable(e.Message);
        }

        var key = RowKey.KeyOf(row.RowKey).Span;
        var merged = held is null ? theirs : Record.Merge(held, theirs);
        var hash = merged.Hash(key);
        if (hash != held?.Hash(key)) _toStore.Add(row);
        if (mode == ExchangeMode.Both && hash != theirs.Hash(key)) _toSend.Add(new ReplicaRow(row.RowKey, RecordCodec.Encode(merged)));
    }

    /// <summary>Sends the records here of tokens, but for those that were merged with the peer's.</summary>
    private async Task SendOthersAsync(ImmutableArray<ulong> tokens, HashSet<ReadOnlyMemory<byte>> merged)
    {
        ReadOnlyMemory<byte> after = default;
        for (var isEnd = tokens.IsEmpty; !isEnd;)
        {
            var page = PartitionExchange.Expect<ReplicaRows>(await near.AskAsync(
                new RecordQuery(range, tokens, after, RecordQuery.MaximumLimitBytes), cancellation).ConfigureAwait(false));
            isEnd = page.IsEnd || page.Rows.IsEmpty;
            if (!page.Rows.IsEmpty) after = page.Rows[^1].RowKey;
            foreach (var row in page.Rows.Where(row => !merged.Contains(row.RowKey)))
            {
                _toSend.Add(row);
                if (_toSend.IsFull) await SendAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task StoreAsync()
    {
        if (_toStore.IsEmpty) return;
        PartitionExchange.Expect<ReplicaStored>(await near.AskAsync(new RecordPush(range, _toStore.Take()), cancellation).ConfigureAwait(false));
    }

    private async Task SendAsync()
    {
        if (_toSend.IsEmpty) return;
        PartitionExchange.Expect<ReplicaStored>(await askFar(new RecordPush(range, _toSend.Take())).ConfigureAwait(false));
    }

    private static RepairException Unreadable(string detail) => new(new ReplicaRefusal(RefusalReason.Unreadable, detail));

    /// <summary>Compares row keys by content; the token in front is a hash already.</summary>
    private sealed class RowKeys : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static RowKeys Instance { get; } = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> rowKey) => RowKey.TokenOf(rowKey.Span).GetHashCode();
    }

    /// <summary>Rows for one message.</summary>
    private sealed class RowBundle
    {
        private ImmutableArray<ReplicaRow>.Builder _rows = ImmutableArray.CreateBuilder<ReplicaRow>();
        private long _bytes;

        public bool IsEmpty => _rows.Count == 0;

        /// <summary>A message that is full is about as long as a full answer; only a single record makes it much longer.</summary>
        public bool IsFull => _bytes >= RecordQuery.MaximumLimitBytes || _rows.Count == RecordPush.MaximumRows;

        public void Add(ReplicaRow row)
        {
            _rows.Add(row);
            _bytes += row.RowKey.Length + row.Record.Length;
        }

        public ImmutableArray<ReplicaRow> Take()
        {
            var rows = _rows.ToImmutable();
            _rows = ImmutableArray.CreateBuilder<ReplicaRow>();
            _bytes = 0;
            return rows;
        }
    }
}
