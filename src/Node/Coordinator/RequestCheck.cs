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

    /// <summary>What to answer if the request asks for more replicas than a key has in its data centre, else null.</summary>
    /// <param name="request">The request.</param>
    /// <param name="ring">The ring.</param>
    /// <param name="near">The data centre that the request has come to.</param>
    public static BadRequest? QuorumFaultOf(IProtocolMessage request, Ring ring, string near) => request switch
    {
        WriteRequest write => QuorumFaultOf("w", write.W, ring, near),
        Get get => QuorumFaultOf("r", get.R, ring, near),
        _ => null,
    };

    private static BadRequest? QuorumFaultOf(string name, Consistency level, Ring ring, string near)
    {
        if (!level.IsKnown) return new BadRequest($"{name} is {level}, which this release does not know. Use {Consistency.Choices}.");
        var replicas = ring.ReplicasIn(near);
        var where = near.Length == 0 ? "" : $" in data centre {near}";
        return level.Code > replicas ? new BadRequest($"{name} is {level}, and a key has {replicas} replicas{where}.") : null;
    }

    private static bool IsOutOfRange(TimeSpan timeout) => timeout < TimeSpan.FromMilliseconds(1) || timeout > NodeSettings.MaximumTimeout;

    private static BadRequest TimeoutOutOfRange() =>
        new($"The timeout must be from 1 to {NodeSettings.MaximumTimeout.TotalMilliseconds:0} milliseconds.");
}
