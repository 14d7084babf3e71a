using ZstdSharp;

namespace AkkaKv.Storage;

/// <summary>
/// Blocks as zstd frames. A context is memory of the library's own, some hundred kilobytes, and dear to make: as many as there are
/// processors are kept for the next block, whatever thread that is on. More are made when more threads ask at once, and freed when they
/// come back; so is one whose work failed.
/// </summary>
internal static class ZstdBlocks
{
    /// <summary>Where the library's authors put theirs.</summary>
    public const int DefaultLevel = 3;

    /// <summary>Beyond it the library asks for "ultra": more memory for windows that no block fills.</summary>
    public const int LimitLevel = 19;

    private static readonly Compressor?[] IdleCompressors = new Compressor?[Environment.ProcessorCount];
    private static readonly Decompressor?[] IdleDecompressors = new Decompressor?[Environment.ProcessorCount];

    /// <summary>Bytes written, or 0 if the target has no room for them.</summary>
    public static int Encode(ReadOnlySpan<byte> content, Span<byte> target, int level)
    {
        var compressor = Rent(IdleCompressors) ?? new Compressor(level);
        var isSound = false;
        try
        {
            if (compressor.Level != level)
                compressor.Level = level;
            var fits = compressor.TryWrap(content, target, out var length);
            isSound = true;
            return fits ? length : 0;
        }
        finally
        {
            Return(IdleCompressors, compressor, isSound);
        }
    }

    /// <summary>Bytes written. Allocates nothing: frames that state large windows need none when they are read in one go.</summary>
    /// <exception cref="ZstdException">These bytes are no frame, or one that does not fit.</exception>
    public static int Decode(ReadOnlySpan<byte> frame, Span<byte> content)
    {
        var decompressor = Rent(IdleDecompressors) ?? new Decompressor();
        var isSound = false;
        try
        {
            var length = decompressor.Unwrap(frame, content);
            isSound = true;
            return length;
        }
        finally
        {
            Return(IdleDecompressors, decompressor, isSound);
        }
    }

    private static T? Rent<T>(T?[] idle) where T : class
    {
        for (var place = 0; place < idle.Length; place++)
        {
            if (Volatile.Read(ref idle[place]) is not null && Interlocked.Exchange(ref idle[place], null) is { } context)
                return context;
        }

        return null;
    }

    private static void Return<T>(T?[] idle, T context, bool isSound) where T : class, IDisposable
    {
        for (var place = 0; isSound && place < idle.Length; place++)
        {
            if (Volatile.Read(ref idle[place]) is null && Interlocked.CompareExchange(ref idle[place], context, null) is null)
                return;
        }

        context.Dispose();
    }
}
