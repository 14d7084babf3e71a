using AkkaKv.Protocol;
using Record = AkkaKv.Protocol.Record;

namespace AkkaKv.Node.Tests;

public sealed class SiblingLimitsTests
{
    private static readonly SiblingLimits Limits = new(WarnCount: 3, MaximumCount: 4, WarnBytes: 50, MaximumBytes: 100);

    [Theory]
    [InlineData(3, 4, false)]
    [InlineData(4, 5, true)]
    [InlineData(5, 5, false)]
    [InlineData(9, 8, false)]
    [InlineData(8, 9, true)]
    public void Write_that_adds_beyond_the_count_should_be_refused(int held, int made, bool isRefused) =>
        Assert.Equal(isRefused, Limits.Refuses(Of(held, 1), Of(made, 1)));

    [Theory]
    [InlineData(49, 50, false)]
    [InlineData(49, 51, true)]
    [InlineData(60, 60, false)]
    [InlineData(60, 59, false)]
    public void Write_that_adds_beyond_the_bytes_should_be_refused(int held, int made, bool isRefused) =>
        Assert.Equal(isRefused, Limits.Refuses(Of(2, held), Of(2, made)));

    [Fact]
    public void Writer_should_be_warned_of_siblings_and_never_of_one_version()
    {
        Assert.Empty(Limits.WarningOf(Of(1, 90)));
        Assert.Empty(Limits.WarningOf(Of(2, 24)));
        Assert.Contains("2 concurrent versions of 50 bytes", Limits.WarningOf(Of(2, 25)), StringComparison.Ordinal);
        Assert.Contains("3 concurrent versions of 3 bytes", Limits.WarningOf(Of(3, 1)), StringComparison.Ordinal);
    }

    private static Record Of(int siblings, int bytes) => Enumerable.Range(1, siblings)
        .Select(writer => Record.Write(null, VersionVector.Empty, new Sibling
        {
            Dot = new Dot(new VersionActor(new ReplicaId((ulong)writer), 1), 1),
            WriteId = new WriteId(Guid.Empty, (ulong)writer),
            Timestamp = HybridTimestamp.Of(writer),
            Value = new byte[bytes],
        }))
        .Aggregate(Record.Merge);
}
