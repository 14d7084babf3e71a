namespace AkkaKv.Node;

/// <summary>The node cannot start, or must not go on; the message says why and what to do.</summary>
public sealed class NodeStartException : Exception
{
    /// <summary>With the reason.</summary>
    public NodeStartException(string message)
        : base(message)
    {
    }

    /// <summary>With the reason and what was found underneath.</summary>
    public NodeStartException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
