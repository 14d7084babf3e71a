using Akka.TestKit.Xunit2;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

public sealed class RouterHandleTests : TestKit
{
    private readonly RouterHandle _handle = new(TimeSpan.Zero);

    public RouterHandleTests()
        : base("akka.loglevel = OFF")
    {
    }

    [Fact]
    public async Task Request_should_wait_for_the_router()
    {
        var reply = _handle.AskAsync(new Get("k"), Eventually.Limit);
        Assert.False(reply.IsCompleted);
        var router = CreateTestProbe();
        _handle.Use(router);
        await router.ExpectMsgAsync<Get>(Eventually.Limit);
        router.Reply(new NotFound(default));
        Assert.IsType<NotFound>(await Eventually.CompletesAsync(reply, "the reply"));
    }

    [Fact]
    public async Task Read_that_a_router_left_unanswered_should_be_asked_of_the_next_and_a_write_be_unknown()
    {
        var (first, next) = (CreateTestProbe(), CreateTestProbe());
        _handle.Use(first);
        var read = _handle.AskAsync(new Get("k"), Eventually.Limit);
        var write = _handle.AskAsync(new Put("k", "v"), Eventually.Limit);
        await first.ExpectMsgAsync<Get>(Eventually.Limit);
        await first.ExpectMsgAsync<Put>(Eventually.Limit);

        await Eventually.CompletesAsync(_handle.WithdrawAsync(TimeSpan.Zero), "the first one is withdrawn");
        Assert.IsType<RequestTimeout>(await Eventually.CompletesAsync(write, "the reply to the write"));
        _handle.Use(next);
        await next.ExpectMsgAsync<Get>(Eventually.Limit);
        next.Reply(new NotFound(default));
        Assert.IsType<NotFound>(await Eventually.CompletesAsync(read, "the reply to the read"));
    }

    [Fact]
    public async Task Withdrawal_should_wait_for_what_is_under_way()
    {
        var router = CreateTestProbe();
        _handle.Use(router);
        var write = _handle.AskAsync(new Put("k", "v"), Eventually.Limit);
        await router.ExpectMsgAsync<Put>(Eventually.Limit);
        var withdrawal = _handle.WithdrawAsync(Eventually.Limit);
        router.Reply(new Written(default, "", "[n1,1]"));
        Assert.IsType<Written>(await Eventually.CompletesAsync(write, "the reply"));
        await Eventually.CompletesAsync(withdrawal, "the withdrawal ends with it");
    }

    [Fact]
    public async Task Request_should_end_with_its_time_where_no_router_comes_or_none_answers()
    {
        Assert.IsType<NotReady>(await _handle.AskAsync(new Get("k"), TimeSpan.FromMilliseconds(50)));
        _handle.Use(Sys.DeadLetters);
        Assert.IsType<NotReady>(await _handle.AskAsync(new Get("k"), TimeSpan.FromMilliseconds(50)));
        Assert.IsType<RequestTimeout>(await _handle.AskAsync(new Put("k", "v"), TimeSpan.FromMilliseconds(50)));
    }
}
