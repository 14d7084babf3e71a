using System.Globalization;

namespace AkkaKv.Benchmarks;

/// <summary>What is done to every system.</summary>
/// <param name="Name">As the table names it.</param>
/// <param name="WriteShare">0 reads only, 1 writes only.</param>
/// <param name="W">Replicas that have a write on disk before the answer.</param>
/// <param name="R">Replicas that answer a read.</param>
/// <param name="Concurrency">Requests under way at any time.</param>
/// <param name="TakesFewer">Systems with fewer connections than that do it with those they have; else they leave it out.</param>
/// <param name="IsAtHalfLoad">Paced at half of the highest throughput that this system reached with the same kind of requests.</param>
internal sealed record ClusterWork(
    string Name, double WriteShare, int W, int R, int Concurrency, bool TakesFewer = false, bool IsAtHalfLoad = false)
{
    /// <summary>What has the same kind of requests.</summary>
    public (double WriteShare, int W, int R) Kind => (WriteShare, W, R);
}

internal static class ClusterWorks
{
    /// <summary>Connections of the systems that have one request at a time on each.</summary>
    public const int PlainConnections = 64;

    private const int Quorum = 2;

    /// <summary>Before all others and not reported: connections are opened, and what is hot in client and servers is compiled.</summary>
    public static ClusterWork WarmUp { get; } = new("warm-up", 0.5, Quorum, Quorum, PlainConnections);

    public static ClusterWork SyncedWrites(int concurrency) =>
        new($"synced writes, {Text(concurrency)} at a time", 1, Quorum, Quorum, concurrency);

    public static ClusterWork Mixed(int concurrency) => new($"mixed 50/50, {Text(concurrency)} at a time", 0.5, Quorum, Quorum, concurrency);

    /// <summary>The works of the plain run.</summary>
    public static IReadOnlyList<ClusterWork> Standard(IReadOnlyList<int> concurrencies) =>
    [
        .. concurrencies.Select(SyncedWrites),
        .. concurrencies.Select(many => new ClusterWork($"quorum reads, {Text(many)} at a time", 0, Quorum, Quorum, many)),
        .. concurrencies.Select(many => new ClusterWork($"reads R=1, {Text(many)} at a time", 0, Quorum, 1, many)),
        .. concurrencies.Select(Mixed),
        new ClusterWork("synced writes at half load", 1, Quorum, Quorum, concurrencies[^1], TakesFewer: true, IsAtHalfLoad: true),
        new ClusterWork("quorum reads at half load", 0, Quorum, Quorum, concurrencies[^1], TakesFewer: true, IsAtHalfLoad: true),
    ];

    /// <summary>N/W/R = 3/1/1, 3/2/2 and 3/3/1.</summary>
    public static IReadOnlyList<ClusterWork> Matrix(int concurrency) =>
    [
        .. Enumerable.Range(1, 3).Select(w => new ClusterWork($"writes W={Text(w)}", 1, w, Quorum, concurrency, TakesFewer: true)),
        .. Enumerable.Range(1, 2).Select(r => new ClusterWork($"reads R={Text(r)}", 0, Quorum, r, concurrency, TakesFewer: true)),
        .. new[] { (W: 1, R: 1), (W: 2, R: 2), (W: 3, R: 1) }.Select(quorums =>
            new ClusterWork($"mixed 50/50, N/W/R 3/{Text(quorums.W)}/{Text(quorums.R)}", 0.5, quorums.W, quorums.R, concurrency, TakesFewer: true)),
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
