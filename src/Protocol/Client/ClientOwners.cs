using System.Numerics;

namespace AkkaKv.Protocol;

/// <summary>A <see cref="ClientRing"/> with the links to its members: whom to ask for a key. Immutable, but for the links themselves.</summary>
internal sealed class ClientOwners
{
    private readonly NodeLink[][] _owners;
    private readonly int _shift;

    /// <summary>Throws <see cref="ArgumentException"/> if the ring contradicts itself.</summary>
    public ClientOwners(ClientRing ring, Func<string, NodeLink> linkTo)
    {
        if (!BitOperations.IsPow2(ring.Partitions.Length)) throw new ArgumentException("The partitions are not a power of two.", nameof(ring));
        if (ring.Partitions.Any(partition => partition.Owners.Any(place => (uint)place >= (uint)ring.Members.Length)))
            throw new ArgumentException("A partition has an owner that is no member.", nameof(ring));
        Epoch = ring.Epoch;
        _shift = 64 - BitOperations.Log2((uint)ring.Partitions.Length);
        var links = new NodeLink?[ring.Members.Length];
        _owners = [.. ring.Partitions.Select(partition => partition.Owners.Select(LinkOf).ToArray())];

        // Members that own nothing, those that left among them, are not linked to.
        NodeLink LinkOf(int place) => links[place] ??= linkTo(FormattableString.Invariant($"{ring.Members[place].Host}:{ring.Members[place].Port}"));
    }

    public long Epoch { get; }

    /// <summary>Everybody who owns a partition.</summary>
    public IEnumerable<NodeLink> Links => _owners.SelectMany(owners => owners).Distinct();

    /// <summary>The owners of a token, in order of preference.</summary>
    public ReadOnlySpan<NodeLink> Of(Token token) => _owners[_shift == 64 ? 0 : (int)(token.Value >> _shift)];
}
