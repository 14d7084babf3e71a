namespace AkkaKv.Benchmarks;

/// <summary>One figure of one run.</summary>
/// <param name="Work">What was done, as the table names it.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="MoreIsBetter">Which way is better.</param>
internal sealed record Figure(string Work, double Value, string Unit, bool MoreIsBetter);
