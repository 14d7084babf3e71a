namespace AkkaKv.Simulation.Tests;

/// <summary>All randomness of a run: one seed, one order of questions, one course of events.</summary>
internal sealed class Chance
{
    private readonly Random _random;

    public Chance(int seed) => _random = new Random(seed);

    public bool Of(double probability) => probability > 0 && _random.NextDouble() < probability;

    /// <summary>From <paramref name="least"/> to <paramref name="most"/>, both possible.</summary>
    public int Between(int least, int most) => _random.Next(least, most + 1);

    public T OneOf<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    public void Shuffle<T>(IList<T> items)
    {
        for (var place = items.Count - 1; place > 0; place--)
        {
            var other = Between(0, place);
            (items[place], items[other]) = (items[other], items[place]);
        }
    }

    public Guid Guid()
    {
        var bytes = new byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
