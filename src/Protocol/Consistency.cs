using System.Globalization;

namespace AkkaKv.Protocol;

/// <summary>
/// How many replicas must have a write on disk, or must answer a read, before the client is answered. Counts distinct nodes.
/// </summary>
/// <param name="Code">A number of replicas if positive, else one of the named levels.</param>
public readonly record struct Consistency(int Code)
{
    private const int DefaultCode = 0;
    private const int QuorumCode = -1;
    private const int AllCode = -2;

    /// <summary>What the ring says, W for writes and R for reads.</summary>
    public static Consistency Default => new(DefaultCode);

    /// <summary>One replica.</summary>
    public static Consistency One => new(1);

    /// <summary>A majority of the owners.</summary>
    public static Consistency Quorum => new(QuorumCode);

    /// <summary>Every owner.</summary>
    public static Consistency All => new(AllCode);

    /// <summary>So many replicas, at least one.</summary>
    public static Consistency Of(int replicas) => new(Math.Max(1, replicas));

    /// <summary>The number for a key with so many owners, where the ring's default is <paramref name="byDefault"/>.</summary>
    public int Resolve(int owners, int byDefault) => Code switch
    {
        DefaultCode => byDefault,
        QuorumCode => owners / 2 + 1,
        AllCode => owners,
        _ => Code,
    };

    /// <summary>Reads a positive number, <c>one</c>, <c>quorum</c> or <c>all</c>.</summary>
    public static bool TryParse(string? text, out Consistency consistency)
    {
        consistency = text switch
        {
            "one" => One,
            "quorum" => Quorum,
            "all" => All,
            _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 => Of(number),
            _ => Default,
        };
        return consistency != Default;
    }

    /// <inheritdoc/>
    public override string ToString() => Code switch
    {
        DefaultCode => "default",
        QuorumCode => "quorum",
        AllCode => "all",
        _ => Code.ToString(CultureInfo.InvariantCulture),
    };
}
