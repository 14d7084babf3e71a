namespace AkkaKv.Protocol;

/// <summary>The receiving half of a lane: whole messages out of frames, without actor, clock or network.</summary>
public sealed class LaneInbox
{
    /// <summary>A message larger than this is not put together: a record at its limit and room around it.</summary>
    public const int MaximumMessageBytes = Record.MaximumBytes + 64 * 1024;

    private ulong _session;
    private ulong _lastSequence;
    private byte[]? _partial;
    private (ulong Number, MessageKind Kind) _partialOf;
    private int _partialLength;

    /// <summary>Starts a session; what was incomplete is forgotten.</summary>
    public void Open(ulong session)
    {
        _session = session;
        _lastSequence = 0;
        _partial = null;
    }

    /// <summary>Takes a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="messages">The messages that are whole with it; their bodies are complete.</param>
    /// <returns>What to answer, or null if the frame belongs to another session or came before.</returns>
    public LaneAck? Accept(LaneFrame frame, out IReadOnlyList<LaneItem> messages)
    {
        messages = [];
        if (_session == 0 || frame.Session != _session || frame.Sequence <= _lastSequence) return null;
        // A gap means lost frames. If a piece was in one of them, the next piece does not follow on the last, and the message is dropped.
        _lastSequence = frame.Sequence;

        var whole = new List<LaneItem>(frame.Items.Length);
        foreach (var item in frame.Items)
        {
            if (item.TotalBytes == 0) whole.Add(item);
            else if (Append(item) is { } message) whole.Add(message);
        }

        messages = whole;
        return new LaneAck(frame.Session, frame.Sequence);
    }

    /// <summary>Adds a piece; the whole message with its last one.</summary>
    private LaneItem? Append(LaneItem piece)
    {
        if (piece.Offset == 0)
        {
            if (piece.TotalBytes is < 0 or > MaximumMessageBytes) return null;
            _partial = new byte[piece.TotalBytes];
            _partialOf = (piece.Number, piece.Kind);
            _partialLength = 0;
        }

        if (_partial is null || _partialOf != (piece.Number, piece.Kind) || piece.Offset != _partialLength
            || piece.TotalBytes != _partial.Length || piece.Body.Length > _partial.Length - _partialLength)
        {
            _partial = null;
            return null;
        }

        piece.Body.CopyTo(_partial.AsMemory(_partialLength));
        _partialLength += piece.Body.Length;
        if (_partialLength < _partial.Length) return null;
        var body = _partial;
        _partial = null;
        return piece with { Body = body, TotalBytes = 0, Offset = 0 };
    }
}
