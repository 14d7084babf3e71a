namespace AkkaKv.Protocol;

/// <summary>A version that was a repetition and has been superseded: other copies of the same write are superseded with it.</summary>
/// <param name="Dot">The dot it had.</param>
/// <param name="WriteId">Its write id, as first sent.</param>
public readonly record struct SupersededRetry(Dot Dot, WriteId WriteId);
