using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Opens the context tokens of requests.</summary>
internal static class Contexts
{
    /// <summary>Opens a token.</summary>
    /// <returns>What to answer if it is not one to go by, else null.</returns>
    public static RequestFailure? Open(Ring ring, Token key, ReadOnlyMemory<byte> token, out CausalContext context) =>
        ring.Seal.Open(token, key, out context) switch
        {
            ContextVerdict.Genuine => null,
            ContextVerdict.OtherKey => new BadContext("was given for another key"),
            ContextVerdict.NewerRing => new StaleRing(ring.Document.Epoch),
            _ => new BadContext("is not one of this cluster's, or is damaged"),
        };
}
