using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>Reads the whole cluster page by page, as an export does, and compares it with the model.</summary>
internal static class ClusterScan
{
    public static void Verify(Simulation simulation)
    {
        var seen = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        var limit = simulation.Chance.Between(1, 3);
        ReadOnlyMemory<byte> cursor = default;
        do
        {
            var page = Page(simulation, new Scan { Cursor = cursor, Limit = limit });
            foreach (var row in page.Rows)
            {
                var values = row.Row.Versions.Where(version => !version.IsDeleted)
                    .Select(version => Encoding.UTF8.GetString(version.Value.Span));
                if (!seen.TryAdd(Encoding.UTF8.GetString(row.Key.Span), [.. values.Order(StringComparer.Ordinal)]))
                    throw new SimulationFault($"A scan shows {Encoding.UTF8.GetString(row.Key.Span)} twice.");
            }

            cursor = page.Cursor;
        }
        while (!cursor.IsEmpty);

        foreach (var key in simulation.Keys)
        {
            var owner = simulation.OwnersOf(key)[0];
            var now = owner.Time.GetUtcNow();
            var held = owner.Disk.RowOf(key)?.Record.Resolve(simulation.PolicyOf(key));
            var expected = held?.Versions.Where(version => !version.IsDeletedAt(now)).Select(KeyHistory.TextOf).Where(text => text is not null)
                .Order(StringComparer.Ordinal).ToList() ?? [];
            if (!expected.SequenceEqual(seen.GetValueOrDefault(key) ?? []))
                throw new SimulationFault(
                    $"A scan shows {string.Join(' ', seen.GetValueOrDefault(key) ?? [])} for {key}, its owners hold {held}.");
        }
    }

    private static ScanPage Page(Simulation simulation, Scan scan)
    {
        var node = simulation.Chance.OneOf(simulation.Nodes);
        var coordinator = Routing.CoordinatorOf(simulation.Ring, Routing.TokenOf(scan)!.Value, scan, node.Id, _ => true)!.Value;
        ClientReply? answer = null;
        simulation.NodeOf(coordinator).Coordinate(scan, remainingMilliseconds: 1000, reply => answer = reply);
        simulation.RunUntil(() => answer is not null, "a scan was answered");
        return answer as ScanPage ?? throw new SimulationFault($"All is well, and a scan is answered {answer}.");
    }
}
