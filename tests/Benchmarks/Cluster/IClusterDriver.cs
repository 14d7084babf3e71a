namespace AkkaKv.Benchmarks;

/// <summary>How a system answered.</summary>
/// <param name="Value">What a read found.</param>
/// <param name="Failure">The kind of failure; null if it did what was asked.</param>
internal readonly record struct Answer(ReadOnlyMemory<byte> Value, string? Failure)
{
    public static Answer Done => default;

    public static Answer Failed(string kind) => new(default, kind);
}

/// <summary>
/// One client of one system, as its C# users have it. Nothing in a work may depend on which one it is. Any number of calls may be under way;
/// each ends within <see cref="Timeout"/>.
/// </summary>
internal interface IClusterDriver : IAsyncDisposable
{
    static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections, where each carries one request at a time; null where requests share connections.</summary>
    int? Connections { get; }

    /// <summary>Durable as the table of the documentation says.</summary>
    /// <param name="lane">Who asks: chooses among nodes or connections.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="w">Replicas that have it on disk before the answer, where the system lets one choose.</param>
    ValueTask<Answer> PutAsync(int lane, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, int w);

    /// <param name="lane">Who asks: chooses among nodes or connections.</param>
    /// <param name="key">The key.</param>
    /// <param name="r">1: any replica's own copy will do. More: the answer knows of every write that was acknowledged before.</param>
    ValueTask<Answer> GetAsync(int lane, ReadOnlyMemory<byte> key, int r);
}
