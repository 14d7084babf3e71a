using System.Globalization;
using System.Security.Cryptography;

namespace AkkaKv.Protocol;

/// <summary>
/// What makes a write the same write when it is sent again: 128 random bits drawn once per client process or door, a number, and
/// whether this is a repetition. A client that restarts draws new bits, so its numbers may start from 1 again.
/// </summary>
/// <param name="Source">The random bits of the sender.</param>
/// <param name="Number">Counts the sender's writes.</param>
/// <param name="IsRetry">True when the same write was sent before, whatever became of it.</param>
public readonly record struct WriteId(Guid Source, ulong Number, bool IsRetry = false)
{
    private const string RetryMark = ";retry";

    /// <summary>The same write, sent again.</summary>
    public WriteId AsRetry() => this with { IsRetry = true };

    /// <summary>The same write as it was sent first.</summary>
    public WriteId AsFirst() => this with { IsRetry = false };

    /// <summary>True if both name one write, whether repeated or not.</summary>
    public bool IsSameWriteAs(WriteId other) => Number == other.Number && Source == other.Source;

    /// <summary>Reads <c>{32 hex digits}-{number}</c> with an optional <c>;retry</c> behind it.</summary>
    public static bool TryParse(string? text, out WriteId id)
    {
        id = default;
        if (text is null) return false;
        var isRetry = text.EndsWith(RetryMark, StringComparison.Ordinal);
        var body = isRetry ? text[..^RetryMark.Length] : text;
        var dash = body.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0
            || !Guid.TryParseExact(body[..dash], "N", out var source)
            || !ulong.TryParse(body.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        id = new WriteId(source, number, isRetry);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Source:N}-{Number}{(IsRetry ? RetryMark : "")}");
}

/// <summary>Numbers the writes of one client process or door. Safe for any number of threads.</summary>
public sealed class WriteIdSource
{
    private readonly Guid _source;
    private ulong _last;

    /// <summary>Draws the random bits.</summary>
    public WriteIdSource() => _source = new Guid(RandomNumberGenerator.GetBytes(16));

    /// <summary>A source with given bits, for seeded runs.</summary>
    public WriteIdSource(Guid source) => _source = source;

    /// <summary>The id of the next write.</summary>
    public WriteId Next() => new(_source, Interlocked.Increment(ref _last));
}
