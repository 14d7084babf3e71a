using CsCheck;

namespace AkkaKv.Protocol.Tests;

public class LaneTests
{
    /// <summary>Akka drops what is larger than 128,000 bytes in silence; this leaves room for its envelope.</summary>
    private const int SafeFrameBytes = 100_000;

    private readonly LaneOutbox _outbox = new(new LaneSettings());
    private readonly LaneInbox _inbox = new();

    [Fact]
    public void Every_message_taken_arrives_whole_at_most_once_and_in_time() =>
        LaneRun.Runs.Sample(run => run.Check(), iter: 200);

    [Fact]
    public void A_closed_lane_takes_nothing()
    {
        Assert.False(Enqueue(1, 10));
        _outbox.Open(7);
        Assert.True(Enqueue(2, 10));
        Assert.True(Enqueue(3, 1_000_000));
        Assert.Equal([2UL, 3UL], _outbox.Close());
        Assert.False(Enqueue(4, 10));
        Assert.Null(NextFrame());
        Assert.Equal(0, _outbox.QueuedBytes);
    }

    [Fact]
    public void A_message_that_is_half_under_way_when_the_lane_closes_counts_as_waiting()
    {
        _outbox.Open(7);
        Enqueue(1, 100_000);
        Assert.NotNull(NextFrame());
        Assert.Equal([1UL], _outbox.Close());
    }

    [Fact]
    public void A_message_that_the_other_side_would_not_put_together_is_not_taken()
    {
        var outbox = new LaneOutbox(new LaneSettings { QueueBytes = int.MaxValue });
        outbox.Open(1);
        Assert.False(outbox.TryEnqueue(1, MessageKind.ReplicaStore, new byte[LaneInbox.MaximumMessageBytes + 1], long.MaxValue));
        Assert.True(outbox.TryEnqueue(2, MessageKind.ReplicaStore, new byte[LaneInbox.MaximumMessageBytes], long.MaxValue));
    }

    [Fact]
    public void Anti_entropy_goes_one_message_a_frame_however_small_it_is_and_holds_nobody_up()
    {
        _outbox.Open(7);
        _inbox.Open(7);
        for (ulong number = 1; number <= 3; number++) _outbox.TryEnqueue(number, MessageKind.TreeHashes, new byte[100], long.MaxValue);
        for (ulong number = 11; number <= 20; number++) Enqueue(number, 500);

        _inbox.Accept(NextFrame()!, out var messages);
        Assert.Equal([1UL, .. Enumerable.Range(11, 10).Select(i => (ulong)i)], messages.Select(item => item.Number));
        Assert.Equal(100, messages[0].Body.Length);
        _inbox.Accept(NextFrame()!, out messages);
        Assert.Equal([2UL], messages.Select(item => item.Number));
    }

    [Fact]
    public void Small_messages_overtake_a_large_one()
    {
        _outbox.Open(7);
        _inbox.Open(7);
        Enqueue(1, 2 * 1024 * 1024);
        Assert.Single(NextFrame()!.Items);
        for (ulong number = 2; number <= 41; number++) Enqueue(number, 500);

        // 40 messages of 500 bytes are less than the half of a frame that the large one leaves.
        var frame = NextFrame()!;
        Assert.Equal(Enumerable.Range(1, 41).Select(i => (ulong)i), frame.Items.Select(item => item.Number));
    }

    [Fact]
    public void However_many_small_ones_there_are_a_large_one_goes_on()
    {
        _outbox.Open(7);
        _inbox.Open(7);
        Enqueue(1, 200_000);
        ulong number = 1;
        var frames = 0;
        for (var isDone = false; !isDone; frames++)
        {
            while (_outbox.QueuedBytes < 1_000_000) Enqueue(++number, 900);
            Assert.InRange(frames, 0, 8);
            var frame = NextFrame()!;
            _outbox.Acknowledge(7, _inbox.Accept(frame, out var messages)!.Through);
            isDone = messages.Any(message => message.Number == 1);
        }

        Assert.Equal(7, frames);
    }

    [Fact]
    public void Nothing_is_sent_while_the_window_is_full_but_a_heartbeat()
    {
        _outbox.Open(7);
        for (ulong number = 1; number <= 1_000; number++) Enqueue(number, 1_000);
        LaneFrame? last = null;
        while (NextFrame() is { } frame) last = frame;
        var heartbeat = _outbox.Heartbeat(1, default);

        Assert.Empty(heartbeat.Items);
        Assert.Equal(last!.Sequence + 1, heartbeat.Sequence);
        _outbox.Acknowledge(7, heartbeat.Sequence);
        Assert.NotNull(NextFrame());
    }

