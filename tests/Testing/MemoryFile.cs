namespace AkkaKv.Testing;

/// <summary>
/// A file in two copies: what the system shows, and what is on the disk. A crash leaves the second, plus some of what was not synced.
/// </summary>
internal sealed class MemoryFile
{
    private const int SectorBytes = 512;

    private readonly List<byte> _shown = [];
    private readonly List<byte> _durable = [];

    public int Length => _shown.Count;

    public MemoryFile()
    {
    }

    public MemoryFile(ReadOnlySpan<byte> content)
    {
        _shown.AddRange(content);
        _durable.AddRange(content);
    }

    public void Append(ReadOnlySpan<byte> bytes) => _shown.AddRange(bytes);

    public void Sync() => _durable.AddRange(_shown[_durable.Count..]);

    /// <summary>
    /// What the kernel does when a write-back fails: pages that did not reach the disk are shown as before but count as written, so no
    /// later sync brings them there.
    /// </summary>
    public void FailSync(Random random) => _durable.AddRange(WithHoles(random, Length));

    public int Read(long offset, Span<byte> buffer)
    {
        var count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        _shown.GetRange((int)offset, count).CopyTo(buffer);
        return count;
    }

    public byte[] ToArray() => [.. _shown];

    /// <summary>What is found after the power has come back: nothing, all, a prefix or a sieve of what was not synced.</summary>
    public MemoryFile AfterCrash(Random random)
    {
        var survivor = new MemoryFile(_durable.ToArray());
        var end = random.Next(4) switch
        {
            0 => _durable.Count,
            1 => Length,
            _ => random.Next(_durable.Count, Length + 1),
        };
        survivor._shown.AddRange(random.Next(2) == 0 ? _shown[_durable.Count..end] : WithHoles(random, end));
        survivor.Sync();
        return survivor;
    }

    /// <summary>The unsynced bytes up to an end, with some sectors read as zeros.</summary>
    private List<byte> WithHoles(Random random, int end)
    {
        var bytes = _shown[_durable.Count..end];
        var isHole = false;
        for (var i = 0; i < bytes.Count; i++)
        {
            if (i == 0 || (_durable.Count + i) % SectorBytes == 0)
                isHole = random.Next(3) == 0;
            if (isHole)
                bytes[i] = 0;
        }

        return bytes;
    }
}
