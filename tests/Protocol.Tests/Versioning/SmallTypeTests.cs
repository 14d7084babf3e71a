using CsCheck;

namespace AkkaKv.Protocol.Tests;

public class SmallTypeTests
{
    [Fact]
    public void A_write_id_comes_back_from_its_text() => Gen.Select(Gen.Guid, Gen.ULong, Gen.Bool).Sample((source, number, isRetry) =>
    {
        var id = new WriteId(source, number, isRetry);
        return WriteId.TryParse(id.ToString(), out var parsed) && parsed == id;
    });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("11111111111111111111111111111111")]
    [InlineData("11111111111111111111111111111111-")]
    [InlineData("11111111111111111111111111111111--1")]
    [InlineData("11111111111111111111111111111111- 1")]
    [InlineData("11111111111111111111111111111111-1;again")]
    [InlineData("11111111-1111-1111-1111-111111111111-1")]
    public void Anything_else_is_no_write_id(string? text) => Assert.False(WriteId.TryParse(text, out _));

    [Fact]
    public void Write_ids_of_one_source_are_distinct_under_concurrent_use()
    {
        var source = new WriteIdSource();
        var ids = Enumerable.Range(0, 20_000).AsParallel().Select(_ => source.Next()).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void Two_sources_share_no_write_id() => Assert.NotEqual(new WriteIdSource().Next(), new WriteIdSource().Next());

    [Fact]
    public void A_retry_is_the_same_write_and_not_the_same_id()
    {
        var id = new WriteId(Versions.SomeClient, 7);
        Assert.True(id.IsSameWriteAs(id.AsRetry()));
        Assert.NotEqual(id, id.AsRetry());
        Assert.Equal(id, id.AsRetry().AsFirst());
        Assert.False(id.IsSameWriteAs(new WriteId(Versions.OtherClient, 7)));
    }

    [Fact]
    public void A_replica_id_comes_back_from_its_text() =>
        Gen.ULong.Sample(value => ReplicaId.Parse(new ReplicaId(value).ToString()) == new ReplicaId(value));

    [Theory]
    [InlineData("one", 1, "1")]
    [InlineData("2", 2, "2")]
    [InlineData("quorum", -1, "quorum")]
    [InlineData("all", -2, "all")]
    [InlineData("local-quorum", -3, "local-quorum")]
    [InlineData("each-quorum", -4, "each-quorum")]
    public void A_consistency_is_read_from_text_under_a_code_that_is_on_the_wire(string text, int code, string printed)
    {
        Assert.True(Consistency.TryParse(text, out var consistency));
        Assert.Equal(new Consistency(code), consistency);
        Assert.Equal(printed, consistency.ToString());
        Assert.True(consistency.IsKnown);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("two")]
    [InlineData(" 1")]
    [InlineData("99999999999")]
    public void Anything_else_is_no_consistency(string? text) => Assert.False(Consistency.TryParse(text, out _));

    [Fact]
    public void A_consistency_of_a_newer_release_is_not_known() => Assert.False(new Consistency(-5).IsKnown);

    /// <summary>The place of every key depends on it: another hash is another cluster.</summary>
    [Fact]
    public void The_token_of_a_key_is_frozen()
    {
        Assert.Equal("2d06800538d394c2", Token.Of([]).ToString());
        Assert.Equal("0c354ecdc24a77d5", Token.Of("name"u8).ToString());
    }
}
