namespace AkkaKv.Benchmarks.Tests;

public class LoadStepTests
{
    private const long Millisecond = 1_000_000;

    private readonly OfferWindow _window = new(deadlineNanoseconds: 1_000 * Millisecond);

    [Fact]
    public void Window_should_take_an_answer_after_the_deadline_for_a_timeout()
    {
        Send(3);
        _window.CountDone(1_000 * Millisecond);
        _window.CountDone(1_001 * Millisecond);
        Assert.Equal((1, 2, 1), (_window.Good, _window.TimedOut, _window.Late));
    }

    [Fact]
    public void Window_should_count_each_request_once()
    {
        Send(10);
        for (var good = 0; good < 4; good++) _window.CountDone(Millisecond);
        for (var refused = 0; refused < 3; refused++) _window.CountRefused(Millisecond);
        _window.CountFailed("NotReady");
        Assert.Equal((4, 3, 1, 2), (_window.Good, _window.Refused, _window.Failed, _window.TimedOut));
    }

    [Fact]
    public void Percentile_of_all_should_be_infinite_where_too_few_were_answered()
    {
        Send(100);
        for (var good = 0; good < 98; good++) _window.CountDone(Millisecond);
        Assert.Equal(double.PositiveInfinity, _window.PercentileOfAll(0.99));
        _window.CountDone(50 * Millisecond);
        Assert.InRange(_window.PercentileOfAll(0.99), 50, 51);
        Assert.InRange(_window.PercentileOfAll(0.98), 1, 1.02);
    }

    [Fact]
    public void Percentile_of_all_of_nothing_should_be_infinite()
    {
        Assert.Equal(double.PositiveInfinity, _window.PercentileOfAll(0.99));
    }

    [Fact]
    public void Step_should_be_summed_up_by_the_second_and_by_the_peak()
    {
        Send(1_000);
        for (var good = 0; good < 400; good++) _window.CountDone(10 * Millisecond);
        for (var refused = 0; refused < 500; refused++) _window.CountRefused(2 * Millisecond);
        _window.CountDone(2_000 * Millisecond);
        _window.CountUnsent();
        var figures = new LoadStep("2x", _window, new Usage(2_000 * Millisecond, 1, 3, 0, 0), Skipped: 9, MostMemoryBytes: 600_000_000)
            .FiguresOf(peakPerSecond: 250).ToDictionary(figure => figure.Work, figure => figure.Value);

        Assert.Equal(500, figures["2x: offered"]);
        Assert.Equal(5, figures["2x: not offered, driver at its limits"]);
        Assert.Equal(200, figures["2x: goodput"]);
        Assert.Equal(80, figures["2x: goodput by peak"]);
        Assert.Equal(250, figures["2x: refused"]);
        Assert.InRange(figures["2x: refused, p99"], 2, 2.04);
        Assert.Equal(50, figures["2x: timed out"]);
        Assert.Equal(0.5, figures["2x: timed out, answered too late"]);
        Assert.InRange(figures["2x: good, p99"], 10, 10.2);
        Assert.Equal(600, figures["2x: servers' memory, most"]);
        Assert.Equal(1.5, figures["2x: servers' CPU"]);
        Assert.Equal(0.5, figures["2x: client CPU"]);
    }

    [Fact]
    public void Step_without_answers_should_have_no_latencies()
    {
        Send(5);
        var step = new LoadStep("10x", _window, new Usage(1_000 * Millisecond, 0, 0, 0, 0), 0, 0);
        Assert.DoesNotContain(step.FiguresOf(1), figure => figure.Unit == "ms");
        Assert.All(step.FiguresOf(1), figure => Assert.True(double.IsFinite(figure.Value), figure.Work));
    }

    private void Send(int count)
    {
        for (var number = 0; number < count; number++) _window.CountSent();
    }
}
