using System.Collections.Immutable;

namespace AkkaKv.Protocol;

/// <summary>
/// Frames and their acknowledgements, straight to and from their bytes. The bodies of the items go from their arrays into the frame's, and
/// are slices of it where it arrives.
/// </summary>
internal static class LaneWire
{
    public static void Write(ref WireWriter writer, LaneFrame frame)
    {
        writer.Fixed64(Wire.LaneFrame.SessionFieldNumber, frame.Session);
        writer.Number(Wire.LaneFrame.SequenceFieldNumber, frame.Sequence);
        foreach (var item in frame.Items)
        {
            var size = default(WireWriter);
            Write(ref size, item);
            writer.Begin(Wire.LaneFrame.ItemsFieldNumber, size.Length);
            Write(ref writer, item);
        }

        writer.Number(Wire.LaneFrame.RingEpochFieldNumber, (ulong)frame.RingEpoch);
        writer.Fixed64(Wire.LaneFrame.ClockFieldNumber, frame.Clock.Value);
        writer.Fixed64(Wire.LaneFrame.PhysicalMillisecondsFieldNumber, (ulong)frame.PhysicalMilliseconds);
        writer.Flag(Wire.LaneFrame.NeedsNoAckFieldNumber, !frame.NeedsAck);
    }

    public static LaneFrame ReadFrame(WireReader reader)
    {
        var (session, sequence, ringEpoch, clock, physical) = (0UL, 0UL, 0UL, 0UL, 0UL);
        var needsNoAck = false;
        var items = ImmutableArray.CreateBuilder<LaneItem>(CountItems(reader));
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.LaneFrame.SessionFieldNumber, WireType.Fixed64):
                    session = reader.Fixed64();
                    break;
                case (Wire.LaneFrame.SequenceFieldNumber, WireType.Varint):
                    sequence = reader.Varint();
                    break;
                case (Wire.LaneFrame.ItemsFieldNumber, WireType.Bytes):
                    items.Add(ReadItem(reader.Part()));
                    break;
                case (Wire.LaneFrame.RingEpochFieldNumber, WireType.Varint):
                    ringEpoch = reader.Varint();
                    break;
                case (Wire.LaneFrame.ClockFieldNumber, WireType.Fixed64):
                    clock = reader.Fixed64();
                    break;
                case (Wire.LaneFrame.PhysicalMillisecondsFieldNumber, WireType.Fixed64):
                    physical = reader.Fixed64();
                    break;
                case (Wire.LaneFrame.NeedsNoAckFieldNumber, WireType.Varint):
                    needsNoAck = reader.Flag();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new LaneFrame(session, sequence, items.MoveToImmutable(), (long)ringEpoch, new HybridTimestamp(clock))
        {
            PhysicalMilliseconds = (long)physical,
            NeedsAck = !needsNoAck,
        };
    }

    public static void Write(ref WireWriter writer, LaneAck ack)
    {
        writer.Fixed64(Wire.LaneAck.SessionFieldNumber, ack.Session);
        writer.Number(Wire.LaneAck.ThroughFieldNumber, ack.Through);
    }

    public static LaneAck ReadAck(WireReader reader)
    {
        var (session, through) = (0UL, 0UL);
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.LaneAck.SessionFieldNumber, WireType.Fixed64):
                    session = reader.Fixed64();
                    break;
                case (Wire.LaneAck.ThroughFieldNumber, WireType.Varint):
                    through = reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new LaneAck(session, through);
    }

    private static void Write(ref WireWriter writer, LaneItem item)
    {
        writer.Number(Wire.LaneItem.NumberFieldNumber, item.Number);
        writer.Number(Wire.LaneItem.KindFieldNumber, (uint)item.Kind);
        writer.Number(Wire.LaneItem.RemainingMillisecondsFieldNumber, LaneCodec.Milliseconds(item.Remaining));
        writer.Bytes(Wire.LaneItem.BodyFieldNumber, item.Body.Span);
        writer.Number(Wire.LaneItem.TotalBytesFieldNumber, (uint)item.TotalBytes);
        writer.Number(Wire.LaneItem.OffsetFieldNumber, (uint)item.Offset);
    }

    private static int CountItems(WireReader reader)
    {
        var items = 0;
        while (reader.Next())
        {
            if ((reader.Field, reader.Type) is (Wire.LaneFrame.ItemsFieldNumber, WireType.Bytes)) items++;
            reader.Skip();
        }

        return items;
    }

    private static LaneItem ReadItem(WireReader reader)
    {
        var (number, kind, remaining, total, offset) = (0UL, 0U, 0U, 0U, 0U);
        ReadOnlyMemory<byte> body = default;
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.LaneItem.NumberFieldNumber, WireType.Varint):
                    number = reader.Varint();
                    break;
                case (Wire.LaneItem.KindFieldNumber, WireType.Varint):
                    kind = reader.Number32();
                    break;
                case (Wire.LaneItem.RemainingMillisecondsFieldNumber, WireType.Varint):
                    remaining = reader.Number32();
                    break;
                case (Wire.LaneItem.BodyFieldNumber, WireType.Bytes):
                    body = reader.Bytes();
                    break;
                case (Wire.LaneItem.TotalBytesFieldNumber, WireType.Varint):
                    total = reader.Number32();
                    break;
                case (Wire.LaneItem.OffsetFieldNumber, WireType.Varint):
                    offset = reader.Number32();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new LaneItem(
            number, (MessageKind)kind, TimeSpan.FromMilliseconds(remaining), body, checked((int)total), checked((int)offset));
    }
}
