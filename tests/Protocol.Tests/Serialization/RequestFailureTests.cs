namespace AkkaKv.Protocol.Tests;

public class RequestFailureTests
{
    /// <summary>What a message may tell its reader to do.</summary>
    private static readonly string[] NextSteps =
        ["Try again", "Read", "send it again", "are allowed", "at most", "ask another node", "merge them"];

    public static TheoryData<Type> FailureTypes => [.. RandomMessages.TypesOf(typeof(RequestFailure))];

    [Theory]
    [MemberData(nameof(FailureTypes))]
    public void Every_failure_has_its_own_schema(Type type)
    {
        var failure = (RequestFailure)RandomMessages.Of(type, new Random(1));
        Assert.Equal(MessageKind.Failure, ProtocolCodec.KindOf(failure));
        Assert.IsType(type, ProtocolCodec.Decode(MessageKind.Failure, ProtocolCodec.Encode(failure)));
        Assert.Equal(type.Name, failure.Error);
    }

    /// <summary>A bad request says what is wrong in its reason; what to do is to mend that.</summary>
    [Theory]
    [MemberData(nameof(FailureTypes))]
    public void Every_failure_says_what_to_do_next(Type type)
    {
        if (type == typeof(BadRequest)) return;
        foreach (var seed in Enumerable.Range(1, 20))
        {
            var message = ((RequestFailure)RandomMessages.Of(type, new Random(seed))).Message;
            Assert.True(Array.Exists(NextSteps, message.Contains), $"'{message}' names no next step.");
            Assert.EndsWith(".", message.TrimEnd(')'));
        }
    }

    [Fact]
    public void A_failure_of_a_newer_release_is_still_a_failure()
    {
        byte[] kind99 = [0x08, 99];
        var failure = Assert.IsType<NotReady>(ProtocolCodec.Decode(MessageKind.Failure, kind99));
        Assert.Contains("99", failure.Message);
    }

    [Fact]
    public void Only_failures_that_pass_by_themselves_are_transient() => Assert.Equal(
        ["ClockOff", "NotEnoughReplicas", "NotReady", "Overloaded", "RequestTimeout", "StaleRing"],
        RandomMessages.TypesOf(typeof(RequestFailure))
            .Where(type => ((RequestFailure)RandomMessages.Of(type, new Random(1))).IsTransient).Select(type => type.Name));
}
