using System.Collections.Immutable;

namespace AkkaKv.Protocol;

/// <summary>The bounds of one direction of a lane.</summary>
public sealed record LaneSettings
{
    /// <summary>Bytes under way that the peer has not taken yet, at most.</summary>
    public int WindowBytes { get; init; } = 512 * 1024;

    /// <summary>Bytes waiting here, at most.</summary>
    public int QueueBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>
    /// Bytes of messages in a frame, <see cref="MinimumFrameBytes"/> to <see cref="MaximumFrameBytes"/>; with its envelope it must stay
    /// below Akka's maximum frame size (128,000 bytes), or it would be lost in silence.
    /// </summary>
    public int FrameBytes { get; init; } = 64 * 1024;

    /// <summary>Least <see cref="FrameBytes"/>.</summary>
    public const int MinimumFrameBytes = 1024;

    /// <summary>Greatest <see cref="FrameBytes"/>.</summary>
    public const int MaximumFrameBytes = 96 * 1024;

    /// <summary>Messages in a frame, at most; from 1.</summary>
    public int FrameItems { get; init; } = 512;
}

/// <summary>
/// What waits for a peer and what is under way to it: the sending half of a lane, without actor, clock or network.
/// </summary>
/// <remarks>
/// Whatever waits is packed into one frame as soon as the window has room, so an idle lane adds no delay and a busy one packs by itself.
/// A message larger than a quarter of a frame goes in pieces, in turn with the small ones, so that it holds nobody up; so does every message
/// of anti-entropy, whatever its size, one a frame, so that none of them holds up what a client waits for. Frames are not
/// repeated: the transport keeps their order and loses them only with the connection, which closes the lane, and who waits for an answer
/// is told then.
/// </remarks>
public sealed class LaneOutbox
{
    /// <summary>The fields around a body, all numbers at their longest, take 43 bytes at most.</summary>
    private const int ItemOverhead = 48;

    /// <summary>A peer that takes what comes is asked to say so this often, so that its silence means something.</summary>
    private const long AckMilliseconds = 100;

    private readonly LaneSettings _settings;
    private readonly Queue<Waiting> _small = new();
    private readonly Queue<Waiting> _large = new();
    private readonly Queue<(ulong Sequence, int Bytes)> _underWay = new();
    private int _largeOffset;
    private int _windowUsed;
    private ulong _lastSequence;
    private long _lastAskedForAck;

    /// <summary>An empty, closed outbox; throws <see cref="ArgumentOutOfRangeException"/> for settings by which frames would be lost.</summary>
    public LaneOutbox(LaneSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.FrameBytes, LaneSettings.MinimumFrameBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(settings.FrameBytes, LaneSettings.MaximumFrameBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.FrameItems, 1);
        _settings = settings;
    }

    private readonly record struct Waiting(LaneItem Item, long Deadline);

    /// <summary>Bytes waiting.</summary>
    public int QueuedBytes { get; private set; }

    /// <summary>The session that the peer welcomed; 0 while the lane is closed.</summary>
    public ulong Session { get; private set; }

    /// <summary>True while frames may be sent.</summary>
    public bool IsOpen => Session != 0;

    /// <summary>Starts a session, in which nothing is under way.</summary>
    public void Open(ulong session)
    {
        Session = session;
        _underWay.Clear();
        _windowUsed = 0;
        _lastSequence = 0;
        _largeOffset = 0;
        _lastAskedForAck = 0;
    }

    /// <summary>Ends the session and forgets what waited.</summary>
    /// <returns>The numbers of the messages that were waiting.</returns>
    public IReadOnlyList<ulong> Close()
    {
        Session = 0;
        var dropped = _small.Concat(_large).Select(waiting => waiting.Item.Number).ToList();
        _small.Clear();
        _large.Clear();
        QueuedBytes = 0;
        return dropped;
    }

