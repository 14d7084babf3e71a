using System.Buffers.Binary;
using System.Diagnostics;
using Xunit.Abstractions;

namespace AkkaKv.Storage.Tests;

/// <summary>A real process on a real disk, killed with -9 while it writes.</summary>
public sealed class ProcessKillTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"akkakv-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Store_should_keep_every_acknowledged_row_of_a_process_that_is_killed()
    {
        var random = new Random(Settings.Seed);
        var acknowledged = new HashSet<long>();
        var progress = new Progress(output, "kills", Settings.Kills);
        for (var kill = 0; !progress.IsDone; kill++)
        {
            var first = acknowledged.Count == 0 ? 0 : acknowledged.Max() + 1_000;
            var rows = await WriteUntilKilledAsync(first, acknowledgements: random.Next(1, 1_500));
            acknowledged.UnionWith(rows);
            await VerifyAsync(acknowledged, $"AKKAKV_SEED={Settings.Seed}, kill {kill}");
            progress.Count();
        }
    }

    /// <summary>Starts a writer, kills it after so many acknowledgements, and returns all that it gave until then.</summary>
    private async Task<List<long>> WriteUntilKilledAsync(long first, int acknowledgements)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "AkkaKv.Storage.Writer.dll"), _directory, $"{first}" },
            RedirectStandardOutput = true,
        };
        using var writer = Process.Start(start)!;
        var output = writer.StandardOutput.BaseStream;
        var rows = new List<long>();
        var number = new byte[8];
        while (await output.ReadAtLeastAsync(number, number.Length, throwOnEndOfStream: false) == number.Length)
        {
            rows.Add(BinaryPrimitives.ReadInt64BigEndian(number));
            if (rows.Count == acknowledgements)
                writer.Kill();
        }

        await writer.WaitForExitAsync();
        Assert.True(rows.Count >= acknowledgements, $"the writer ended by itself, with {writer.ExitCode}");
        return rows;
    }

    private async Task VerifyAsync(HashSet<long> acknowledged, string context)
    {
        await using var store = LsmStore.Open(_directory, new StorageOptions(), LocalFileSystem.Instance);
        Assert.False(store.Recovery.WasClosedCleanly, context);

        var found = new HashSet<long>();
        foreach (var row in store.Scan(default, default))
        {
            var number = BinaryPrimitives.ReadInt64BigEndian(row.Key.Span);
            found.Add(number);
            var isWhole = row.Value.Length == 100 && row.Value.Span.IndexOfAnyExcept((byte)number) < 0;
            Assert.True(isWhole, $"{context}: row {number} is not what was written");
        }

        Assert.True(acknowledged.IsSubsetOf(found), $"{context}: {acknowledged.Except(found).Count()} acknowledged rows are gone");
    }
}
