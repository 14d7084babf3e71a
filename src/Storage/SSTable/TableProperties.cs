namespace AkkaKv.Storage;

/// <summary>What the store itself uses of a table's properties; one that is not there counts 0.</summary>
/// <param name="Rows">Rows of all kinds.</param>
/// <param name="Deletes">Deletions among them.</param>
internal readonly record struct TableProperties(ulong Rows, ulong Deletes)
{
    /// <exception cref="CorruptionException">The block is malformed.</exception>
    public static TableProperties Parse(Block properties)
    {
        var (rows, deletes) = (0ul, 0ul);
        var cursor = new BlockCursor();
        for (cursor.Load(properties); cursor.IsValid; cursor.MoveNext())
        {
            if (cursor.Key.SequenceEqual("rows"u8))
                rows = Read(cursor);
            else if (cursor.Key.SequenceEqual("deletes"u8))
                deletes = Read(cursor);
        }

        return new TableProperties(rows, deletes);
    }

    private static ulong Read(BlockCursor entry)
    {
        try
        {
            var position = 0;
            return Varint.Read(entry.Payload, ref position);
        }
        catch (InvalidDataException how)
        {
            throw entry.Block.Malformed(how.Message);
        }
    }
}
