using AkkaKv.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Node.Tests;

/// <summary>The second look at a condition, by the replica that gives the dot.</summary>
public class CheckedWriteTests
{
    private readonly RecordMerge _merge = new(new ReplicaId(1), 1, new HybridLogicalClock(new FakeTimeProvider()), () => 2);
    private ulong _writes;

    [Fact]
    public void Write_that_was_checked_against_less_than_is_held_should_be_refused()
    {
        var first = _merge.Mint(null, Mint(null)).Record!;
        Assert.Equal(RefusalReason.Changed, _merge.Mint(first, Mint(null)).Refusal!.Reason);
        var second = _merge.Mint(first, Mint(first)).Record!;
        Assert.Equal(RefusalReason.Changed, _merge.Mint(second, Mint(first)).Refusal!.Reason);
        Assert.Single(_merge.Mint(second, Mint(second)).Record!.Siblings);
    }

    [Fact]
    public void Write_that_was_checked_against_more_than_is_held_should_be_made()
    {
        var held = _merge.Mint(null, Mint(null)).Record!;
        var elsewhere = new RecordMerge(new ReplicaId(2), 1, new HybridLogicalClock(new FakeTimeProvider()), () => 2);
        var seen = elsewhere.Mint(held, Mint(held)).Record!;
        Assert.Single(_merge.Mint(held, Mint(seen)).Record!.Siblings);
    }

    [Fact]
    public void Repetition_of_a_checked_write_should_be_known_and_not_refused()
    {
        var mint = Mint(null);
        var held = _merge.Mint(null, mint).Record!;
        var again = _merge.Mint(held, mint with { WriteId = mint.WriteId.AsRetry() });
        Assert.Null(again.Refusal);
        Assert.Equal(held, again.Record);
    }

    private MintRequest Mint(Protocol.Record? seen) => new()
    {
        Key = "k"u8.ToArray(),
        WriteId = new WriteId(Guid.Empty, ++_writes),
        Past = seen?.Vector ?? VersionVector.Empty,
        Seen = seen,
        IsChecked = true,
        Value = "v"u8.ToArray(),
    };
}
