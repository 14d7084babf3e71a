using Microsoft.Extensions.Time.Testing;

namespace AkkaKv.Node.Tests;

/// <summary>The bound of a node's requests follows the time that they take.</summary>
public sealed class AdmissionTests
{
    private const int Maximum = 10_000;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly Admission _admission;

    public AdmissionTests() => _admission = new Admission(Maximum, TimeSpan.FromMilliseconds(200), _time);

    [Fact]
    public void As_many_as_the_bound_says_should_be_taken_and_one_more_for_each_that_leaves()
    {
        Fill();
        Assert.Equal((Maximum, true, false), (_admission.Count, _admission.IsFull, _admission.TryEnter()));
        _admission.Leave(2);
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => _admission.TryEnter()));
    }

    [Fact]
    public void Bound_should_come_down_while_even_the_fastest_request_is_slow_and_not_below_the_least()
    {
        Fill();
        var before = _admission.Limit;
        for (var interval = 0; interval < 100; interval++)
        {
            Pass(201, 5_000);
            Assert.True(_admission.Limit <= before);
            before = _admission.Limit;
            _admission.Leave(Math.Max(0, _admission.Count - _admission.Limit));
        }

        Assert.Equal(Admission.Least, _admission.Limit);
    }

    [Fact]
    public void One_fast_request_should_tell_a_burst_from_a_standing_queue()
    {
        Fill();
        for (var interval = 0; interval < 100; interval++) Pass(5_000, 5_000, 199, 5_000);
        Assert.Equal(Maximum, _admission.Limit);
    }

    [Fact]
    public void Bound_should_be_back_within_some_seconds_after_the_queue_has_gone()
    {
        Fill();
        for (var interval = 0; interval < 100; interval++)
        {
            Pass(1_000);
            _admission.Leave(Math.Max(0, _admission.Count - _admission.Limit));
        }

        var intervals = 0;
        for (; _admission.Limit < Maximum; intervals++) Pass(1);
        Assert.InRange(intervals, 1, 50);
    }

    [Fact]
    public void Bound_should_follow_those_that_are_there()
    {
        for (var i = 0; i < 1_000; i++) Assert.True(_admission.TryEnter());
        Pass(1_000);
        Pass(1_000);
        Assert.Equal(800, _admission.Limit);
    }

    private void Fill()
    {
        while (_admission.TryEnter())
        {
        }
    }

    /// <summary>An interval in which requests took so long.</summary>
    private void Pass(params int[] milliseconds)
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        foreach (var took in milliseconds) _admission.Note(took);
    }
}
