using System.Buffers.Binary;
using CsCheck;

namespace AkkaKv.Protocol.Tests;

/// <summary>A random run of one direction of a lane over a network that delays, loses, and is connected anew.</summary>
internal sealed class LaneRun
{
    private static readonly LaneSettings Settings = new() { WindowBytes = 256 * 1024, QueueBytes = 4 * 1024 * 1024 };

    private readonly IReadOnlyList<(Act Act, int Choice)> _acts;
    private readonly LaneOutbox _outbox = new(Settings);
    private readonly LaneInbox _inbox = new();
    private readonly Dictionary<ulong, (int Bytes, long Deadline)> _taken = [];
    private readonly HashSet<ulong> _arrived = [];
    private readonly HashSet<ulong> _excused = [];
    private readonly HashSet<ulong> _givenUp = [];
    private readonly Queue<LaneFrame> _frames = new();
    private readonly Queue<LaneAck> _acks = new();
    private readonly Dictionary<ulong, int> _underWay = [];
    private ulong _session;
    private ulong _number;
    private long _now = 1_000;

    private LaneRun(IReadOnlyList<(Act, int)> acts) => _acts = acts;

    private enum Act
    {
        EnqueueTiny, EnqueueSmall, EnqueueLarge, EnqueueUrgent, Send, SendMany, Deliver, Lose, TakeAcks, Wait, Heartbeat, Reconnect, Close,
    }

    /// <summary>Mostly ordinary traffic; losses and reconnections are rare, so that much is under way when they come.</summary>
    public static Gen<LaneRun> Runs { get; } = Gen.Select(
        Gen.Frequency(
            (20, Gen.Enum<Act>()),
            (80, Gen.Int[(int)Act.EnqueueTiny, (int)Act.Deliver].Select(act => (Act)act)),
            (30, Gen.Const(Act.Deliver)),
            (20, Gen.Const(Act.TakeAcks))),
        Gen.Int[0, 2 * 1024 * 1024]).List[1, 200].Select(acts => new LaneRun(acts));

    /// <summary>Runs it; throws where a promise is broken.</summary>
    public void Check()
    {
        Reconnect();
        foreach (var (act, choice) in _acts)
        {
            Do(act, choice);
            Assert.InRange(_outbox.QueuedBytes, 0, Settings.QueueBytes);
            Assert.InRange(_underWay.Values.Sum(), 0, Settings.WindowBytes + Settings.FrameBytes);
        }

        // From here on the network behaves, so all that was not lost before arrives, and the queue ends empty.
        if (!_outbox.IsOpen) Reconnect();
        do
        {
            while (_frames.Count > 0) Deliver();
            TakeAcks();
        }
        while (Send());

        Assert.Equal(0, _outbox.QueuedBytes);
        Assert.Empty(_taken.Keys.Except(_arrived).Except(_excused).Except(_givenUp));
        Assert.Empty(_arrived.Intersect(_givenUp));
    }

    public override string ToString() => string.Join(' ', _acts.Select(act => $"{act.Act}({act.Choice})"));

    private void Do(Act act, int choice)
    {
        switch (act)
        {
            case Act.EnqueueTiny:
                for (var i = 0; i < choice % 600; i++) Enqueue(i % 4, long.MaxValue);
                break;
            case Act.EnqueueSmall:
                for (var i = 0; i < choice % 50; i++) Enqueue(choice % 16_000, long.MaxValue);
                break;
            case Act.EnqueueLarge:
                Enqueue(choice, long.MaxValue);
                break;
            case Act.EnqueueUrgent:
                Enqueue(choice / (1 + choice % 50), _now + choice % 5);
                break;
            case Act.Send:
                Send();
                break;
            case Act.SendMany:
                while (Send())
                {
                }

                break;
            case Act.Deliver:
                Deliver();
                break;
            case Act.Lose:
                if (_frames.TryDequeue(out var lost)) Excuse(lost);
                break;
            case Act.TakeAcks:
                TakeAcks();
                break;
            case Act.Wait:
                _now += choice % 8;
                break;
            case Act.Heartbeat:
                if (_outbox.IsOpen) _frames.Enqueue(_outbox.Heartbeat(1, default));
                break;
            case Act.Reconnect:
                Reconnect();
                break;
            case Act.Close:
                foreach (var number in _outbox.Close())
                {
                    Assert.DoesNotContain(number, _arrived);
                    _givenUp.Add(number);
                }

                break;
        }
    }

    private void Enqueue(int bytes, long deadline)
    {
        var number = ++_number;
        if (_outbox.TryEnqueue(number, MessageKind.ReplicaStore, Body(number, bytes), deadline)) _taken.Add(number, (bytes, deadline));
    }

    private bool Send()
    {
        if (_outbox.NextFrame(_now, ringEpoch: 1, clock: default) is not { } frame)
        {
            foreach (var (number, message) in _taken.Where(message => message.Value.Deadline <= _now)) _excused.Add(number);
            return false;
        }

        Assert.InRange(ProtocolCodec.Encode(frame).Length, 1, Settings.FrameBytes + 64);
        foreach (var item in frame.Items)
        {
            var deadline = _taken[item.Number].Deadline;
            Assert.True(deadline > _now, "An expired message was sent.");
            Assert.Equal(deadline == long.MaxValue ? TimeSpan.Zero : TimeSpan.FromMilliseconds(deadline - _now), item.Remaining);
        }

        _underWay[frame.Sequence] = frame.Items.Sum(item => item.Body.Length);
        _frames.Enqueue(frame);
        return true;
    }

    private void Deliver()
    {
        if (!_frames.TryDequeue(out var frame)) return;
        if (_inbox.Accept(frame, out var messages) is not { } ack)
        {
            Excuse(frame);
            return;
        }

        if (frame.NeedsAck) _acks.Enqueue(ack);
        foreach (var message in messages)
        {
            Assert.True(_arrived.Add(message.Number), $"Message {message.Number} arrived twice.");
            Assert.Equal((0, 0), (message.TotalBytes, message.Offset));
            Assert.True(message.Body.Span.SequenceEqual(Body(message.Number, _taken[message.Number].Bytes)), "A message was damaged.");
        }
    }

    private void TakeAcks()
    {
        while (_acks.TryDequeue(out var ack))
        {
            _outbox.Acknowledge(ack.Session, ack.Through);
            if (ack.Session != _session) continue;
            foreach (var sequence in _underWay.Keys.Where(sequence => sequence <= ack.Through).ToList()) _underWay.Remove(sequence);
        }
    }

    /// <summary>What was in a frame that never arrives may be lost with it.</summary>
    private void Excuse(LaneFrame frame)
    {
        foreach (var item in frame.Items) _excused.Add(item.Number);
    }

    private void Reconnect()
    {
        _session++;
        _underWay.Clear();
        _inbox.Open(_session);
        _outbox.Open(_session);
    }

    /// <summary>Bytes that tell which message they belong to, and where.</summary>
    private static byte[] Body(ulong number, int bytes)
    {
        var body = new byte[bytes];
        for (var at = 0; at + 8 <= bytes; at += 4096)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(at), number * 1_000_003 + (ulong)at);
        }

        return body;
    }
}
