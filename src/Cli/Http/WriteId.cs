using System.Globalization;
using System.Security.Cryptography;

namespace AkkaKv.Cli;

/// <summary>
/// Names one write, so that the cluster takes it once however often it is sent: 128 bits drawn by this process, and a number.
/// </summary>
internal readonly record struct WriteId(string Process, long Number)
{
    private static readonly string ThisProcess = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private static long _lastNumber;

    public static WriteId Next() => new(ThisProcess, Interlocked.Increment(ref _lastNumber));

    public string ToHeader(bool isRetry) => string.Create(CultureInfo.InvariantCulture, $"{Process}-{Number}{(isRetry ? ";retry" : "")}");
}
