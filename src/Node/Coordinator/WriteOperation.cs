using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// A Put or Delete at one of the key's owners: check; read R where the write needs to know more than this replica does; let the own replica
/// give the dot; send the record, encoded once, to the other owners while the own sync runs; answer when W have it on disk.
/// </summary>
/// <remarks>
/// Before the dot is given, a failure means that nothing was written. After it the write may take effect whatever is answered, so what is
/// answered then is success or <see cref="RequestTimeout"/>.
/// </remarks>
internal sealed class WriteOperation : Operation
{
    private readonly WriteRequest _request;
    private readonly Token _token;
    private readonly ImmutableArray<ReplicaId> _owners;
    private readonly QuorumRequirement _requirement;
    private readonly ConflictPolicy _policy;
    private readonly WriteQuorum _quorum;
    private Phase _phase;
    private VersionVector? _past;
    private QuorumRead? _read;

    /// <summary>What was read before the key changed under the check; what is known once is not forgotten.</summary>
    private Record? _readBefore;
    private Record? _record;
    private string _warning = "";

    /// <summary>A write that has not begun.</summary>
    public WriteOperation(Coordinator coordinator, ulong ticket, Ring ring, long deadline, WriteRequest request)
        : base(coordinator, ticket, ring, deadline)
    {
        _request = request;
        _token = Token.Of(request.Key.Span);
        var partition = ring.PartitionOf(_token);
        _owners = ring.OwnerIdsOf(partition);
        _requirement = ring.RequirementOf(partition, request.W, ring.Document.WriteQuorum, ring.DataCenterOf(coordinator.Environment.Self));
        _quorum = new WriteQuorum(_owners, _requirement);
        _policy = ring.Conflicts.Of(request.Key.Span);
    }

    private enum Phase
    {
        Checking,
        Reading,
        Minting,
        Replicating,
    }

    private ReplicaId Self => Coordinator.Environment.Self;

    private Record? Seen => (_readBefore, _read?.Merged) switch
    {
        ({ } before, { } now) => Record.Merge(before, now),
        var (before, now) => before ?? now,
    };

    private bool IsConditional => _request.Condition.Kind != WriteConditionKind.None;

    /// <summary>What to answer if the clock does not do for this write, else null.</summary>
    private ClockOff? ClockFault => Verdict.FaultOf(Coordinator.Environment, Ring, _request, _policy);

    /// <summary>
    /// True for a last-write-wins write that may supersede what this replica has not seen: its stamp must be greater than all that it
    /// supersedes, and no clock can promise that. Without a context the first owner orders the writes; another one reads what that took.
    /// </summary>
    private bool IsLateForStamps =>
        _policy == ConflictPolicy.LastWriteWins && (!_request.Context.IsEmpty || _owners[0] != Self);

    /// <inheritdoc/>
    public override void Begin()
    {
        if (!_owners.Contains(Self))
        {
            Finish(new StaleRing(Ring.Document.Epoch));
            return;
        }

        if (ClockFault is { } off)
        {
            Finish(off);
            return;
        }

        if (!_request.Context.IsEmpty)
        {
            if (Contexts.Open(Ring, _token, _request.Context, out var context) is { } fault)
            {
                Finish(fault);
                return;
            }

            _past = context.Vector;
        }

        if (_requirement.Unreachable(Coordinator.Environment.IsReachable) is { } lacking)
        {
            Finish(lacking);
            return;
        }

        // A write without a context supersedes what this replica holds. A delete must supersede what was acknowledged elsewhere as well,
        // and so must any write of a replica that may have missed some of it.
        var needsRead = IsConditional || IsLateForStamps || (_past is null && (_request is Delete || Coordinator.Environment.IsCatchingUp()));
        if (needsRead) Read();
        else Mint();
    }

    /// <inheritdoc/>
    public override void Answer(ReplicaId from, ReplicaReply reply)
    {
        switch (_phase, reply)
        {
            case (Phase.Reading, _):
                _read!.Answer(from, reply);
                ProceedWithRead();
                return;
            case (Phase.Minting, Minted minted):
                Replicate(minted);
                return;
            case (Phase.Minting, ReplicaRefusal { Reason: RefusalReason.Changed }):
                // Another write came in between: what it left is read and checked. Each turn is one that somebody else has won.
                if (_request.Context.IsEmpty) _past = null;
                _readBefore = Seen;
                Read();
                return;
            case (Phase.Minting, ReplicaRefusal refusal):
                Finish(Refused(refusal));
                return;
            case (_, ReplicaStored):
                _quorum.Acknowledged(from);
                break;
            default:
                _quorum.Failed(from);
                break;
        }

        if (_quorum.IsEnough) Finish(Done());
        else if (_quorum.IsImpossible) Finish(TimedOut());
    }

    /// <inheritdoc/>
    public override void Late()
    {
        if (_phase == Phase.Reading) _read!.Late();
    }

    /// <inheritdoc/>
    public override ClientReply TimedOut() => _requirement.TimedOut(_quorum.Weakest);

    private void Read()
    {
        _phase = Phase.Reading;
        // A stamp must be greater than those of what the context speaks of, so that is looked for wherever it may be.
        var floor = IsLateForStamps && !IsConditional && _past is not null ? _past : VersionVector.Empty;
        _read = new QuorumRead(Coordinator, this, Ring, _request.Key, Consistency.Default, floor, isStrict: false);
        _read.Begin();
        ProceedWithRead();
    }