    [Fact]
    public void Acknowledgements_of_another_session_give_no_room()
    {
        _outbox.Open(7);
        for (ulong number = 1; number <= 1_000; number++) Enqueue(number, 1_000);
        while (NextFrame() is not null)
        {
        }

        _outbox.Acknowledge(6, ulong.MaxValue);
        Assert.Null(NextFrame());
    }

    [Fact]
    public void A_frame_before_any_session_or_of_another_one_is_not_taken()
    {
        Assert.Null(_inbox.Accept(new LaneFrame(0, 1, [], 1, default), out _));
        _inbox.Open(7);
        Assert.Null(_inbox.Accept(new LaneFrame(6, 1, [], 1, default), out _));
        Assert.Equal(new LaneAck(7, 3), _inbox.Accept(new LaneFrame(7, 3, [], 1, default), out _));
        Assert.Null(_inbox.Accept(new LaneFrame(7, 3, [], 1, default), out _));
    }

    [Fact]
    public void Pieces_that_do_not_fit_together_make_no_message()
    {
        _inbox.Open(7);
        ulong sequence = 0;
        foreach (var (total, offset, length) in new[] { (10, 5, 5), (10, 0, 11), (-1, 0, 1), (int.MaxValue, 0, 1), (10, 0, 5), (10, 6, 4), (9, 5, 4) })
        {
            var piece = new LaneItem(1, MessageKind.ReplicaStore, TimeSpan.Zero, new byte[length], total, offset);
            Assert.NotNull(_inbox.Accept(new LaneFrame(7, ++sequence, [piece], 1, default), out var messages));
            Assert.Empty(messages);
        }
    }

    [Fact]
    public void A_far_deadline_is_cut_to_what_the_wire_can_carry()
    {
        _outbox.Open(7);
        Assert.True(_outbox.TryEnqueue(1, MessageKind.Get, new byte[1], long.MaxValue - 1));
        Assert.Equal(TimeSpan.FromMilliseconds(uint.MaxValue), NextFrame()!.Items[0].Remaining);
    }

    [Fact]
    public void Settings_by_which_frames_would_be_lost_are_refused()
    {
        foreach (var bytes in new[] { 0, LaneSettings.MinimumFrameBytes - 1, LaneSettings.MaximumFrameBytes + 1 })
            Assert.Throws<ArgumentOutOfRangeException>(() => new LaneOutbox(new LaneSettings { FrameBytes = bytes }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LaneOutbox(new LaneSettings { FrameItems = 0 }));
    }

    /// <summary>All numbers at their longest, bodies of any size, and no bound on the number of items.</summary>
    [Fact]
    public void No_frame_is_ever_too_large_for_Akka() => Gen.Select(
        Gen.Int[LaneSettings.MinimumFrameBytes, LaneSettings.MaximumFrameBytes],
        Gen.OneOf(Gen.Int[0, 2], Gen.Int[0, 200], Gen.Int[0, 40_000], Gen.Int[0, 200_000]).Array[1, 40]).Sample(
        (frameBytes, sizes) =>
        {
            var settings = new LaneSettings { FrameBytes = frameBytes, FrameItems = int.MaxValue, QueueBytes = 64 << 20, WindowBytes = 64 << 20 };
            var outbox = new LaneOutbox(settings);
            outbox.Open(ulong.MaxValue);
            foreach (var size in sizes)
            {
                var body = new byte[size];
                for (var i = 0; i < (size < 100 ? 200 : 1); i++)
                    Assert.True(outbox.TryEnqueue(ulong.MaxValue, (MessageKind)int.MaxValue, body, long.MaxValue - 1));
            }

            while (outbox.NextFrame(0, long.MaxValue, new HybridTimestamp(ulong.MaxValue)) is { } frame)
            {
                var length = ProtocolCodec.Encode(frame).Length;
                Assert.InRange(length, 1, SafeFrameBytes - 1);
                Assert.InRange(length, 1, frameBytes + 64);
            }
        },
        iter: 500);

    private bool Enqueue(ulong number, int bytes) => _outbox.TryEnqueue(number, MessageKind.ReplicaStore, new byte[bytes], long.MaxValue);

    private LaneFrame? NextFrame() => _outbox.NextFrame(now: 0, ringEpoch: 1, clock: default);
}
