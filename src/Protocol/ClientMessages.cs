using System.Collections.Immutable;
using System.Text;

namespace AkkaKv.Protocol;

/// <summary>A request of a client, for one key, to any node's <c>/user/kv</c>. The answer is a <see cref="ClientReply"/>.</summary>
public abstract record ClientRequest : IProtocolMessage
{
    /// <summary>1 to 1,024 bytes.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>How long until the answer is <see cref="RequestTimeout"/>; null for the node's default, at most 60 s.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// The opaque token of an earlier answer for this key; empty for none. A write with it supersedes exactly what that answer showed; a
    /// read with it is at least as new.
    /// </summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>True if the answer is to say which replicas it stands on.</summary>
    public bool WantsReplicas { get; init; }

    /// <summary>The UTF-8 bytes of a key or value given as text.</summary>
    protected static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);
}

/// <summary>What a conditional write asks of the key's present state.</summary>
/// <param name="Kind">What is compared.</param>
/// <param name="Text">The <c>ETag</c> (without quotes) or the version, where one is compared.</param>
public readonly record struct WriteCondition(WriteConditionKind Kind, string Text = "")
{
    /// <summary>The <c>ETag</c> (without quotes) or the version, where one is compared; else empty.</summary>
    public string Text { get => field ?? ""; init; } = Text;
}

/// <summary>The kinds of <see cref="WriteCondition"/>. The numbers are on the wire.</summary>
public enum WriteConditionKind
{
    /// <summary>No condition.</summary>
    None = 0,

    /// <summary>The <c>ETag</c> is the given one.</summary>
    ETagIs = 1,

    /// <summary>The version is the given one.</summary>
    VersionIs = 2,

    /// <summary>The key has a value.</summary>
    Exists = 3,

    /// <summary>The key has none.</summary>
    DoesNotExist = 4,
}

/// <summary>A request that changes the key.</summary>
public abstract record WriteRequest : ClientRequest
{
    /// <summary>W: replicas that must have it on disk, synced, before the answer.</summary>
    public Consistency W { get; init; }

    /// <summary>The sender's name of the write; null lets the node that takes it give one (and then a repetition is another write).</summary>
    public WriteId? WriteId { get; init; }

    /// <summary>
    /// Checked against a read of R before the write, and again by the coordinating replica when it takes it; what is written supersedes
    /// exactly what was checked (or, with a <see cref="ClientRequest.Context"/>, that). So writers at one coordinator come one after the other.
    /// A check, not a lock: two that pass it on different nodes, as across a network partition, both write, and their values become
    /// siblings. Fails with <see cref="PreconditionFailed"/> or <see cref="VersionMismatch"/>, and nothing is written.
    /// </summary>
    public WriteCondition Condition { get; init; }
}

/// <summary>Stores a value. Answered by <see cref="Written"/> or a <see cref="RequestFailure"/>.</summary>
public sealed record Put : WriteRequest
{
    /// <summary>A put of bytes under a key.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        Key = key;
        Value = value;
    }

    /// <summary>A put of text, as UTF-8.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public Put(string key, string value)
        : this(Utf8(key), Utf8(value))
    {
    }

    /// <summary>0 bytes to 1 MiB.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>A media type that is kept and given back; empty for none; at most 256 characters.</summary>
    public string ContentType { get; init; } = "";

    /// <summary>
    /// How long the value is there, 1 ms to 36,500 days from the moment its coordinator takes it; null for ever. A later put replaces it: one
    /// without a time to live lifts the expiry.
    /// </summary>
    public TimeSpan? TimeToLive { get; init; }
}

/// <summary>Removes the key's value. Answered by <see cref="Deleted"/>, also where there was none, or a <see cref="RequestFailure"/>.</summary>
public sealed record Delete : WriteRequest
{
    /// <summary>A delete of a key.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public Delete(ReadOnlyMemory<byte> key) => Key = key;

    /// <summary>A delete of a key given as text.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public Delete(string key)
        : this(Utf8(key))
    {
    }
}

/// <summary>Reads the key. Answered by <see cref="Found"/>, <see cref="NotFound"/> or a <see cref="RequestFailure"/>.</summary>
public sealed record Get : ClientRequest
{
    /// <summary>A get of a key.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public Get(ReadOnlyMemory<byte> key) => Key = key;

    /// <summary>A get of a key given as text.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public Get(string key)
        : this(Utf8(key))
    {
    }

    /// <summary>R: replicas that must answer.</summary>
    public Consistency R { get; init; }

    /// <summary>True if only owners of the key may answer.</summary>
    public bool IsStrict { get; init; }
}

