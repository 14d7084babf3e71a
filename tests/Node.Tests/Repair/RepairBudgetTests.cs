namespace AkkaKv.Node.Tests;

public class RepairBudgetTests
{
    private const long Lease = 300;

    private readonly RepairBudget _budget = new(places: 2, Lease, begunAt: -Lease);

    [Fact]
    public void No_more_than_its_places_should_be_taken_and_a_returned_one_given_again()
    {
        Assert.True(Ask(1, now: 0));
        Assert.True(Ask(2, now: 0));
        Assert.False(Ask(3, now: 0));
        Assert.True(Ask(1, now: 10));
        _budget.Return(2);
        Assert.True(Ask(3, now: 10));
        Assert.False(Ask(2, now: 10));
        Assert.Equal(2, _budget.Taken);
    }

    [Fact]
    public void Place_of_one_that_does_not_ask_any_more_should_be_given_to_another()
    {
        Assert.True(Ask(1, now: 0));
        Assert.True(Ask(2, now: 0));
        Assert.True(Ask(1, now: 200));
        Assert.False(Ask(3, now: 299));
        Assert.True(Ask(3, now: 300));
        Assert.False(Ask(4, now: 300));
    }

    [Fact]
    public void Most_urgent_should_come_first()
    {
        Assert.True(Ask(1, now: 0));
        Assert.True(Ask(2, now: 0));
        Assert.False(Ask(5, now: 1, urgency: 50));
        Assert.False(Ask(3, now: 1, urgency: -2));
        _budget.Return(1);
        Assert.False(Ask(5, now: 2, urgency: 50));
        Assert.True(Ask(3, now: 2, urgency: -2));
        _budget.Return(2);
        Assert.True(Ask(5, now: 3, urgency: 50));
    }

    [Fact]
    public void One_that_has_stopped_waiting_should_keep_nobody_from_a_place()
    {
        Assert.True(Ask(1, now: 0));
        Assert.True(Ask(2, now: 0));
        Assert.False(Ask(3, now: 0, urgency: -2));
        Assert.True(Ask(1, now: 250));
        Assert.True(Ask(5, now: 301, urgency: 50));
    }

    [Fact]
    public void Budget_that_was_begun_anew_should_give_nothing_until_the_holders_of_before_have_told_or_ended()
    {
        var anew = new RepairBudget(places: 2, Lease, begunAt: 1000);
        Assert.False(anew.Ask(3, 0, isHolder: false, 1010));
        Assert.True(anew.Ask(1, 0, isHolder: true, 1100));
        Assert.False(anew.Ask(3, 0, isHolder: false, 1299));
        Assert.True(anew.Ask(3, 0, isHolder: false, 1300));
        Assert.False(anew.Ask(2, 0, isHolder: true, 1310));
        Assert.Equal(2, anew.Taken);
    }

    private bool Ask(int partition, long now, long urgency = 0) => _budget.Ask(partition, urgency, isHolder: false, now);
}
