using Akka.Actor;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

/// <summary>Conditions through the door of messages; those of HTTP are in <see cref="HttpConditionTests"/>.</summary>
[Collection(SharedCluster.Name)]
public sealed class ConditionalWriteTests(SharedCluster shared)
{
    [Fact]
    public async Task Stale_etag_or_version_should_be_refused_with_the_present_one_and_change_nothing()
    {
        var old = Assert.IsType<Written>(await AskAsync(0, new Put("if-stale", "1")));
        var current = Assert.IsType<Written>(await AskAsync(1, new Put("if-stale", "2")));

        foreach (WriteRequest write in new WriteRequest[] { new Put("if-stale", "3"), new Delete("if-stale") })
        {
            var failed = Assert.IsType<PreconditionFailed>(
                await AskAsync(2, write with { Condition = new WriteCondition(WriteConditionKind.ETagIs, old.ETag) }));
            Assert.Equal((current.ETag, current.Version), (failed.ETag, failed.Version));
            var mismatch = Assert.IsType<VersionMismatch>(
                await AskAsync(2, write with { Condition = new WriteCondition(WriteConditionKind.VersionIs, old.Version) }));
            Assert.Equal((current.ETag, current.Version), (mismatch.ETag, mismatch.Version));
        }

        Assert.Equal("2"u8.ToArray(), Assert.IsType<Found>(await AskAsync(0, new Get("if-stale"))).Value.ToArray());
        var made = new Put("if-stale", "4") { Condition = new WriteCondition(WriteConditionKind.VersionIs, current.Version) };
        Assert.IsType<Written>(await AskAsync(0, made));
    }

    [Fact]
    public async Task Absence_and_presence_should_be_conditions()
    {
        var present = new WriteCondition(WriteConditionKind.Exists);
        var absent = new WriteCondition(WriteConditionKind.DoesNotExist);
        Assert.IsType<PreconditionFailed>(await AskAsync(0, new Put("if-there", "1") { Condition = present }));
        Assert.IsType<Written>(await AskAsync(1, new Put("if-there", "1") { Condition = absent }));
        Assert.IsType<PreconditionFailed>(await AskAsync(2, new Put("if-there", "2") { Condition = absent }));
        Assert.IsType<Deleted>(await AskAsync(0, new Delete("if-there") { Condition = present }));
        Assert.IsType<PreconditionFailed>(await AskAsync(1, new Delete("if-there") { Condition = present }));
    }

    [Fact]
    public async Task Of_many_who_create_a_key_at_once_on_every_node_one_should_succeed()
    {
        for (var round = 0; round < 5; round++)
        {
            var key = $"if-race-{round}";
            var creations = Enumerable.Range(0, 12).Select(writer => AskAsync(writer % 3, new Put(key, $"{writer}")
            {
                Condition = new WriteCondition(WriteConditionKind.DoesNotExist),
            }));
            var replies = await Task.WhenAll(creations);
            Assert.Single(replies.OfType<Written>());
            Assert.Equal(11, replies.OfType<PreconditionFailed>().Count());
            Assert.Single(Assert.IsType<Found>(await AskAsync(0, new Get(key) { R = Consistency.All })).Versions);
        }
    }

    [Fact]
    public async Task Repetition_of_a_conditional_write_should_not_fail_by_its_own_effect()
    {
        var put = new Put("if-again", "1")
        {
            Condition = new WriteCondition(WriteConditionKind.DoesNotExist),
            WriteId = new WriteId(Guid.NewGuid(), 1),
        };
        var written = Assert.IsType<Written>(await AskAsync(0, put));
        var again = Assert.IsType<Written>(await AskAsync(1, put with { WriteId = put.WriteId!.Value.AsRetry() }));
        Assert.Equal(written.Version, again.Version);
    }

    private Task<ClientReply> AskAsync(int node, ClientRequest request) =>
        shared.Cluster[node].Running.ActorSystem.ActorSelection("/user/kv").Ask<ClientReply>(request, Eventually.Limit);
}
