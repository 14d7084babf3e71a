using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Cli.Tests;

public sealed class KvClientTests
{
    private static readonly RetryPolicy NoPauses = new()
    {
        FirstPause = TimeSpan.Zero,
        PauseLimit = TimeSpan.Zero,
        RetryAfterCap = TimeSpan.Zero,
    };

    [Fact]
    public async Task Client_should_carry_every_byte_of_a_key()
    {
        await using var door = await FakeDoor.OpenAsync();
        var everyByte = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();

        await SendAsync(KvRequest.Put(everyByte, "v"u8.ToArray(), null), TimeProvider.System, door.Address);

        Assert.Equal(everyByte, door.Seen.Single().Key);
    }

    [Fact]
    public async Task Client_should_name_a_write_the_same_each_time_and_say_that_it_is_a_retry()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.FailFirst(FakeDoor.Drop, FakeDoor.Answer(503, "Timeout"));

        var answer = await SendAsync(PutOfK(), TimeProvider.System, door.Address);

        var ids = door.Seen.Select(seen => seen.WriteId).ToList();
        Assert.True(answer.IsSuccess);
        Assert.Matches("^[0-9a-f]{32}-[0-9]+$", ids[0]);
        Assert.Equal([ids[0], ids[0] + ";retry", ids[0] + ";retry"], ids);
    }

    [Fact]
    public void Client_should_give_two_writes_two_names_of_one_process()
    {
        var (first, second) = (KvRequest.Delete([1], null, null).WriteId!.Value, KvRequest.Delete([1], null, null).WriteId!.Value);

        Assert.Equal(first.Source, second.Source);
        Assert.NotEqual(first.Number, second.Number);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(429)]
    public async Task Client_should_turn_to_the_next_server_where_trying_again_may_help(int status)
    {
        await using var first = await FakeDoor.OpenAsync();
        await using var second = await FakeDoor.OpenAsync();
        first.FailFirst(FakeDoor.Answer(status, "Overloaded", retryAfterSeconds: 1));

        var answer = await SendAsync(PutOfK(), TimeProvider.System, first.Address, second.Address);

        Assert.Equal(second.Address, answer.Server);
        Assert.True(answer.IsRetried);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(412)]
    [InlineData(413)]
    public async Task Client_should_take_a_refusal_for_an_answer(int status)
    {
        await using var door = await FakeDoor.OpenAsync();
        door.FailFirst(FakeDoor.Answer(status, "Refused"));

        var answer = await SendAsync(PutOfK(), TimeProvider.System, door.Address);

        Assert.Equal((HttpStatusCode)status, answer.Status);
        Assert.Equal(("Refused", "Refused says the server."), answer.Error);
    }

    [Fact]
    public async Task Client_should_reach_a_server_behind_others_where_nobody_listens()
    {
        await using var door = await FakeDoor.OpenAsync();

        var answer = await SendAsync(
            PutOfK(), TimeProvider.System, await FakeDoor.ClosedAsync(), await FakeDoor.ClosedAsync(), door.Address);

        Assert.Equal(door.Address, answer.Server);
    }

    [Fact]
    public async Task Client_should_leave_a_server_that_does_not_answer_in_time()
    {
        var time = new FakeTimeProvider();
        await using var silent = await FakeDoor.OpenAsync();
        await using var other = await FakeDoor.OpenAsync();
        silent.Script = async (_, context) =>
        {
            time.Advance(TimeSpan.FromSeconds(7));
            await WhenGone(context);
            return true;
        };

        var answer = await SendAsync(PutOfK(), time, silent.Address, other.Address);

        Assert.Equal(other.Address, answer.Server);
        Assert.Equal("5000", silent.Seen.Single().Parameter("timeout"));
    }

    [Fact]
    public async Task Client_should_say_what_the_server_said_last_when_patience_ends()
    {
        var time = new FakeTimeProvider();
        await using var door = await FakeDoor.OpenAsync();
        door.Script = async (_, context) =>
        {
            time.Advance(TimeSpan.FromSeconds(4));
            await FakeDoor.Answer(503, "NotEnoughReplicas")(context);
            return true;
        };

        var fault = await Assert.ThrowsAsync<CliException>(() => SendAsync(PutOfK(), time, door.Address));

        Assert.Equal((ExitCode.Unavailable, "NotEnoughReplicas"), (fault.ExitCode, fault.Error));
        Assert.Equal(3, door.Seen.Count);
        Assert.Equal(["5000", "5000", "2000"], door.Seen.Select(seen => seen.Parameter("timeout")));
    }

    [Fact]
    public async Task Client_should_name_every_server_when_none_answers()
    {
        var time = new FakeTimeProvider();
        await using var drops = await FakeDoor.OpenAsync();
        var closed = await FakeDoor.ClosedAsync();
        drops.Script = async (_, context) =>
        {
            time.Advance(TimeSpan.FromSeconds(6));
            await FakeDoor.Drop(context);
            return true;
        };

        var fault = await Assert.ThrowsAsync<CliException>(() => SendAsync(KvRequest.Get("k"u8, null, null), time, closed, drops.Address));

        Assert.Equal(ExitCode.Unavailable, fault.ExitCode);
        Assert.Contains($"{closed.Authority} (connection refused)", fault.Message, StringComparison.Ordinal);
        Assert.Contains(drops.Address.Authority, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_should_not_send_a_timeout_where_none_is_taken()
    {
        await using var door = await FakeDoor.OpenAsync();
        door.FailFirst(FakeDoor.Answer(200, "None"));

        await SendAsync(KvRequest.Page(10, "a b"), TimeProvider.System, door.Address);

        Assert.Equal("?limit=10&cursor=a%20b", door.Seen.Single().Query);
    }

    private static KvRequest PutOfK() => KvRequest.Put("k"u8, "v"u8.ToArray(), contentType: null);

    private static async Task<KvAnswer> SendAsync(KvRequest request, TimeProvider time, params Uri[] servers)
    {
        using var client = new KvClient(new ServerSet(servers, time), NoPauses, time);
        return await client.SendAsync(request, TimeSpan.FromSeconds(10), CancellationToken.None);
    }

    private static Task WhenGone(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        context.RequestAborted.Register(gone.SetResult);
        return gone.Task;
    }
}
