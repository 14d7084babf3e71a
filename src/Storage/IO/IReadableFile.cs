namespace AkkaKv.Storage;

/// <summary>A file read at given positions. Any number of threads at a time.</summary>
public interface IReadableFile : IDisposable
{
    /// <summary>Size in bytes when the file was opened.</summary>
    long Length { get; }

    /// <summary>Fills the buffer from <paramref name="offset"/> on; returns the bytes read, fewer only at the end of the file.</summary>
    int Read(long offset, Span<byte> buffer);
}
