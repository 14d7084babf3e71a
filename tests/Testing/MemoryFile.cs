namespace AkkaKv.Testing;

/// <summary>
/// A file in two copies: what the system shows, and what is on the disk. A crash leaves the second, plus some of what was not synced: sector
/// by sector what was written or what had stood there, and one size or the other.
/// </summary>
internal sealed class MemoryFile
{
    private const int SectorBytes = 512;

    private readonly Image _shown;
    private readonly Image _durable;

    /// <summary>Sectors that were written since the last sync.</summary>
    private readonly SortedSet<int> _unsynced = [];

    public MemoryFile()
        : this([])
    {
    }

    public MemoryFile(ReadOnlySpan<byte> content)
        : this(new Image(content))
    {
    }

    private MemoryFile(Image content) => (_shown, _durable) = (content, content.Copy());

    public int Length => _shown.Length;

    /// <summary>A file that shows the same, all of it durable.</summary>
    public MemoryFile Copy() => new(_shown.Copy());

    /// <summary>Writes at an offset, over what is there or behind it.</summary>
    public void Write(int offset, ReadOnlySpan<byte> bytes)
    {
        _shown.Write(offset, bytes);
        for (var sector = offset / SectorBytes; sector <= (offset + bytes.Length - 1) / SectorBytes; sector++)
            _unsynced.Add(sector);
    }

    /// <summary>Cuts the file, or makes it longer by zeros that take no memory here.</summary>
    public void SetLength(int length) => _shown.SetLength(length);

    public void Sync()
    {
        foreach (var sector in _unsynced)
            WriteBack(_durable, sector, SectorBytes);
        _unsynced.Clear();
        _durable.SetLength(Length);
    }

    /// <summary>
    /// What the kernel does when a write-back fails: pages that did not reach the disk are shown as before but count as written, so no
    /// later sync brings them there.
    /// </summary>
    public void FailSync(Random random)
    {
        WriteSome(_durable, random);
        _unsynced.Clear();
        _durable.SetLength(Length);
    }

    public int Read(long offset, Span<byte> buffer)
    {
        var count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        _shown.Read((int)offset, buffer[..count]);
        return count;
    }

    public byte[] ToArray()
    {
        var content = new byte[Length];
        _shown.Read(0, content);
        return content;
    }

    /// <summary>What is found after the power has come back: nothing, all, a prefix or a sieve of what was not synced.</summary>
    public MemoryFile AfterCrash(Random random)
    {
        var survivor = _durable.Copy();
        switch (random.Next(4))
        {
            case 0:
                break;
            case 1:
                WriteAll(survivor);
                break;
            case 2:
                WritePrefix(survivor, random);
                break;
            default:
                WriteSome(survivor, random);
                survivor.SetLength(random.Next(2) == 0 ? Length : random.Next(Math.Min(Length, _durable.Length), Length + 1));
                break;
        }

        return new MemoryFile(survivor);
    }

    private void WriteAll(Image target)
    {
        foreach (var sector in _unsynced)
            WriteBack(target, sector, SectorBytes);
        target.SetLength(Length);
    }

    /// <summary>Up to a byte, in order of offsets; the new size comes with the last.</summary>
    private void WritePrefix(Image target, Random random)
    {
        if (_unsynced.Count == 0)
            return;

        var whole = random.Next(_unsynced.Count);
        foreach (var sector in _unsynced.Take(whole))
            WriteBack(target, sector, SectorBytes);
        WriteBack(target, _unsynced.ElementAt(whole), random.Next(SectorBytes + 1));
    }

    /// <summary>Some sectors, not necessarily the first; of the others nothing.</summary>
    private void WriteSome(Image target, Random random)
    {
        foreach (var sector in _unsynced.Where(_ => random.Next(3) > 0))
            WriteBack(target, sector, SectorBytes);
    }

    /// <summary>The first bytes of a sector as it is shown.</summary>
    private void WriteBack(Image target, int sector, int bytes)
    {
        var start = sector * SectorBytes;
        var content = new byte[Math.Clamp(Length - start, 0, bytes)];
        _shown.Read(start, content);
        target.Write(start, content);
    }

    /// <summary>Bytes, and behind them zeros up to a length.</summary>
    private sealed class Image
    {
        private byte[] _bytes;

        public Image(ReadOnlySpan<byte> content)
        {
            _bytes = content.ToArray();
            Length = content.Length;
        }

        public int Length { get; private set; }

        public Image Copy() => new(_bytes) { Length = Length };

        public void Write(int offset, ReadOnlySpan<byte> bytes)
        {
            if (bytes.IsEmpty)
                return;

            var end = offset + bytes.Length;
            if (end > _bytes.Length)
                Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
            bytes.CopyTo(_bytes.AsSpan(offset));
            Length = Math.Max(Length, end);
        }

        public void SetLength(int length)
        {
            if (length < _bytes.Length)
                _bytes.AsSpan(length).Clear();
            Length = length;
        }

        public void Read(int offset, Span<byte> buffer)
        {
            var there = _bytes.AsSpan(Math.Min(offset, _bytes.Length));
            there = there[..Math.Min(there.Length, buffer.Length)];
            there.CopyTo(buffer);
            buffer[there.Length..].Clear();
        }
    }
}
