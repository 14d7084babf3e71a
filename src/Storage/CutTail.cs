namespace AkkaKv.Storage;

/// <summary>
/// The end of a file from where on no record counts: an interrupted append, or, in a log that was not closed in order and whose space was
/// used before, perhaps only what had stood there. The two cannot be told apart, and neither holds anything acknowledged.
/// </summary>
/// <param name="File">Path of the file.</param>
/// <param name="Offset">Where the first record begins that is not intact, in bytes.</param>
/// <param name="Bytes">Bytes from there to the end of the file.</param>
public sealed record CutTail(string File, long Offset, long Bytes);