    private void ProceedWithRead()
    {
        var now = Coordinator.Environment.Time.GetUtcNow();
        var isEnough = _read!.IsEnough(now);
        if (!isEnough && !_read.IsExhausted) return;

        if (IsConditional)
        {
            if (!isEnough) Finish(_read.NotEnough());
            // A repetition of what took effect before does not fail by its own effect.
            else if (!ToMint().IsSeen && Violated(now) is { } violation) Finish(violation);
            else MintAfterRead();
        }
        else if (_request is Delete && isEnough && _read.Merged is null)
        {
            // R owners hold nothing: there is nothing to supersede, and a tombstone would only have to be purged.
            Finish(new Deleted(ReadOnlyMemory<byte>.Empty, "", "") { Replicas = Presenter.Names(Ring, _request, _read.Counted) });
        }
        else
        {
            // Fewer than R answered: the write supersedes what those hold, and meets the rest as siblings.
            MintAfterRead();
        }
    }

    private void MintAfterRead()
    {
        _past ??= Seen?.Vector;
        Mint();
    }

    /// <summary>What to answer if the key is not as the write asked for, or that cannot be told, else null.</summary>
    private RequestFailure? Violated(DateTimeOffset now)
    {
        var shown = Seen?.Resolve(_policy);
        if (Verdict.FaultOf(Coordinator.Environment, Ring, shown) is { } off) return off;
        var present = shown is not null && !shown.IsDeletedAt(now) ? shown : null;
        var etag = present is null ? "" : Presenter.ETagOf(present);
        var version = present is null ? "" : Presenter.VersionOf(Ring, present);
        return _request.Condition switch
        {
            { Kind: WriteConditionKind.ETagIs } condition when condition.Text != etag || present is null => new PreconditionFailed(etag, version),
            { Kind: WriteConditionKind.Exists } when present is null => new PreconditionFailed(etag, version),
            { Kind: WriteConditionKind.DoesNotExist } when present is not null => new PreconditionFailed(etag, version),
            { Kind: WriteConditionKind.VersionIs } condition when condition.Text != version || present is null => new VersionMismatch(etag, version),
            _ => null,
        };
    }

    private void Mint()
    {
        // The clock may have jumped while the read was under way.
        if (ClockFault is { } off)
        {
            Finish(off);
            return;
        }

        _phase = Phase.Minting;
        // A replica that refuses the read now, after it was enough, has not refused the write.
        Coordinator.Disregard(this);
        Coordinator.Ask(this, Self, ToMint());
    }

    private MintRequest ToMint()
    {
        var put = _request as Put;
        return new MintRequest
        {
            Key = _request.Key,
            WriteId = _request.WriteId ?? throw new InvalidOperationException("The router gives every write an id."),
            Past = _past ?? VersionVector.Empty,
            Seen = Seen,
            // Its stamp is later than any that this replica holds, so with last-write-wins all of that has lost already.
            IsBlind = _policy == ConflictPolicy.LastWriteWins || (_request.Context.IsEmpty && !IsConditional),
            IsChecked = IsConditional,
            IsTombstone = put is null,
            Value = put?.Value ?? ReadOnlyMemory<byte>.Empty,
            ContentType = put?.ContentType ?? "",
            ExpiresAtUnixMilliseconds = put?.TimeToLive is { } time
                ? Coordinator.Environment.Clocks.PhysicalMilliseconds + (long)Math.Ceiling(time.TotalMilliseconds)
                : null,
        };
    }

    private void Replicate(Minted minted)
    {
        _phase = Phase.Replicating;
        _record = minted.Record;
        _warning = Coordinator.Environment.Siblings.WarningOf(_record);
        if (_warning.Length > 0) Coordinator.Environment.Meters.SiblingWarnings.Add(1);
        var store = new ReplicaStore(_request.Key, minted.Encoded);
        foreach (var owner in _owners)
        {
            if (owner != Self) Coordinator.Ask(this, owner, store);
        }
    }

    private WriteDone Done()
    {
        var shown = _record!.Resolve(_policy);
        var context = Presenter.ContextOf(Ring, _token, shown);
        var etag = Presenter.ETagOf(shown);
        var version = Presenter.VersionOf(Ring, shown);
        var replicas = Presenter.Names(Ring, _request, _quorum.Durable);
        return _request is Put
            ? new Written(context, etag, version) { Warning = _warning, Replicas = replicas }
            : new Deleted(context, etag, version) { Warning = _warning, Replicas = replicas };
    }

    /// <summary>The own replica gave no dot: nothing was written anywhere.</summary>
    private RequestFailure Refused(ReplicaRefusal refusal)
    {
        if (refusal.Reason == RefusalReason.TooManySiblings) Coordinator.Environment.Meters.SiblingRefusals.Add(1);
        return refusal.Reason switch
        {
            RefusalReason.Overloaded => new Overloaded(TimeSpan.FromMilliseconds(100)),
            RefusalReason.TooManySiblings => new TooManySiblings(int.Parse(refusal.Detail, System.Globalization.CultureInfo.InvariantCulture)),
            _ => new NotReady(refusal.Detail),
        };
    }
}
