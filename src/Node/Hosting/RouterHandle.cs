using Akka.Actor;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// How the doors reach the node's router, whichever actor system it is in: while that is made anew, requests wait for the next one. Any
/// thread.
/// </summary>
internal sealed class RouterHandle
{
    private readonly TimeSpan _grace;
    private volatile Tenure _tenure = new();
    private int _underWay;

    /// <summary>Without a router yet.</summary>
    /// <param name="grace">Added to a request's own time before it is given up; a router that is there always answers before.</param>
    public RouterHandle(TimeSpan grace) => _grace = grace;

    /// <summary>The time of one router.</summary>
    private sealed class Tenure
    {
        public TaskCompletionSource<IActorRef> Router { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Cancelled when it answers no more.</summary>
        public CancellationTokenSource End { get; } = new();
    }

    /// <summary>The router is there.</summary>
    public void Use(IActorRef router) => _tenure.Router.TrySetResult(router);

    /// <summary>The router is about to go: requests from now on wait for the next. Those under way are given some time.</summary>
    /// <returns>When they are answered, or told that they will not be.</returns>
    public async Task WithdrawAsync(TimeSpan patience)
    {
        var last = Interlocked.Exchange(ref _tenure, new Tenure());
        last.Router.TrySetCanceled();
        var until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (Volatile.Read(ref _underWay) > 0 && Environment.TickCount64 < until) await looks.WaitForNextTickAsync().ConfigureAwait(false);
        await last.End.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Asks the router. A read that a router left unanswered is asked again of the next.</summary>
    public async Task<ClientReply> AskAsync(IProtocolMessage request, TimeSpan timeout)
    {
        var until = Environment.TickCount64 + (long)(timeout + _grace).TotalMilliseconds;
        while (true)
        {
            var left = TimeSpan.FromMilliseconds(Math.Max(1, until - Environment.TickCount64));
            var tenure = _tenure;
            IActorRef router;
            try
            {
                router = await tenure.Router.Task.WaitAsync(left).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                continue;
            }
            catch (TimeoutException)
            {
                return new NotReady("its actor system is being made anew");
            }

            Interlocked.Increment(ref _underWay);
            try
            {
                return await router.Ask<ClientReply>(request, left, tenure.End.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (tenure.End.IsCancellationRequested)
            {
                if (IsWrite(request)) return new RequestTimeout(0, 0);
            }
            catch (AskTimeoutException)
            {
                return IsWrite(request) ? new RequestTimeout(0, 0) : new NotReady("its router did not answer");
            }
            finally
            {
                Interlocked.Decrement(ref _underWay);
            }
        }
    }

    /// <summary>Whether an unanswered write took effect nobody can say, so it is never said to be undone.</summary>
    private static bool IsWrite(IProtocolMessage request) => request is WriteRequest or MultiPut;
}