/// <summary>
/// Reads the rows of the whole cluster in token order, a page at a time. Answered by <see cref="ScanPage"/> or a
/// <see cref="RequestFailure"/>.
/// </summary>
public sealed record Scan : IProtocolMessage
{
    /// <summary>Where the page begins; empty for the first, else the cursor of the page before.</summary>
    public ReadOnlyMemory<byte> Cursor { get; init; }

    /// <summary>Rows at most, 1 to 1,000.</summary>
    public int Limit { get; init; } = 1000;

    /// <summary>How long until the answer is <see cref="RequestTimeout"/>; null for the node's default.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>The answer to a client's request.</summary>
public abstract record ClientReply : IProtocolMessage;

/// <summary>The write is on the disks of W nodes, or causally superseded there by a write that saw it.</summary>
/// <param name="Context">The context of what the key held after it: a read that carries it sees this write or a later one.</param>
/// <param name="ETag">The hash of the versions after it, 16 hex digits.</param>
/// <param name="Version">The vector after it, in print.</param>
public abstract record WriteDone(ReadOnlyMemory<byte> Context, string ETag, string Version) : ClientReply
{
    /// <summary>The names of the nodes that had it on disk when this was said; empty unless the request asked for them.</summary>
    public ImmutableArray<string> Replicas { get; init; } = [];

    /// <summary>What its writer should know though the write was done, such as that siblings pile up; empty for nothing.</summary>
    public string Warning { get; init; } = "";
}

/// <inheritdoc/>
public sealed record Written(ReadOnlyMemory<byte> Context, string ETag, string Version) : WriteDone(Context, ETag, Version);

/// <inheritdoc/>
public sealed record Deleted(ReadOnlyMemory<byte> Context, string ETag, string Version) : WriteDone(Context, ETag, Version);

/// <summary>One version of a key, as a reader is shown it.</summary>
/// <param name="Value">The bytes; empty for a delete.</param>
/// <param name="ContentType">What the writer named; empty if nothing.</param>
/// <param name="IsDeleted">True for a delete that is concurrent with the other versions.</param>
/// <param name="Version">Its vector, in print.</param>
public sealed record VersionedValue(ReadOnlyMemory<byte> Value, string ContentType, bool IsDeleted, string Version)
{
    /// <summary>Milliseconds since 1970 (UTC) at which the value expires; null if never, and for a delete.</summary>
    public long? ExpiresAtUnixMilliseconds { get; init; }

    /// <summary>How long that was away, by the clock of the node that coordinated the read; null if it never expires.</summary>
    public TimeSpan? TimeToLive { get; init; }
}

/// <summary>The key has a value, or several that were written concurrently.</summary>
/// <param name="Versions">The maximal concurrent versions, at least one of them not a delete.</param>
/// <param name="Context">To be sent with the write that supersedes exactly these.</param>
/// <param name="ETag">The hash of the versions, 16 hex digits.</param>
/// <param name="Version">The vector of all of them together, in print.</param>
/// <param name="IsSloppy">True if a node answered that is not an owner, because too few owners could be reached.</param>
public sealed record Found(
    ImmutableArray<VersionedValue> Versions, ReadOnlyMemory<byte> Context, string ETag, string Version, bool IsSloppy) : ClientReply
{
    /// <summary>The value, where there is one version only; throws <see cref="InvalidOperationException"/> where there are siblings.</summary>
    public ReadOnlyMemory<byte> Value => Versions.Length == 1
        ? Versions[0].Value
        : throw new InvalidOperationException(
            $"The key has {Versions.Length} concurrent versions: merge them, and put the result with the context of this answer.");

    /// <summary>The names of the nodes whose answers are in this one; empty unless the request asked for them.</summary>
    public ImmutableArray<string> Replicas { get; init; } = [];

    /// <summary>In print, for logs: without values.</summary>
    public override string ToString() => $"{nameof(Found)} {{ {string.Join(" | ", Versions.Select(version => version.Version))} }}";
}

/// <summary>R owners hold no value.</summary>
/// <param name="Context">The context of the delete, where one is remembered; else empty.</param>
public sealed record NotFound(ReadOnlyMemory<byte> Context) : ClientReply
{
    /// <summary>The names of the nodes that said so; empty unless the request asked for them.</summary>
    public ImmutableArray<string> Replicas { get; init; } = [];
}

/// <summary>One key of a <see cref="ScanPage"/>.</summary>
/// <param name="Key">The key.</param>
/// <param name="Row">What a read of it finds.</param>
public sealed record ScanRow(ReadOnlyMemory<byte> Key, Found Row);

/// <summary>A page of the cluster's rows.</summary>
/// <param name="Rows">In token order; deleted keys are left out, so a page may be empty and not the last.</param>
/// <param name="Cursor">Where the next page begins; empty if this is the last.</param>
public sealed record ScanPage(ImmutableArray<ScanRow> Rows, ReadOnlyMemory<byte> Cursor) : ClientReply;
