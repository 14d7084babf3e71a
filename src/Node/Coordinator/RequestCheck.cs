using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>What can be said about a request without any replica.</summary>
internal static class RequestCheck
{
    private const int ContentTypeLimit = 256;

    /// <summary>A hundred years or so: longer is for ever.</summary>
    private static readonly TimeSpan MaximumTimeToLive = TimeSpan.FromDays(36_500);

    /// <summary>What to answer if the request breaks a limit, else null.</summary>
    public static RequestFailure? FaultOf(IProtocolMessage request, int valueBytesLimit) => request switch
    {
        ClientRequest { Key.Length: < 1 or > KeyLimits.MaximumBytes } client => new KeyTooLarge(client.Key.Length, KeyLimits.MaximumBytes),
        ClientRequest { Timeout: { } timeout } when IsOutOfRange(timeout) => TimeoutOutOfRange(),
        Scan { Timeout: { } timeout } when IsOutOfRange(timeout) => TimeoutOutOfRange(),
        Put put when put.Value.Length > valueBytesLimit => new ValueTooLarge(put.Value.Length, valueBytesLimit),
        Put { ContentType.Length: > ContentTypeLimit } => new BadRequest($"The content type is longer than {ContentTypeLimit} characters."),
        Put { TimeToLive: { } time } when time < TimeSpan.FromMilliseconds(1) || time > MaximumTimeToLive =>
            new BadRequest($"The time to live must be from 1 millisecond to {MaximumTimeToLive.TotalDays:0} days."),
        Scan { Limit: < 1 or > 1000 } => new BadRequest("The limit of a scan is 1 to 1,000."),
        Scan scan when ScanOperation.TokenOf(scan.Cursor) is null => new BadRequest("The cursor is not one that a scan gave."),
        _ => null,
    };

    /// <summary>What to answer if the request asks for more replicas than a key has, else null.</summary>
    public static BadRequest? QuorumFaultOf(IProtocolMessage request, RingDocument ring) => request switch
    {
        WriteRequest write when write.W.Resolve(ring.Replicas, ring.WriteQuorum) > ring.Replicas => Beyond("w", write.W, ring),
        Get get when get.R.Resolve(ring.Replicas, ring.ReadQuorum) > ring.Replicas => Beyond("r", get.R, ring),
        _ => null,
    };

    private static BadRequest Beyond(string name, Consistency asked, RingDocument ring) =>
        new($"{name} is {asked}, and a key has {ring.Replicas} replicas.");

    private static bool IsOutOfRange(TimeSpan timeout) => timeout < TimeSpan.FromMilliseconds(1) || timeout > NodeSettings.MaximumTimeout;

    private static BadRequest TimeoutOutOfRange() =>
        new($"The timeout must be from 1 to {NodeSettings.MaximumTimeout.TotalMilliseconds:0} milliseconds.");
}
