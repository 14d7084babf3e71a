using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>A Get: ask R, the own replica first and the others by its hash; merge; answer; bring stale owners up to date behind it.</summary>
internal sealed class ReadOperation : Operation
{
    private readonly Get _request;
    private readonly Token _token;
    private QuorumRead? _read;

    /// <summary>A read that has not begun.</summary>
    public ReadOperation(Coordinator coordinator, ulong ticket, Ring ring, long deadline, Get request)
        : base(coordinator, ticket, ring, deadline)
    {
        _request = request;
        _token = Token.Of(request.Key.Span);
    }

    /// <inheritdoc/>
    public override void Begin()
    {
        var floor = VersionVector.Empty;
        if (!_request.Context.IsEmpty)
        {
            if (Contexts.Open(Ring, _token, _request.Context, out var context) is { } fault)
            {
                Finish(fault);
                return;
            }

            floor = context.Vector;
        }

        _read = new QuorumRead(Coordinator, this, Ring, _request.Key, _request.R, floor, _request.IsStrict);
        _read.Begin();
        Proceed();
    }

    /// <inheritdoc/>
    public override void Answer(ReplicaId from, ReplicaReply reply)
    {
        _read!.Answer(from, reply);
        Proceed();
    }

    /// <inheritdoc/>
    public override void Late() => _read?.Late();

    /// <inheritdoc/>
    public override ClientReply TimedOut() => _read!.TimedOut();

    private void Proceed()
    {
        var now = Coordinator.Environment.Time.GetUtcNow();
        if (_read!.IsEnough(now))
        {
            _read.NoteLatency();
            var shown = _read.Merged?.Resolve(Ring.Conflicts.Of(_request.Key.Span));
            var fault = Verdict.FaultOf(Coordinator.Environment, Ring, shown);
            var reply = (ClientReply?)fault ?? Presenter.Read(Ring, _token, shown, _read.IsSloppy, now);
            Finish(Presenter.WithReplicas(reply, Presenter.Names(Ring, _request, _read.Counted)));
            _read.RepairStale();
        }
        else if (_read.IsExhausted)
        {
            Finish(_read.NotEnough());
        }
    }
}
