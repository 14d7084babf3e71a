using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// One exchange: finds in what two replicas' records of a partition differ, and mends it. Plain code between two sides; no disk, network or
/// clock of its own.
/// </summary>
/// <remarks>
/// <para>Compare the hashes of the partition's highest nodes; of nodes that differ those of the children, down to the leaves; of leaves that
/// differ the token and hash of every record, in pages; and for each token under which the two hold different hashes, fetch, merge, and send
/// back what the other lacks (<see cref="RecordMending"/>). Equal means equal record hashes: two copies with equal vectors and different
/// siblings differ.</para>
/// <para>Writes go on meanwhile, so the two sides' answers are of different moments. A difference that comes from that alone costs a
/// few bytes and is mended like any other; merging takes it as it comes.</para>
/// <para>Bounds: one question at a time, each with its limit; the nodes yet to be asked for are those of one path down, at most the children
/// of <see cref="NodesAtOnce"/> nodes a level, and the leaves of the partition.</para>
/// </remarks>
internal sealed class PartitionExchange
{
    /// <summary>Nodes of which children are asked for at once: half of their hashes are 32 KiB.</summary>
    private const int NodesAtOnce = TreeQuery.MaximumHashes / LeafShape.FanOut;

    /// <summary>Of so few nodes the grandchildren are asked for at once: what that costs more is less than another question.</summary>
    private const int FewNodes = 4;

    /// <summary>Leaves whose records are compared at once.</summary>
    private const int LeavesAtOnce = 256;

    /// <summary>Entries in a page: their tokens and hashes are 32 KiB.</summary>
    private const int EntriesAtOnce = 2048;

    private readonly INearSide _near;
    private readonly IRepairSide _far;
    private readonly IRepairPace _pace;
    private readonly RepairRange _range;
    private readonly CancellationToken _cancellation;
    private readonly ExchangeTally _tally = new();
    private readonly RecordMending _mending;

    private PartitionExchange(INearSide near, IRepairSide far, IRepairPace pace, RepairRange range, ExchangeMode mode, CancellationToken cancellation)
    {
        _near = near;
        _far = far;
        _pace = pace;
        _range = range;
        _cancellation = cancellation;
        _mending = new RecordMending(near, AskFarAsync, range, mode, cancellation);
    }

    /// <summary>Runs an exchange to its end. It never throws but for the cancellation.</summary>
    /// <param name="near">This node.</param>
    /// <param name="far">The peer.</param>
    /// <param name="pace">For the bytes between them.</param>
    /// <param name="range">The partition.</param>
    /// <param name="mode">Which way records go.</param>
    /// <param name="cancellation">Ends it early: <see cref="OperationCanceledException"/>.</param>
    public static async Task<ExchangeReport> RunAsync(
        INearSide near, IRepairSide far, IRepairPace pace, RepairRange range, ExchangeMode mode, CancellationToken cancellation)
    {
        var exchange = new PartitionExchange(near, far, pace, range, mode, cancellation);
        try
        {
            await (mode == ExchangeMode.Give ? exchange.GiveAsync() : exchange.CompareAsync()).ConfigureAwait(false);
            return exchange._tally.Report(refusal: null);
        }
        catch (RepairException e)
        {
            return exchange._tally.Report(e.Refusal);
        }
    }

    private async Task CompareAsync()
    {
        var (level, top) = LeafShape.TopOf(new LeafRange((int)_range.FromLeaf, (int)_range.UntilLeaf));
        var pending = new Stack<(int Level, ImmutableArray<uint> Nodes)>();
        Push(level, await DifferingAsync(level, [.. top], depth: 0).ConfigureAwait(false));
        while (pending.TryPop(out var next))
        {
            var limit = next.Level == 0 ? LeavesAtOnce : NodesAtOnce;
            if (next.Nodes.Length > limit) Push(next.Level, next.Nodes[limit..]);
            var nodes = next.Nodes.Length > limit ? next.Nodes[..limit] : next.Nodes;
            if (next.Level == 0)
            {
                await CompareLeavesAsync(nodes).ConfigureAwait(false);
                continue;
            }

            var depth = nodes.Length <= FewNodes ? Math.Min(TreeQuery.MaximumDepth, next.Level) : 1;
            Push(next.Level - depth, await DifferingAsync(next.Level, nodes, depth).ConfigureAwait(false));
        }

        void Push(int level, ImmutableArray<uint> nodes)
        {
            if (!nodes.IsEmpty) pending.Push((level, nodes));
        }
    }

    /// <summary>
    /// The nodes so many levels below some that differ, whose hashes differ too; or, of depth 0, which of the nodes differ. Those below are told
    /// by the lower halves; where a node has none that differs by these, by the upper ones.
    /// </summary>
    private async Task<ImmutableArray<uint>> DifferingAsync(int level, ImmutableArray<uint> nodes, int depth)
    {
        var differing = new SortedSet<uint>();
        var unclear = await AddDifferingAsync(level, nodes, depth, isUpperHalf: false, differing).ConfigureAwait(false);
        if (!unclear.IsEmpty) await AddDifferingAsync(level, unclear, depth, isUpperHalf: true, differing).ConfigureAwait(false);
        return [.. differing];
    }

