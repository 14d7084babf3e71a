using System.Globalization;

namespace AkkaKv.Storage.Tests;

/// <summary>
/// What a heavy run changes, by environment variables: AKKAKV_CRASH_POINTS (crashes per crash test, default 1,000), AKKAKV_KILLS (process
/// kills, default 10), AKKAKV_SEED (the first seed of random tests, default a random one; failures print theirs), AKKAKV_WRITE_GOLDEN=1
/// (write the golden files into the source tree instead of comparing with them).
/// </summary>
internal static class Settings
{
    public static int CrashPoints { get; } = Number("AKKAKV_CRASH_POINTS") ?? 1_000;

    public static int Kills { get; } = Number("AKKAKV_KILLS") ?? 10;

    public static int Seed { get; } = Number("AKKAKV_SEED") ?? Random.Shared.Next(1_000_000);

    public static bool WriteGolden { get; } = Number("AKKAKV_WRITE_GOLDEN") == 1;

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
