namespace AkkaKv.Node;

/// <summary>Time that only runs forwards: what deadlines are kept in. It means nothing to another process.</summary>
internal static class Monotonic
{
    /// <summary>Milliseconds since some moment.</summary>
    public static long Milliseconds(TimeProvider time) =>
        (long)(time.GetTimestamp() * (1000.0 / time.TimestampFrequency));
}
