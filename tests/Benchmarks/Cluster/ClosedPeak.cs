namespace AkkaKv.Benchmarks;

/// <summary>What three nodes carry at most of one work, found as the cluster suite finds it.</summary>
internal static class ClosedPeak
{
    /// <summary>Gives the nodes every row, then the throughput of a closed load, operations a second.</summary>
    /// <exception cref="InvalidOperationException">Operations failed, so it is no measure of anything.</exception>
    public static async Task<double> FindAsync(
        AkkaKvServers servers, LoadRows rows, ClusterWork work, ClusterOptions options, CancellationToken stop)
    {
        await using var driver = new AkkaKvDriver(servers, options.Clients);
        var load = new Load(driver, servers, rows);
        await load.FillAsync(stop);
        var length = new LoadLength(
            TimeSpan.FromSeconds(options.WarmUpSeconds), TimeSpan.FromSeconds(options.Seconds), options.OperationsLimit);
        var result = await load.RunClosedAsync(work, work.Concurrency, length, stop);
        return result.Failures is { } failures
            ? throw new InvalidOperationException($"The peak could not be found: {failures}")
            : Math.Max(2, result.Steady.DonePerSecond);
    }
}
