namespace AkkaKv.Storage;

/// <summary>One thing in a file of a store, as it is shown to people and programs.</summary>
/// <param name="Offset">Where it begins in the file, in bytes.</param>
/// <param name="Kind">What it is: header, batch, put, delete, closed, torn, edit, add-table, remove-table, footer, property, block, current.</param>
/// <param name="Fields">Names and values: a <see cref="long"/>, a <see cref="ulong"/>, a <see cref="string"/>, or bytes.</param>
public sealed record InspectedEntry(long Offset, string Kind, IReadOnlyList<(string Name, object Value)> Fields);
