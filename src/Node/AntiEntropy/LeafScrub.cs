using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>
/// Checks the leaves of one store against its rows: blocks in doubt at once, the others in turn, so slowly that one pass takes the time that
/// it is given.
/// </summary>
/// <remarks>One thread at a time. A block that cannot be read is left for later; its damage is for those to mend who read it.</remarks>
/// <param name="leaves">The leaves.</param>
/// <param name="store">The rows.</param>
/// <param name="disk">For bytes of rows that are read.</param>
/// <param name="meters">Counts leaves that were wrong without being in doubt.</param>
/// <param name="time">The clock.</param>
/// <param name="interval">The time for one pass.</param>
internal sealed class LeafScrub(
    LeafTable leaves, IStorageEngine store, IRepairPace disk, NodeMeters meters, TimeProvider time, TimeSpan interval)
{
    /// <summary>Blocks in doubt after which what was found is made durable, so that a restart goes on there.</summary>
    private const int BlocksBetweenKeeping = 256;

    /// <summary>A block that could not be checked is not tried again before this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Dictionary<int, long> _failed = [];
    private long _lastPassed = time.GetTimestamp();
    private int _sinceKept;

    /// <summary>Leaves that were wrong without being in doubt, in all.</summary>
    public long WrongLeaves { get; private set; }

    /// <summary>Checks all blocks that are in doubt, and the next of the others if its time has come.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested && NextBlock() is { } block)
        {
            var result = Check(block);
            if (result is null)
            {
                _failed[block] = time.GetTimestamp();
                continue;
            }

            _failed.Remove(block);
            if (!result.Value.WasDoubtful && result.Value.WrongLeaves > 0)
            {
                WrongLeaves += result.Value.WrongLeaves;
                meters.LeavesCorrected.Add(result.Value.WrongLeaves);
            }

            if (result.Value.WasDoubtful && ++_sinceKept >= BlocksBetweenKeeping) Keep();
            await disk.SpendAsync(result.Value.BytesRead, cancellation).ConfigureAwait(false);
        }

        if (_sinceKept > 0 && leaves.DoubtfulBlocks == 0) Keep();
    }

    private int? NextBlock()
    {
        foreach (var block in _failed.Where(failed => time.GetElapsedTime(failed.Value) > Patience).Select(failed => failed.Key).ToList())
            _failed.Remove(block);
        if (leaves.NextDoubtful(_failed.ContainsKey) is { } doubtful) return doubtful;
        if (time.GetElapsedTime(_lastPassed) < interval / leaves.Shape.Blocks) return null;
        _lastPassed = time.GetTimestamp();
        return leaves.NextInTurn();
    }

    private LeafCheckResult? Check(int block)
    {
        try
        {
            return LeafCheck.Run(leaves, block, store);
        }
        catch (Exception e) when (e is CorruptionException or InvalidDataException or IOException or ObjectDisposedException)
        {
            return null;
        }
    }

    private void Keep()
    {
        _sinceKept = 0;
        leaves.TryKeep();
    }
}
