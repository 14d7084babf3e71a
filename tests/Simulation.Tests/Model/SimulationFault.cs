namespace AkkaKv.Simulation.Tests;

/// <summary>What the model does not allow has happened.</summary>
internal sealed class SimulationFault : Exception
{
    public SimulationFault(string message)
        : base(message)
    {
    }

    public SimulationFault(string message, Exception inner)
        : base(message, inner)
    {
    }
}
