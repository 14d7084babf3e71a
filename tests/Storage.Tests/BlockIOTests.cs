using AkkaKv.Testing;
using CsCheck;

namespace AkkaKv.Storage.Tests;

public sealed class BlockIOTests
{
    private const string Path = "/store/000001.sst";
    private const int Offset = 37;

    [Fact]
    public void Block_should_come_back_as_it_was_written() =>
        Gen.Select(Gen.Byte[0, 3].Array[0, 3_000], Gen.Enum<BlockCompression>()).Sample((content, compression) =>
        {
            var (files, handle) = Write(content, compression);
            Assert.Equal(content, Read(files, handle).Content.ToArray());
        });

    [Theory]
    [InlineData(BlockCompression.Lz4)]
    [InlineData(BlockCompression.Zstd)]
    public void Content_should_be_compressed_only_where_that_saves_an_eighth(BlockCompression wanted) => Gen.Byte[0, 200].Array[0, 2_000].Sample(content =>
    {
        var (files, handle) = Write(content, wanted);
        var compression = (BlockCompression)files.Peek(Path)[^BlockIO.TrailerBytes];
        if (compression == BlockCompression.None)
            Assert.Equal(content.Length, handle.Length);
        else
            Assert.InRange(handle.Length, 1, content.Length - content.Length / 8);
    });

    [Theory]
    [InlineData(BlockCompression.Lz4)]
    [InlineData(BlockCompression.Zstd)]
    public void Repetitive_content_should_shrink(BlockCompression compression)
    {
        var (files, handle) = Write(new byte[4_000], compression);
        Assert.InRange(handle.Length, 1, 100);
        Assert.Equal(new byte[4_000], Read(files, handle).Content.ToArray());
    }

    [Fact]
    public void Content_that_zstd_shrinks_more_than_readers_believe_should_be_left_to_lz4()
    {
        var (files, handle) = Write(new byte[1_000_000], BlockCompression.Zstd);
        Assert.Equal(BlockCompression.Lz4, (BlockCompression)files.Peek(Path)[^BlockIO.TrailerBytes]);
        Assert.Equal(new byte[1_000_000], Read(files, handle).Content.ToArray());
    }

    [Fact]
    public void Blocks_should_cost_zstd_no_memory_once_its_contexts_are_made()
    {
        var content = Rows.Bytes(string.Concat(Enumerable.Range(0, 200).Select(i => $"some text {i % 17}, ")));
        var (frame, result) = (new byte[content.Length], new byte[content.Length]);
        var length = 0;
        for (var i = 0; i < 10; i++)
        {
            length = ZstdBlocks.Encode(content, frame, ZstdBlocks.DefaultLevel);
            ZstdBlocks.Decode(frame.AsSpan(0, length), result);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            ZstdBlocks.Encode(content, frame, ZstdBlocks.DefaultLevel);
            ZstdBlocks.Decode(frame.AsSpan(0, length), result);
        }

        // Tests beside this one may take the contexts; a new one is a few dozen bytes of ours.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
        Assert.Equal(content, result);
    }

    [Theory]
    [InlineData(BlockCompression.Lz4)]
    [InlineData(BlockCompression.Zstd)]
    public void Compressed_bytes_that_make_no_sense_should_be_damage_even_under_a_matching_checksum(BlockCompression compression)
    {
        var content = Rows.Bytes(string.Concat(Enumerable.Range(0, 60).Select(i => $"some text {i % 7}, ")));
        var (files, handle) = Write(content, compression);
        Assert.Equal((byte)compression, files.Peek(Path)[^BlockIO.TrailerBytes]);
        var compressed = files.Peek(Path).AsSpan(Offset, handle.Length).ToArray();
        Assert.True(compressed.Length < content.Length);

        Gen.Select(Gen.Int[0, compressed.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            var changed = compressed.ToArray();
            foreach (var (place, value) in changes)
                changed[place] = value;
            AssertReadsOrNamesThePlace(changed, compression);
        });
        Gen.Byte.Array[0, 200].Sample(bytes => AssertReadsOrNamesThePlace(bytes, compression));
        for (var length = 0; length < compressed.Length; length++)
            Assert.Throws<CorruptionException>(() => ReadSealed(compressed[..length], compression));
    }

    [Theory]
    [InlineData(BlockCompression.Lz4)]
    [InlineData(BlockCompression.Zstd)]
    public void Stated_length_should_not_be_believed(BlockCompression compression)
    {
        var lie = new byte[Varint.MaxBytes + 5];
        Varint.Write(lie, 1ul << 40);
        Assert.Throws<CorruptionException>(() => ReadSealed(lie, compression));
        Varint.Write(lie, ulong.MaxValue);
        Assert.Throws<CorruptionException>(() => ReadSealed(lie, compression));
    }

    [Theory]
    [InlineData(-1, 10)]
    [InlineData(0, -1)]
    [InlineData(0, int.MaxValue)]
    [InlineData(long.MaxValue, 10)]
    [InlineData(1_000_000, 10)]
    public void Place_outside_the_file_should_be_damage(long offset, int length)
    {
        var (files, _) = Write([1, 2, 3], BlockCompression.None);
        Assert.Throws<CorruptionException>(() => Read(files, new BlockHandle(offset, length)));
    }

    private static void AssertReadsOrNamesThePlace(byte[] compressed, BlockCompression compression)
    {
        try
        {
            ReadSealed(compressed, compression);
        }
        catch (CorruptionException damage)
        {
            Assert.Equal((Path, Offset), (damage.File, (int)damage.Offset));
        }
    }

    /// <summary>Reads bytes that pass for compressed content: the checksum is right.</summary>
    private static void ReadSealed(byte[] compressed, BlockCompression compression)
    {
        var block = new byte[Offset + compressed.Length + BlockIO.TrailerBytes];
        BlockIO.Write(block.AsSpan(Offset), compressed, Offset, BlockCompression.None);
        block[^BlockIO.TrailerBytes] = (byte)compression;
        var sealedBytes = block.AsSpan(Offset);
        var hash = System.IO.Hashing.XxHash3.HashToUInt64(sealedBytes[..^8], Offset);
        BitConverter.TryWriteBytes(sealedBytes[^8..], hash);

        var files = new FaultInjectionFileSystem();
        files.Overwrite(Path, block);
        Read(files, new BlockHandle(Offset, compressed.Length));
    }

    private static (FaultInjectionFileSystem Files, BlockHandle Handle) Write(byte[] content, BlockCompression compression)
    {
        var block = new byte[Offset + content.Length + BlockIO.TrailerBytes];
        var handle = new BlockHandle(Offset, BlockIO.Write(block.AsSpan(Offset), content, Offset, compression));
        var files = new FaultInjectionFileSystem();
        files.Overwrite(Path, block.AsSpan(0, Offset + handle.TotalBytes));
        return (files, handle);
    }

    private static Block Read(FaultInjectionFileSystem files, BlockHandle handle)
    {
        using var file = files.OpenRead(Path);
        return BlockIO.Read(file, Path, handle);
    }
}
