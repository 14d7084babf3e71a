namespace AkkaKv.Storage;

/// <summary>Where a block's content lies in its file. The trailer of <see cref="BlockIO.TrailerBytes"/> follows it.</summary>
/// <param name="Offset">First byte of the content.</param>
/// <param name="Length">Bytes of the content as stored, so compressed if it is.</param>
internal readonly record struct BlockHandle(long Offset, int Length)
{
    public int TotalBytes => Length + BlockIO.TrailerBytes;
}
