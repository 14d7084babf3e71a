using System.Collections.Immutable;

namespace AkkaKv.Protocol;

/// <summary>What becomes of concurrent writes of a key. The numbers are on disk.</summary>
public enum ConflictPolicy
{
    /// <summary>All are kept and shown, until a write that has seen them supersedes them.</summary>
    Siblings = 0,

    /// <summary>The one with the latest stamp is shown; of equal stamps the one with the higher dot.</summary>
    LastWriteWins = 1,
}

/// <summary>The policy of all keys that begin with a prefix and with no longer one that has a rule.</summary>
/// <param name="Prefix">Bytes; none for every key.</param>
/// <param name="Policy">What becomes of their concurrent writes.</param>
public sealed record ConflictRule(ImmutableArray<byte> Prefix, ConflictPolicy Policy);
