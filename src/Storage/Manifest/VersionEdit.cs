using System.Buffers;

namespace AkkaKv.Storage;

/// <summary>
/// One step from one set of live tables to the next. It takes effect as a whole, because it is one record of the manifest.
/// </summary>
internal sealed record VersionEdit
{
    /// <summary>What follows in an encoded edit. The numbers are on disk: never change one.</summary>
    private enum Field : byte
    {
        NextFileNumber = 1,
        OldestLog = 2,
        LastSequence = 3,
        AddedTable = 4,
        RemovedTable = 5,
        AddedDrop = 6,
        RemovedDrop = 7,
    }

    /// <summary>No file has this number or a higher one, except those that were created since.</summary>
    public ulong? NextFileNumber { get; init; }

    /// <summary>Logs with smaller numbers hold nothing that is not in tables.</summary>
    public ulong? OldestLog { get; init; }

    /// <summary>Every row up to this sequence is in tables.</summary>
    public ulong? LastSequence { get; init; }

    public IReadOnlyList<(int Level, TableInfo Table)> Added { get; init; } = [];

    /// <summary>Numbers of tables that are live no more.</summary>
    public IReadOnlyList<ulong> Removed { get; init; } = [];

    /// <summary>Ranges whose rows are gone from now on.</summary>
    public IReadOnlyList<RangeDrop> AddedDrops { get; init; } = [];

    /// <summary>Numbers of drops that no row needs any more.</summary>
    public IReadOnlyList<ulong> RemovedDrops { get; init; } = [];

    public byte[] Encode()
    {
        var target = new ArrayBufferWriter<byte>();
        WriteNumber(Field.NextFileNumber, NextFileNumber);
        WriteNumber(Field.OldestLog, OldestLog);
        WriteNumber(Field.LastSequence, LastSequence);
        foreach (var (level, table) in Added)
        {
            WriteNumber(Field.AddedTable, (ulong)level);
            Write(table.Number);
            Write((ulong)table.FileBytes);
            Write(table.SmallestSequence);
            Write(table.LargestSequence);
            WriteBytes(table.SmallestKey.Span);
            WriteBytes(table.LargestKey.Span);
        }

        foreach (var number in Removed)
            WriteNumber(Field.RemovedTable, number);
        foreach (var drop in AddedDrops)
        {
            WriteNumber(Field.AddedDrop, drop.Number);
            Write(drop.Sequence);
            WriteBytes(drop.From.Span);
            WriteBytes(drop.Until.Span);
        }

        foreach (var number in RemovedDrops)
            WriteNumber(Field.RemovedDrop, number);
        return target.WrittenSpan.ToArray();

        void WriteNumber(Field field, ulong? number)
        {
            if (number is null)
                return;
            Write((ulong)field);
            Write(number.Value);
        }

        void Write(ulong number) => target.Advance(Varint.Write(target.GetSpan(Varint.MaxBytes), number));

        void WriteBytes(ReadOnlySpan<byte> bytes)
        {
            Write((ulong)bytes.Length);
            target.Write(bytes);
        }
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; throws <see cref="InvalidDataException"/> for anything else.</summary>
    public static VersionEdit Decode(ReadOnlySpan<byte> source)
    {
        ulong? nextFileNumber = null, oldestLog = null, lastSequence = null;
        var added = new List<(int, TableInfo)>();
        var removed = new List<ulong>();
        var addedDrops = new List<RangeDrop>();
        var removedDrops = new List<ulong>();
        var position = 0;
        while (position < source.Length)
        {
            var field = (Field)Varint.Read(source, ref position);
            switch (field)
            {
                case Field.NextFileNumber:
                    nextFileNumber = Varint.Read(source, ref position);
                    break;
                case Field.OldestLog:
                    oldestLog = Varint.Read(source, ref position);
                    break;
                case Field.LastSequence:
                    lastSequence = Varint.Read(source, ref position);
                    break;
                case Field.AddedTable:
                    added.Add((DecodeLevel(source, ref position), DecodeTable(source, ref position)));
                    break;
                case Field.RemovedTable:
                    removed.Add(Varint.Read(source, ref position));
                    break;
                case Field.AddedDrop:
                    addedDrops.Add(DecodeDrop(source, ref position));
                    break;
                case Field.RemovedDrop:
                    removedDrops.Add(Varint.Read(source, ref position));
                    break;
                default:
                    throw new InvalidDataException($"field {(byte)field} of a version edit is not known");
            }
        }

        return new VersionEdit
        {
            NextFileNumber = nextFileNumber,
            OldestLog = oldestLog,
            LastSequence = lastSequence,
            Added = added,
            Removed = removed,
            AddedDrops = addedDrops,
            RemovedDrops = removedDrops,
        };
    }

    private static int DecodeLevel(ReadOnlySpan<byte> source, ref int position)
    {
        var level = Varint.Read(source, ref position);
        return level < LevelSet.LevelCount ? (int)level : throw new InvalidDataException($"there is no level {level}");
    }

    private static RangeDrop DecodeDrop(ReadOnlySpan<byte> source, ref int position) => new(
        Varint.Read(source, ref position),
        Varint.Read(source, ref position),
        Varint.ReadBytes(source, ref position).ToArray(),
        Varint.ReadBytes(source, ref position).ToArray());

    private static TableInfo DecodeTable(ReadOnlySpan<byte> source, ref int position) => new()
    {
        Number = Varint.Read(source, ref position),
        FileBytes = (long)Varint.Read(source, ref position),
        SmallestSequence = Varint.Read(source, ref position),
        LargestSequence = Varint.Read(source, ref position),
        SmallestKey = Varint.ReadBytes(source, ref position).ToArray(),
        LargestKey = Varint.ReadBytes(source, ref position).ToArray(),
    };
}
