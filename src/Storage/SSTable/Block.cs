namespace AkkaKv.Storage;

/// <summary>The verified content of a block, and where it came from, for whoever finds it malformed all the same.</summary>
internal readonly record struct Block(string File, long Offset, ReadOnlyMemory<byte> Content);
