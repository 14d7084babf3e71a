using System.Globalization;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// What one node has itself seen of one member: signs, answers, the lane. Doubts when one of them is overdue, and trusts again with
/// hesitation. Plain state; time comes as an argument, in monotonic milliseconds.
/// </summary>
/// <remarks>
/// <para>Being heard is not enough: where only one direction of a link is cut, the member is heard and hears nothing. So a sign echoes the
/// latest that its sender got, and the age of that echo counts like silence.</para>
/// <para>Hesitation keeps a link that comes and goes from dragging requests to and fro. A member that was started again is a new one: it is
/// trusted at once.</para>
/// </remarks>
internal sealed class PeerEvidence
{
    private const long LossWindow = 60_000;
    private const int LossLimit = 4;

    /// <summary>Actor systems of one member that are remembered.</summary>
    private const int SystemLimit = 8;

    private readonly LivenessSettings _settings;

    /// <summary>When it was lost last, at most <see cref="LossLimit"/> times.</summary>
    private readonly Queue<long> _losses = new();

    /// <summary>Its actor systems by Akka's number, the present one last.</summary>
    private readonly List<int> _systems = [];

    private Incarnation _suspectedAs;
    private bool _isLaneOpen;
    private bool _wasLaneOpen;
    private long _closedAt;
    private long? _wellSince;

    /// <summary>Of a member that gets the benefit of the doubt from now on.</summary>
    public PeerEvidence(LivenessSettings settings, long now)
    {
        _settings = settings;
        HeardAt = AnsweredAt = _closedAt = now;
    }

    /// <summary>When anything of it came last.</summary>
    public long HeardAt { get; private set; }

    /// <summary>When the latest message left that it is known to have got.</summary>
    public long AnsweredAt { get; private set; }

    /// <summary>When its latest sign came; null before the first.</summary>
    public long? SignAt { get; private set; }

    /// <summary>The clock that its latest sign carried; goes back to it as the echo.</summary>
    public long Echo { get; private set; }

    /// <summary>The latest incarnation that was heard; the default before the first sign.</summary>
    public Incarnation Known { get; private set; }

    /// <summary>What its latest sign said of its Akka cluster; null before the first.</summary>
    public SignOfLife? Sign { get; private set; }

    /// <summary>True while this node doubts it.</summary>
    public bool IsSuspected { get; private set; }

    /// <summary>The suspicion as the others are told of it.</summary>
    public Suspicion SuspicionOf(ReplicaId subject) => new(subject, Known);

    /// <summary>True if anything came within the limit: its word counts.</summary>
    public bool IsHeard(long now) => now - HeardAt <= _settings.SuspectAfter;

    /// <summary>True if it is not on time now, whether it is doubted for that or not.</summary>
    public bool IsLate(long now) => now - Math.Min(HeardAt, AnsweredAt) > _settings.LateAfter;

    /// <summary>True if a newer actor system of the same replica has shaken hands since this one did.</summary>
    public bool IsSucceeded(int akkaUid) => _systems.Count > 1 && _systems[^1] != akkaUid && _systems.Contains(akkaUid);

    /// <summary>Something of it came.</summary>
    public void Heard(long now) => HeardAt = Math.Max(HeardAt, now);

    /// <summary>It has got what was sent at a time.</summary>
    public void Answered(long sentAt) => AnsweredAt = Math.Max(AnsweredAt, sentAt);

    /// <summary>Its sign came.</summary>
    /// <returns>False if it is one of a process or system that has a successor.</returns>
    public bool Take(SignOfLife sign, long now)
    {
        if (sign.Incarnation < Known) return false;
        if (_systems.Count == 0 || _systems[^1] != sign.AkkaUid)
        {
            // Two systems that count the same incarnation cannot be put in order.
            if (_systems.Count > 0 && sign.Incarnation == Known) _systems.Clear();
            _systems.Remove(sign.AkkaUid);
            _systems.Add(sign.AkkaUid);
            if (_systems.Count > SystemLimit) _systems.RemoveAt(0);
        }

        (Known, Echo, Sign, SignAt) = (sign.Incarnation, sign.SentAt, sign, now);
        Heard(now);
        // An echo of a clock that ran before this machine was started again may be later than now.
        if (sign.Echo <= now) Answered(sign.Echo);
        return true;
    }

    /// <summary>Whether its lane is open.</summary>
    public void Lane(bool isOpen, long now)
    {
        if (_isLaneOpen && !isOpen) _closedAt = now;
        _isLaneOpen = isOpen;
        _wasLaneOpen |= isOpen;
    }

    /// <summary>This node did not run for a while: that was not the other's silence.</summary>
    public void Forgive(long milliseconds, long now)
    {
        HeardAt = Math.Min(now, HeardAt + milliseconds);
        AnsweredAt = Math.Min(now, AnsweredAt + milliseconds);
        _closedAt = Math.Min(now, _closedAt + milliseconds);
    }

    /// <summary>Draws the conclusion; called at every interval.</summary>
    public void Conclude(long now)
    {
        var overdue = WhyOverdue(now, IsSuspected ? _settings.LateAfter : _settings.SuspectAfter) is not null;
        if (!IsSuspected)
        {
            if (overdue) Suspect(now);
            return;
        }

        if (!overdue)
        {
            _wellSince ??= now;
        }
        else if (_wellSince is not null)
        {
            // It came and went again.
            _wellSince = null;
            NoteLoss(now);
        }

        if (_wellSince is { } since && (Known.Starts > _suspectedAs.Starts || now - since >= Probation(now)))
            IsSuspected = false;
    }

    /// <summary>Doubts it from now on.</summary>
    public void Suspect(long now)
    {
        if (IsSuspected) return;
        (IsSuspected, _suspectedAs, _wellSince) = (true, Known, null);
        NoteLoss(now);
    }

    /// <summary>What this node has seen, for people; empty if nothing is wrong.</summary>
    public string Describe(long now) =>
        WhyOverdue(now, _settings.LateAfter) ?? (IsSuspected ? "it is heard again, not yet for long enough" : "");

    private void NoteLoss(long now)
    {
        _losses.Enqueue(now);
        if (_losses.Count > LossLimit) _losses.Dequeue();
    }

    private long Probation(long now)
    {
        var recent = _losses.Count(loss => now - loss <= LossWindow);
        return _settings.TrustAfter << Math.Clamp(recent - 1, 0, LossLimit - 1);
    }

    private string? WhyOverdue(long now, long limit)
    {
        if (now - HeardAt > limit) return Text($"it is silent for {now - HeardAt} ms");
        if (now - AnsweredAt > limit) return Text($"it is heard, and has got nothing for {now - AnsweredAt} ms");
        if (_isLaneOpen) return null;
        // A connection that broke without a sign since is no hiccup; one that only cannot be opened takes the full time.
        var isBroken = _wasLaneOpen && HeardAt <= _closedAt && now - _closedAt > _settings.SuspectAfter / 4;
        return isBroken || now - _closedAt > _settings.SuspectAfter ? Text($"its lane is closed for {now - _closedAt} ms") : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
