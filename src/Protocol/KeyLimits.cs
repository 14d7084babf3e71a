namespace AkkaKv.Protocol;

/// <summary>What is too long for a key, whoever asks.</summary>
public static class KeyLimits
{
    /// <summary>Limit of a key, in bytes; the least is 1.</summary>
    public const int MaximumBytes = 1024;
}
