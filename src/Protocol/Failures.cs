using System.Globalization;

namespace AkkaKv.Protocol;

/// <summary>A request was not done, or it is not known whether it was. Each kind names the next step.</summary>
public abstract record RequestFailure : ClientReply
{
    /// <summary>The kind, as programs compare it; the same in every door.</summary>
    public string Error => GetType().Name;

    /// <summary>What happened and what to do next, in a sentence or two.</summary>
    public abstract string Message { get; }

    /// <summary>True if the same request may succeed later as it is.</summary>
    public virtual bool IsTransient => false;

    /// <summary>Numbers are printed alike everywhere.</summary>
    protected static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Too few replicas can be reached. Nothing was written.</summary>
/// <param name="Required">W or R, of the data centre that lacks them.</param>
/// <param name="Reachable">How many there are.</param>
public sealed record NotEnoughReplicas(int Required, int Reachable) : RequestFailure
{
    /// <summary>The level that the request asked for.</summary>
    public Consistency Level { get; init; }

    /// <summary>The data centre that lacks them; empty for all together, and in a ring of one.</summary>
    public string DataCenter { get; init; } = "";

    /// <inheritdoc/>
    public override bool IsTransient => true;

    /// <inheritdoc/>
    public override string Message => Text(
        $"{Required} replicas{Level.In(DataCenter)} are required, {Reachable} can be reached. Try again, ask for fewer (w or r), or see `akkakv status`.");
}

/// <summary>The time ran out. A write may or may not have taken effect, now or later.</summary>
/// <param name="Acks">Replicas that answered in time.</param>
/// <param name="Required">W or R, of the data centre that lacks most.</param>
public sealed record RequestTimeout(int Acks, int Required) : RequestFailure
{
    /// <summary>The level that the request asked for.</summary>
    public Consistency Level { get; init; }

    /// <summary>The data centre that lacks most; empty for all together, and in a ring of one.</summary>
    public string DataCenter { get; init; } = "";

    /// <inheritdoc/>
    public override bool IsTransient => true;

    /// <inheritdoc/>
    public override string Message => Text(
        $"{Acks} of {Required} replicas{Level.In(DataCenter)} answered in time. A write may have taken effect: send it again with the same write id, marked as a retry.");
}

/// <summary>The node has as much to do as it takes. Nothing was written.</summary>
/// <param name="RetryAfter">When to try again.</param>
public sealed record Overloaded(TimeSpan RetryAfter) : RequestFailure
{
    /// <inheritdoc/>
    public override bool IsTransient => true;

    /// <inheritdoc/>
    public override string Message => Text($"The node is at its bound. Try again in {RetryAfter.TotalMilliseconds:0} ms, or ask another node.");
}

/// <summary>The key is empty or longer than the limit.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="Limit">The limit.</param>
public sealed record KeyTooLarge(int Bytes, int Limit) : RequestFailure
{
    /// <inheritdoc/>
    public override string Message => Text($"The key has {Bytes} bytes; 1 to {Limit} are allowed.");
}

/// <summary>The value is longer than the limit.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="Limit">The limit.</param>
public sealed record ValueTooLarge(long Bytes, long Limit) : RequestFailure
{
    /// <inheritdoc/>
    public override string Message => Text($"The value has {Bytes} bytes; at most {Limit} are allowed (akkakv.limits.value-bytes).");
}

/// <summary>The key has so many concurrent versions, or they are so large, that no further one is taken.</summary>
/// <param name="Siblings">How many there are.</param>
public sealed record TooManySiblings(int Siblings) : RequestFailure
{
    /// <inheritdoc/>
    public override string Message => Text(
        $"The key has {Siblings} concurrent versions. Read it, merge them, and put the result with the context of that read.");
}

/// <summary>The request was routed by a ring that is not the newest.</summary>
/// <param name="RingEpoch">The epoch of the newest ring known here.</param>
public sealed record StaleRing(long RingEpoch) : RequestFailure
{
    /// <inheritdoc/>
    public override bool IsTransient => true;

    /// <inheritdoc/>
    public override string Message => Text($"The cluster has changed (ring epoch {RingEpoch}). Try again.");
}

/// <summary>The context is not one that this cluster gave for this key. Nothing was written.</summary>
/// <param name="Reason">What is wrong with it.</param>
public sealed record BadContext(string Reason) : RequestFailure
{
    /// <inheritdoc/>
    public override string Message => $"The context {Reason}. Read the key and use the context of that answer.";
}

/// <summary>The request cannot be understood. Nothing was written.</summary>
/// <param name="Reason">What is wrong with it.</param>
public sealed record BadRequest(string Reason) : RequestFailure
{
    /// <inheritdoc/>
    public override string Message => Reason;
}

/// <summary>The key's <c>ETag</c> is not the one that the write asked for. Nothing was written.</summary>
/// <param name="ETag">The present one; empty if the key has no value.</param>
/// <param name="Version">The present version; empty if none.</param>
public sealed record PreconditionFailed(string ETag, string Version) : RequestFailure
{
    /// <inheritdoc/>
    public override string Message => ETag.Length == 0
        ? "The key has no value, and the write asked for one. Read it again."
        : $"The key has changed: its ETag is \"{ETag}\". Read it again.";
}

/// <summary>The key's version is not the one that the write asked for. Nothing was written.</summary>
/// <param name="ETag">The present <c>ETag</c>; empty if the key has no value.</param>
/// <param name="Version">The present version; empty if none.</param>
public sealed record VersionMismatch(string ETag, string Version) : RequestFailure
{
    /// <inheritdoc/>
    public override string Message => ETag.Length == 0
        ? "The key has no value, and the write asked for a version. Read it again."
        : $"The key has changed: its version is {Version}. Read it again.";
}

/// <summary>The node cannot serve yet, or not any more.</summary>
/// <param name="Reason">What it waits for.</param>
public sealed record NotReady(string Reason) : RequestFailure
{
    /// <inheritdoc/>
    public override bool IsTransient => true;

    /// <inheritdoc/>
    public override string Message => $"The node is not serving: {Reason}. Try again, or ask another node.";
}

/// <summary>
/// The node's clock is too far from its peers' for what was asked: it would stamp a last-write-wins write or set or judge an expiry.
/// Nothing was written.
/// </summary>
/// <param name="Node">The node's name.</param>
/// <param name="LeadMilliseconds">How far it is ahead of the median of its peers; negative if behind.</param>
public sealed record ClockOff(string Node, long LeadMilliseconds) : RequestFailure
{
    /// <inheritdoc/>
    public override bool IsTransient => true;

    /// <inheritdoc/>
    public override string Message => Text(
        $"The clock of {Node} is {Math.Abs((decimal)LeadMilliseconds)} ms {(LeadMilliseconds < 0 ? "behind" : "ahead of")} its peers'. Try again at another node, and set the clock of {Node} right (NTP).");
}
