using System.Collections.Concurrent;
using Akka.Actor;

namespace AkkaKv.Protocol;

/// <summary>
/// Where threads that ask leave their requests for the client's actor: a queue without locks, and one wake-up for all that gathers before
/// the actor gets to it.
/// </summary>
/// <param name="limit">Requests at a time, those that wait included.</param>
internal sealed class ClientIntake(int limit)
{
    private readonly ConcurrentQueue<UnderWay> _queue = new();
    private int _count;
    private int _isAwake;
    private volatile bool _isClosed;

    /// <summary>Tells the actor that something waits here.</summary>
    public sealed class Wake : INoSerializationVerificationNeeded
    {
        public static Wake Instance { get; } = new();
    }

    /// <summary>Takes a place for a request. False if there is none; else <see cref="Release"/> gives it back.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= limit) return true;
        Interlocked.Decrement(ref _count);
        return false;
    }

    /// <summary>A request is answered.</summary>
    public void Release() => Interlocked.Decrement(ref _count);

    /// <summary>Leaves a request.</summary>
    public void Add(UnderWay request, IActorRef actor)
    {
        _queue.Enqueue(request);
        if (_isClosed) Close();
        else if (Interlocked.Exchange(ref _isAwake, 1) == 0) actor.Tell(Wake.Instance, ActorRefs.NoSender);
    }

    /// <summary>The actor takes what is there; whatever comes from now on wakes it again.</summary>
    public void BeginTaking() => Interlocked.Exchange(ref _isAwake, 0);

    /// <summary>The next request.</summary>
    public bool TryTake(out UnderWay request) => _queue.TryDequeue(out request!);

    /// <summary>Nobody takes any more: what is here, and what comes, is answered so.</summary>
    public void Close()
    {
        _isClosed = true;
        while (_queue.TryDequeue(out var request))
        {
            request.Complete(new NotReady("the client was closed"));
            Release();
        }
    }
}
