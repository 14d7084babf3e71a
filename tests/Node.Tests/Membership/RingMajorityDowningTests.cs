using Akka.Actor;
using Akka.Cluster;

namespace AkkaKv.Node.Tests;

public sealed class RingMajorityDowningTests
{
    private static readonly TimeSpan After = TimeSpan.FromMinutes(10);

    private readonly RingOfFive _world = new();
    private readonly RingMajorityDowning _downing = new(After);
    private readonly List<Address> _withheld = [];

    [Fact]
    public void Member_should_be_removed_where_a_majority_is_reached_and_only_after_the_whole_time()
    {
        Lose(4, 5);
        Assert.Empty(Decide(TimeSpan.FromMinutes(9)));
        Assert.Equal([RingOfFive.AddressOf(4), RingOfFive.AddressOf(5)], Decide(TimeSpan.FromMinutes(1.5)));
    }

    [Fact]
    public void Minority_should_remove_nobody_ever_and_say_once_what_it_does_not_do()
    {
        Lose(3, 4, 5);
        Assert.Empty(Decide(TimeSpan.FromHours(2)));
        Assert.Equal([RingOfFive.AddressOf(3), RingOfFive.AddressOf(4), RingOfFive.AddressOf(5)], _withheld.Order(Address.Comparer));
    }

    [Fact]
    public void Time_without_a_majority_should_not_count()
    {
        Lose(3, 4, 5);
        Assert.Empty(Decide(TimeSpan.FromMinutes(20)));
        Find(3);
        Assert.Empty(Decide(TimeSpan.FromMinutes(9)));
        Assert.Equal([RingOfFive.AddressOf(4), RingOfFive.AddressOf(5)], Decide(TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public void Member_that_came_back_for_a_moment_should_get_the_whole_time_again()
    {
        Lose(5);
        Assert.Empty(Decide(TimeSpan.FromMinutes(9)));
        Find(5);
        Assert.Empty(Decide(TimeSpan.FromSeconds(10)));
        Lose(5);
        Assert.Empty(Decide(TimeSpan.FromMinutes(9)));
        Assert.Single(Decide(TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public void Member_that_this_node_hears_should_stay_whatever_akka_says()
    {
        _world.Unreachable.Add(5);
        Assert.Empty(Decide(TimeSpan.FromHours(1)));
    }

    [Fact]
    public void This_node_should_not_be_removed_whatever_akka_says()
    {
        _world.Unreachable.Add(1);
        Assert.Empty(Decide(TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Actor_system_with_a_successor_should_be_removed_at_once_even_by_a_minority()
    {
        Decide(TimeSpan.FromSeconds(1));
        Lose(3, 4);
        _world.Restart(5);
        Assert.Equal([RingOfFive.AddressOf(5)], Decide(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Member_that_is_removed_already_should_be_left_alone()
    {
        Lose(5);
        Assert.Empty(Decide(TimeSpan.FromMinutes(20), MemberStatus.Down));
    }

    private void Lose(params int[] members)
    {
        _world.Heard.ExceptWith(members);
        _world.Unreachable.UnionWith(members);
    }

    private void Find(params int[] members)
    {
        _world.Heard.UnionWith(members);
        _world.Unreachable.ExceptWith(members);
    }

    /// <summary>Who was removed while time passed, each once.</summary>
    private List<Address> Decide(TimeSpan time, MemberStatus status = MemberStatus.Up)
    {
        var removed = new HashSet<Address>();
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            _world.Pass(TimeSpan.FromSeconds(1));
            var downings = _downing.Decide(_world.Akka(status), _world.Ring, _world.Liveness, _world.Reaches, _world.Now, out var withheld);
            removed.UnionWith(downings.Select(downing => downing.Address));
            _withheld.AddRange(withheld);
        }

        return [.. removed.Order(Address.Comparer)];
    }
}
