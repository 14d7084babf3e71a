using System.Globalization;

namespace AkkaKv.Protocol;

/// <summary>
/// How many replicas must have a write on disk, or must answer a read, before the client is answered. Counts distinct nodes: a number,
/// <see cref="One"/> and the default those among the owners in the data centre of the node that coordinates, the named levels as they say.
/// </summary>
/// <param name="Code">A number of replicas if positive, else one of the named levels.</param>
public readonly record struct Consistency(int Code)
{
    private const int DefaultCode = 0;
    private const int QuorumCode = -1;
    private const int AllCode = -2;
    private const int LocalQuorumCode = -3;
    private const int EachQuorumCode = -4;

    /// <summary>What <see cref="TryParse"/> takes, for people.</summary>
    public const string Choices = "a number from 1, or one, quorum, all, local-quorum or each-quorum";

    /// <summary>What the ring says, W for writes and R for reads.</summary>
    public static Consistency Default => new(DefaultCode);

    /// <summary>One replica.</summary>
    public static Consistency One => new(1);

    /// <summary>A majority of all owners, wherever they are.</summary>
    public static Consistency Quorum => new(QuorumCode);

    /// <summary>Every owner in every data centre.</summary>
    public static Consistency All => new(AllCode);

    /// <summary>A majority of the owners in the coordinator's data centre.</summary>
    public static Consistency LocalQuorum => new(LocalQuorumCode);

    /// <summary>A majority of the owners in every data centre.</summary>
    public static Consistency EachQuorum => new(EachQuorumCode);

    /// <summary>False for a level of a newer release.</summary>
    public bool IsKnown => Code >= EachQuorumCode;

    /// <summary>So many replicas, at least one.</summary>
    public static Consistency Of(int replicas) => new(Math.Max(1, replicas));

    /// <summary>Reads what <see cref="Choices"/> lists.</summary>
    public static bool TryParse(string? text, out Consistency consistency)
    {
        consistency = text switch
        {
            "one" => One,
            "quorum" => Quorum,
            "all" => All,
            "local-quorum" => LocalQuorum,
            "each-quorum" => EachQuorum,
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
        LocalQuorumCode => "local-quorum",
        EachQuorumCode => "each-quorum",
        _ => Code.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Where a level counts, as a part of a sentence; empty where there is nothing to tell apart.</summary>
    internal string In(string dataCenter) =>
        (Code < DefaultCode ? $" for {this}" : "") + (dataCenter.Length > 0 ? $" in data centre {dataCenter}" : "");
}
