using System.Globalization;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>How many concurrent versions a key may have, and how large they may be together, before writers are warned and then refused.</summary>
/// <param name="WarnCount">From so many versions on the writer is warned.</param>
/// <param name="MaximumCount">A write that would leave more is refused; at most <see cref="Record.MaximumSiblings"/>.</param>
/// <param name="WarnBytes">From so many bytes of values on the writer is warned.</param>
/// <param name="MaximumBytes">A write that would leave more is refused; at most <see cref="Record.MaximumBytes"/>.</param>
internal sealed record SiblingLimits(int WarnCount, int MaximumCount, int WarnBytes, int MaximumBytes)
{
    /// <summary>Those of the reference configuration.</summary>
    public static SiblingLimits Default { get; } = new(25, Record.MaximumSiblings, 2 * 1024 * 1024, Record.MaximumBytes);

    /// <summary>Bytes of all values of a record.</summary>
    public static long BytesOf(Record record)
    {
        var bytes = 0L;
        foreach (var sibling in record.Siblings) bytes += sibling.Value.Length;
        return bytes;
    }

    /// <summary>
    /// True if a write that makes one record of another is refused. One that does not add is not, so that siblings beyond a limit, which
    /// replicas may bring together, can be reduced step by step.
    /// </summary>
    public bool Refuses(Record? held, Record made) =>
        (made.Siblings.Length > MaximumCount && made.Siblings.Length > (held?.Siblings.Length ?? 0))
        || (BytesOf(made) is var bytes && bytes > MaximumBytes && bytes > (held is null ? 0 : BytesOf(held)));

    /// <summary>What to tell the writer of a record; empty for nothing.</summary>
    public string WarningOf(Record made)
    {
        // One version is what its writer asked for, however large.
        if (made.Siblings.Length == 1) return "";
        var bytes = BytesOf(made);
        return made.Siblings.Length < WarnCount && bytes < WarnBytes ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"The key has {made.Siblings.Length} concurrent versions of {bytes} bytes in all, and at {MaximumCount} or {MaximumBytes} bytes no more are taken. Read it, merge them, and put the result with the context of that read.");
    }
}
