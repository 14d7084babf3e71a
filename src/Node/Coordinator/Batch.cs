using Akka.Actor;

namespace AkkaKv.Node;

/// <summary>
/// Several messages of one kind to one actor, in their order. Means exactly what they mean one by one; a mailbox, and often another thread,
/// is woken once.
/// </summary>
/// <param name="Items">One or more.</param>
internal sealed record Batch<T>(IReadOnlyList<T> Items) : INoSerializationVerificationNeeded
    where T : notnull;

/// <summary>
/// Gathers what an actor has to tell others while it handles one message, which may itself be a <see cref="Batch{T}"/>, and tells it then.
/// So what came in together goes on together, and nothing waits for more to come.
/// </summary>
/// <remarks>One thread at a time; bounded by what one message makes.</remarks>
internal sealed class Outgoing<T>
    where T : notnull
{
    /// <summary>Nodes have a few stores, coordinators and lanes: looking through them is faster than a table.</summary>
    private readonly List<(IActorRef Target, List<T> Items)> _targets = new(4);

    /// <summary>Lets a message wait for <see cref="Flush"/>.</summary>
    public void Add(IActorRef target, T item)
    {
        foreach (var (known, items) in _targets)
        {
            if (!ReferenceEquals(known, target)) continue;
            items.Add(item);
            return;
        }

        _targets.Add((target, [item]));
    }

    /// <summary>Tells what waits, to each of its targets in the order in which it came.</summary>
    public void Flush(IActorRef sender)
    {
        if (_targets.Count == 0) return;
        foreach (var (target, items) in _targets)
        {
            if (items.Count == 1) target.Tell(items[0], sender);
            else target.Tell(new Batch<T>(items), sender);
        }

        _targets.Clear();
    }
}
