using System.Collections.Immutable;
using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>The way of one process into a simulated cluster: each request to any node, and an answer, or none in time.</summary>
internal sealed class SimStore(Simulation simulation) : IKeyValueStore
{
    /// <summary>What each value ends with here: the model tells writes apart by their values.</summary>
    private const int MarkBytes = 36;

    private readonly Dictionary<string, DotSet> _known = [];
    private readonly Dictionary<WriteId, (ClientRequest Marked, ClientWrite Write)> _writes = [];

    public Task<ClientReply> SendAsync(ClientRequest request, CancellationToken cancellationToken)
    {
        var write = WriteOf(ref request);
        // Continuations run where the answer arrives: the run is one thread.
        var answer = new TaskCompletionSource<ClientReply>();
        var call = new Call
        {
            Request = request,
            Write = write,
            Floor = request.Context.IsEmpty ? DotSet.Empty : _known[Text(request.Context)],
        };
        simulation.Submit(simulation.Chance.OneOf(simulation.Nodes), call, reply =>
        {
            var context = reply switch
            {
                Found found => found.Context,
                NotFound notFound => notFound.Context,
                _ => default,
            };
            if (!context.IsEmpty) _known[Text(context)] = simulation.Checker.KnownBy(call.Key, reply);
            answer.TrySetResult(WithoutMarks(reply));
        });
        simulation.Events.After((long)request.Timeout!.Value.TotalMicroseconds, () => answer.TrySetResult(new RequestTimeout(0, 0)));
        return answer.Task;
    }

    public async Task<ImmutableArray<ClientReply>> ReadAsync(MultiGet gets, CancellationToken cancellationToken) =>
        [.. await Task.WhenAll(gets.Gets.Select(get => SendAsync(get with { Timeout = gets.Timeout }, cancellationToken)))];

    private ClientWrite? WriteOf(ref ClientRequest request)
    {
        if (request is not WriteRequest { WriteId: { } id } write) return null;
        if (!_writes.TryGetValue(id.AsFirst(), out var known))
        {
            byte[] mark = Encoding.ASCII.GetBytes(simulation.Chance.Guid().ToString());
            var marked = write is Put put ? put with { Value = (byte[])[.. put.Value.Span, .. mark] } : write;
            _writes.Add(id.AsFirst(), known = (marked, simulation.NewWrite((marked as Put)?.Value)));
        }

        request = (WriteRequest)known.Marked with { WriteId = id, Timeout = request.Timeout };
        return known.Write;
    }

    private static ClientReply WithoutMarks(ClientReply reply) => reply is not Found found ? reply : found with
    {
        Versions = [.. found.Versions.Select(version => version.IsDeleted ? version : version with { Value = version.Value[..^MarkBytes] })],
    };

    private static string Text(ReadOnlyMemory<byte> bytes) => Convert.ToBase64String(bytes.Span);
}

/// <summary>The time of a run: what waits, waits for its events.</summary>
internal sealed class SimTime(EventQueue events) : TimeProvider
{
    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => events.Now;

    /// <summary>Completes when so much of it has passed.</summary>
    public Task PassAsync(long microseconds)
    {
        var passed = new TaskCompletionSource();
        events.After(microseconds, passed.SetResult);
        return passed.Task;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer();
        events.After((long)dueTime.TotalMicroseconds, () =>
        {
            if (!timer.IsDisposed) callback(state);
        });
        return timer;
    }

    private sealed class Timer : ITimer
    {
        public bool IsDisposed { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException("Nothing in a run changes a timer.");

        public void Dispose() => IsDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