    /// <summary>Adds those that differ; returns the nodes below which none does.</summary>
    private async Task<ImmutableArray<uint>> AddDifferingAsync(
        int level, ImmutableArray<uint> nodes, int depth, bool isUpperHalf, SortedSet<uint> differing)
    {
        var query = new TreeQuery(_range, (uint)level, nodes, (uint)depth, isUpperHalf);
        var far = await AskFarAsync<TreeHashes>(query).ConfigureAwait(false);
        var near = await AskNearAsync<TreeHashes>(query).ConfigureAwait(false);
        var each = TreeQuery.HashesPerNode(depth);
        if (far.Hashes.Length != nodes.Length * each || near.Hashes.Length != far.Hashes.Length)
            throw new RepairException(new ReplicaRefusal(RefusalReason.NotComparable, $"{far.Hashes.Length} hashes came for {nodes.Length} nodes"));
        var unclear = ImmutableArray.CreateBuilder<uint>();
        for (var node = 0; node < nodes.Length; node++)
        {
            var found = differing.Count;
            for (var place = 0; place < each; place++)
            {
                if (far.Hashes[node * each + place] == near.Hashes[node * each + place]) continue;
                differing.Add(depth == 0 ? nodes[node] : (uint)(nodes[node] * each + place));
            }

            if (differing.Count == found && depth > 0) unclear.Add(nodes[node]);
        }

        return unclear.ToImmutable();
    }

    private async Task CompareLeavesAsync(ImmutableArray<uint> leaves)
    {
        var from = 0UL;
        for (var isEnd = false; !isEnd;)
        {
            var query = new LeafQuery(_range, leaves, from, EntriesAtOnce);
            var far = await AskFarAsync<LeafEntries>(query).ConfigureAwait(false);
            var near = await AskNearAsync<LeafEntries>(query).ConfigureAwait(false);
            isEnd = far.IsEnd && near.IsEnd;
            var until = Math.Min(EndOf(far), EndOf(near));
            if (!isEnd && until <= from)
                throw new RepairException(new ReplicaRefusal(RefusalReason.NotComparable, "a page of records does not go on"));
            var (wanted, offered) = EntryDifference.Of(far, near, isEnd ? null : until);
            _tally.Differences += wanted.Union(offered).Count();
            await _mending.MendAsync(wanted, offered).ConfigureAwait(false);
            from = until;
        }

        static ulong EndOf(LeafEntries entries) => entries.IsEnd ? ulong.MaxValue : entries.NextToken;
    }

    /// <summary>Tells the peer what is here, page for page, and sends what it asks for.</summary>
    private async Task GiveAsync()
    {
        for (var first = _range.FromLeaf; first < _range.UntilLeaf; first += LeavesAtOnce)
        {
            var count = (int)Math.Min(LeavesAtOnce, _range.UntilLeaf - first);
            ImmutableArray<uint> leaves = [.. Enumerable.Range((int)first, count).Select(leaf => (uint)leaf)];
            for (var (from, isEnd) = (0UL, false); !isEnd;)
            {
                var entries = await AskNearAsync<LeafEntries>(new LeafQuery(_range, leaves, from, EntriesAtOnce)).ConfigureAwait(false);
                (from, isEnd) = (entries.NextToken, entries.IsEnd);
                if (entries.Tokens.IsEmpty) continue;
                var wanted = await AskFarAsync<EntriesWanted>(new EntryOffer(_range, entries.Tokens, entries.Hashes)).ConfigureAwait(false);
                _tally.Differences += wanted.Tokens.Length;
                await _mending.MendAsync([], wanted.Tokens).ConfigureAwait(false);
            }
        }
    }

    private async Task<T> AskNearAsync<T>(RepairRequest request)
        where T : ReplicaReply => Expect<T>(await _near.AskAsync(request, _cancellation).ConfigureAwait(false));

    private async Task<T> AskFarAsync<T>(RepairRequest request)
        where T : ReplicaReply => Expect<T>(await AskFarAsync(request).ConfigureAwait(false));

    private async Task<ReplicaReply> AskFarAsync(RepairRequest request)
    {
        var reply = await _far.AskAsync(request, _cancellation).ConfigureAwait(false);
        await _pace.SpendAsync(_tally.Count(request, reply), _cancellation).ConfigureAwait(false);
        return reply;
    }

    /// <summary>The answer that a question has, or the end of the exchange.</summary>
    internal static T Expect<T>(ReplicaReply reply)
        where T : ReplicaReply => reply switch
        {
            T answer => answer,
            ReplicaRefusal refusal => throw new RepairException(refusal),
            _ => throw new RepairException(new ReplicaRefusal(RefusalReason.NotComparable, $"the answer was a {reply.GetType().Name}")),
        };
}
