namespace AkkaKv.Protocol;

/// <summary>A request of the client until it is answered: its bytes, encoded once, and where it stands.</summary>
/// <remarks>
/// Made on the thread that asks; from then on the dispatcher's, but for <see cref="IsCompleted"/> and cancelling, which are anybody's. The
/// request's own memory is copied, so its owner may use it again at once.
/// </remarks>
internal abstract class UnderWay(MessageKind kind, byte[] body, Token token, long deadline)
{
    /// <summary>Before it has been sent anywhere and failed.</summary>
    public const int FirstBackOffMilliseconds = 20;

    private const int LongestBackOffMilliseconds = 500;

    private CancellationTokenRegistration _cancellation;

    public MessageKind Kind { get; } = kind;

    public byte[] Body { get; private set; } = body;

    public Token Token { get; } = token;

    /// <summary>Monotonic milliseconds.</summary>
    public long Deadline { get; } = deadline;

    /// <summary>Who has it, or had it last; not the first choice for the next attempt.</summary>
    public NodeLink? Link { get; set; }

    public long SentAt { get; set; }

    /// <summary>It is not sent before.</summary>
    public long NotBefore { get; set; }

    public int Attempts { get; set; }

    /// <summary>True if it is a write that may have had its effect at a node that did not say so.</summary>
    public bool IsUncertain { get; private set; }

    public int BackOffMilliseconds { get; private set; } = FirstBackOffMilliseconds;

    /// <summary>True if nobody waits any more.</summary>
    public abstract bool IsCompleted { get; }

    private bool IsWrite => Kind is MessageKind.Put or MessageKind.Delete;

    /// <summary>Ends the wait, not the request.</summary>
    public void CancelWith(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled) return;
        _cancellation = cancellationToken.UnsafeRegister(
            static (request, cancelled) => ((UnderWay)request!).Cancel(cancelled), this);
    }

    /// <summary>A node that may have served it has not said so: from now on it is a repetition of itself.</summary>
    public void MayHaveTakenEffect()
    {
        if (!IsWrite || IsUncertain) return;
        IsUncertain = true;
        var write = (WriteRequest)ProtocolCodec.Decode(Kind, Body);
        Body = ProtocolCodec.Encode(write with { WriteId = write.WriteId!.Value.AsRetry() });
    }

    /// <summary>The next wait is twice as long.</summary>
    public void BackOff() => BackOffMilliseconds = Math.Min(2 * BackOffMilliseconds, LongestBackOffMilliseconds);

    /// <summary>Answers who waits, if anybody does still.</summary>
    public void Complete(ClientReply reply)
    {
        _cancellation.Dispose();
        SetResult(reply);
    }

    protected abstract void SetResult(ClientReply reply);

    protected abstract void Cancel(CancellationToken cancelled);
}

/// <summary>A request whose caller waits for one kind of reply.</summary>
/// <typeparam name="T">That kind; another one that is no failure reads as null.</typeparam>
internal sealed class UnderWay<T>(MessageKind kind, byte[] body, Token token, long deadline, bool throws)
    : UnderWay(kind, body, token, deadline)
    where T : ClientReply
{
    private readonly TaskCompletionSource<T?> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T?> Task => _source.Task;

    public override bool IsCompleted => _source.Task.IsCompleted;

    protected override void SetResult(ClientReply reply)
    {
        if (throws && reply is RequestFailure failure) _source.TrySetException(new AkkaKvException(failure));
        else _source.TrySetResult(reply as T);
    }

    protected override void Cancel(CancellationToken cancelled) => _source.TrySetCanceled(cancelled);
}
