namespace AkkaKv.Protocol;

/// <summary>A request for several keys names too many. Nothing was read or written.</summary>
/// <param name="Entries">How many.</param>
/// <param name="Limit">The limit.</param>
public sealed record TooManyEntries(int Entries, int Limit) : RequestFailure
{
    /// <inheritdoc/>
    public override string Message => Text($"The request names {Entries} keys; at most {Limit} are allowed. Send several requests.");
}

/// <summary>A request for several keys is too large as a whole. Nothing was written.</summary>
/// <param name="Bytes">Its keys and values together.</param>
/// <param name="Limit">The limit.</param>
public sealed record RequestTooLarge(long Bytes, long Limit) : RequestFailure
{
    /// <inheritdoc/>
    public override string Message => Text($"The request has {Bytes} bytes of keys and values; at most {Limit} are allowed. Send several requests.");
}

/// <summary>The value did not fit into the answer beside those before it. Said of single keys of a request for several.</summary>
/// <param name="Bytes">What it would have taken.</param>
/// <param name="Limit">Limit of the whole answer.</param>
public sealed record AnswerTooLarge(long Bytes, long Limit) : RequestFailure
{
    /// <inheritdoc/>
    public override string Message => Text(
        $"The value takes {Bytes} bytes, and the answer has no more room for it (at most {Limit} for all keys). Read this key again, alone.");
}
