using System.Net;

namespace AkkaKv.Node.Tests;

[Collection(SharedCluster.Name)]
public sealed class RepairHttpTests(SharedCluster shared)
{
    [Fact]
    public async Task Where_there_are_no_jobs_it_should_be_said()
    {
        var answer = await shared.Http.GetAsync("/cluster/repair");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("akkakv.repair-jobs.enabled", answer.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await shared.Http.PostAsync("/cluster/repair:start", "")).Status);
    }
}