    /// <summary>Lets a message wait.</summary>
    /// <param name="number">The asker's number.</param>
    /// <param name="kind">The kind of the body.</param>
    /// <param name="body">The encoded message.</param>
    /// <param name="deadline">In the caller's monotonic milliseconds; <see cref="long.MaxValue"/> for none.</param>
    /// <returns>
    /// False if the lane is closed, its queue full, or the message larger than the other side puts together
    /// (<see cref="LaneInbox.MaximumMessageBytes"/>): it is not taken.
    /// </returns>
    public bool TryEnqueue(ulong number, MessageKind kind, ReadOnlyMemory<byte> body, long deadline)
    {
        var bytes = body.Length + ItemOverhead;
        if (!IsOpen || body.Length > LaneInbox.MaximumMessageBytes || bytes > _settings.QueueBytes - QueuedBytes) return false;
        QueuedBytes += bytes;
        var queue = bytes > _settings.FrameBytes / 4 || IsBulk(kind) ? _large : _small;
        queue.Enqueue(new Waiting(new LaneItem(number, kind, TimeSpan.Zero, body), deadline));
        return true;
    }

    /// <summary>The next frame, or null if nothing waits or the window is full.</summary>
    /// <param name="now">In the caller's monotonic milliseconds; what nobody waits for any more is left out.</param>
    /// <param name="ringEpoch">For the frame.</param>
    /// <param name="clock">For the frame.</param>
    public LaneFrame? NextFrame(long now, long ringEpoch, HybridTimestamp clock)
    {
        if (!IsOpen || _windowUsed >= _settings.WindowBytes) return null;
        var items = ImmutableArray.CreateBuilder<LaneItem>();
        var room = _settings.FrameBytes;
        if (NextPiece(now, _settings.FrameBytes / 2) is { } piece)
        {
            items.Add(piece);
            room -= piece.Body.Length + ItemOverhead;
        }

        while (items.Count < _settings.FrameItems && _small.TryPeek(out var next))
        {
            var bytes = next.Item.Body.Length + ItemOverhead;
            if (bytes > room) break;
            _small.Dequeue();
            QueuedBytes -= bytes;
            if (next.Deadline <= now) continue;
            items.Add(next.Item with { Remaining = Remaining(next.Deadline, now) });
            room -= bytes;
        }

        if (items.Count == 0) return null;
        var frame = Numbered(items.ToImmutable(), _settings.FrameBytes - room, ringEpoch, clock);
        // From half the window on, so that the room is there before it is needed.
        if (_windowUsed < _settings.WindowBytes / 2 && now - _lastAskedForAck < AckMilliseconds) return frame with { NeedsAck = false };
        _lastAskedForAck = now;
        return frame;
    }

    /// <summary>A frame without messages: a sign of life that asks for one.</summary>
    public LaneFrame Heartbeat(long ringEpoch, HybridTimestamp clock) => Numbered([], 0, ringEpoch, clock);

    /// <summary>The peer has taken frames.</summary>
    public void Acknowledge(ulong session, ulong through)
    {
        if (session != Session) return;
        while (_underWay.TryPeek(out var frame) && frame.Sequence <= through)
        {
            _underWay.Dequeue();
            _windowUsed -= frame.Bytes;
        }
    }

    private LaneFrame Numbered(ImmutableArray<LaneItem> items, int bytes, long ringEpoch, HybridTimestamp clock)
    {
        _lastSequence++;
        _underWay.Enqueue((_lastSequence, bytes));
        _windowUsed += bytes;
        return new LaneFrame(Session, _lastSequence, items, ringEpoch, clock);
    }

    private static bool IsBulk(MessageKind kind) => kind is >= MessageKind.TreeQuery and <= MessageKind.EntriesWanted;

    /// <summary>A piece of the large message whose turn it is.</summary>
    private LaneItem? NextPiece(long now, int limit)
    {
        while (_large.TryPeek(out var large))
        {
            var total = large.Item.Body.Length;
            if (large.Deadline > now)
            {
                var length = Math.Min(limit - ItemOverhead, total - _largeOffset);
                var piece = large.Item with
                {
                    Remaining = Remaining(large.Deadline, now),
                    Body = large.Item.Body.Slice(_largeOffset, length),
                    TotalBytes = total,
                    Offset = _largeOffset,
                };
                _largeOffset += length;
                if (_largeOffset == total) FinishLarge(total);
                return piece;
            }

            // Nobody waits for it any more; the receiver drops its first pieces when the next large message begins.
            FinishLarge(total);
        }

        return null;
    }

    private void FinishLarge(int total)
    {
        _large.Dequeue();
        _largeOffset = 0;
        QueuedBytes -= total + ItemOverhead;
    }

    private static TimeSpan Remaining(long deadline, long now) =>
        deadline == long.MaxValue ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Min(deadline - now, uint.MaxValue));
}
