using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>Who coordinates a request. A, B, C own the key; D and E do not.</summary>
public sealed class RoutingTests
{
    private readonly ScriptedCluster _cluster = new(nodes: 5);
    private readonly string _key;

    public RoutingTests() => _key = _cluster.KeyOf("A", "B", "C");

    [Theory]
    [InlineData("B", "", "A")]
    [InlineData("B", "A", "B")]
    [InlineData("D", "AB", "C")]
    [InlineData("D", "ABC", null)]
    public void Write_without_a_context_should_go_to_the_first_owner_that_is_able(string self, string unable, string? coordinator) =>
        Assert.Equal(coordinator, CoordinatorOf(new Put(_key, "v"), self, unable));

    [Theory]
    [InlineData("B", "", "B")]
    [InlineData("B", "B", "A")]
    [InlineData("D", "A", "B")]
    public void Read_should_stay_at_an_owner(string self, string unable, string? coordinator) =>
        Assert.Equal(coordinator, CoordinatorOf(new Get(_key), self, unable));

    [Fact]
    public void Write_with_a_context_should_stay_at_an_owner() =>
        Assert.Equal("C", CoordinatorOf(new Put(_key, "v") { Context = new byte[] { 1 } }, "C", ""));

    private string? CoordinatorOf(ClientRequest request, string self, string unable) =>
        Routing.CoordinatorOf(_cluster.Simulation.Ring, Simulation.TokenOf(_key), request, _cluster[self].Id,
            replica => !unable.Contains(_cluster.Simulation.NodeOf(replica).Name, StringComparison.Ordinal)) is { } found
            ? _cluster.Simulation.NodeOf(found).Name
            : null;
}
