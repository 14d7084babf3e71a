namespace AkkaKv.Storage;

/// <summary>The end of a file that an interrupted append left incomplete.</summary>
/// <param name="File">Path of the file.</param>
/// <param name="Offset">Where the first incomplete record begins, in bytes.</param>
/// <param name="Bytes">Bytes from there to the end of the file.</param>
public sealed record TornTail(string File, long Offset, long Bytes);
