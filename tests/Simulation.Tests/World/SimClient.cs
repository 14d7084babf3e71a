using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// A client: one request after the other, at any node; it keeps what it was told of each key, sometimes for long, and sends a write
/// whose fate it does not know again, at another node.
/// </summary>
internal sealed class SimClient
{
    private const int PatienceMicroseconds = 300_000;

    private readonly Simulation _simulation;
    private readonly WriteIdSource _writeIds;
    private readonly Dictionary<string, List<Told>> _told = [];
    private int _left;

    public SimClient(Simulation simulation, int requests)
    {
        _simulation = simulation;
        _left = requests;
        _writeIds = new WriteIdSource(simulation.Chance.Guid());
    }

    public bool IsDone { get; private set; }

    private Chance Chance => _simulation.Chance;

    public void Next()
    {
        if (_left-- == 0)
        {
            IsDone = true;
            return;
        }

        _simulation.Events.After(Chance.Between(0, 30_000), () => Send(Draw(), Chance.OneOf(_simulation.Nodes), Chance.Between(0, 3)));
    }

    private void Send(Call call, SimNode node, int retries)
    {
        var isOver = false;
        _simulation.Submit(node, call, reply =>
        {
            if (isOver) return;
            isOver = true;
            if (reply is RequestTimeout) Retry();
            else Take(call, reply);
        });
        _simulation.Events.After(PatienceMicroseconds, () =>
        {
            if (isOver) return;
            isOver = true;
            Retry();
        });

        void Retry()
        {
            if (call.Request is WriteRequest { WriteId: { } id } write && retries > 0)
            {
                var again = new Call
                {
                    Request = write with { WriteId = id.AsRetry() },
                    Write = call.Write,
                    Floor = call.Floor,
                    HasWrongContext = call.HasWrongContext,
                };
                Send(again, Chance.OneOf(_simulation.Nodes), retries - 1);
            }
            else
            {
                Next();
            }
        }
    }

    private void Take(Call call, ClientReply reply)
    {
        if (!_told.TryGetValue(call.Key, out var told)) _told.Add(call.Key, told = []);
        switch (reply)
        {
            case Found found:
                told.Add(new Told(found.Context, found.ETag, found.Version));
                break;
            case NotFound none when !none.Context.IsEmpty:
                told.Add(new Told(none.Context, "", ""));
                break;
            case WriteDone done when !done.Context.IsEmpty:
                told.Add(new Told(done.Context, done.ETag, done.Version));
                break;
        }

        Next();
    }

    private Call Draw()
    {
        var key = Chance.OneOf(_simulation.Keys);
        var told = Remembered(key);
        var isWrong = Chance.Of(0.01);
        var context = isWrong ? WrongContext(key) : told is null || Chance.Of(0.4) ? ReadOnlyMemory<byte>.Empty : told.Context;
        isWrong = isWrong && !context.IsEmpty;
        var floor = isWrong ? DotSet.Empty : _simulation.Checker.HistoryOf(key).KnownTo(context);
        if (Chance.Of(0.45))
        {
            var get = new Get(key) { R = Level(), Context = context, IsStrict = Chance.Of(0.3) };
            return new Call { Request = get, Floor = floor, HasWrongContext = isWrong };
        }

        var isDelete = Chance.Of(0.25);
        var write = _simulation.NewWrite(isDelete);
        WriteRequest request = isDelete ? new Delete(key) : new Put(key, write.Value!) { TimeToLive = TimeToLive() };
        request = request with
        {
            W = Level(),
            Context = context,
            WriteId = Chance.Of(0.1) ? null : _writeIds.Next(),
            Condition = Chance.Of(0.15) ? Condition(told) : default,
        };
        return new Call { Request = request, Write = write, Floor = floor, HasWrongContext = isWrong };
    }

    /// <summary>Most often the last that the client was told of the key, else something older, or what another client was told.</summary>
    private Told? Remembered(string key)
    {
        if (!_told.TryGetValue(key, out var told) || told.Count == 0) return null;
        return Chance.Of(0.8) ? told[^1] : Chance.OneOf(told);
    }

    private ReadOnlyMemory<byte> WrongContext(string key)
    {
        if (Chance.Of(0.3)) return new byte[] { 1, 2, 3 };
        var other = _told.FirstOrDefault(pair => pair.Key != key && pair.Value.Count > 0);
        return other.Value is null ? ReadOnlyMemory<byte>.Empty : other.Value[^1].Context;
    }

    private WriteCondition Condition(Told? told) => Chance.Between(0, 3) switch
    {
        0 => new WriteCondition(WriteConditionKind.Exists),
        1 => new WriteCondition(WriteConditionKind.DoesNotExist),
        2 => new WriteCondition(WriteConditionKind.ETagIs, told?.ETag ?? "0123456789abcdef"),
        _ => new WriteCondition(WriteConditionKind.VersionIs, told?.Version ?? "[A,1]"),
    };

    private TimeSpan? TimeToLive() => Chance.Of(0.3)
        ? TimeSpan.FromMilliseconds(Chance.OneOf([1, 30, 100, 300, 1_000, 3_000, 600_000]))
        : null;

    private Consistency Level() => Chance.OneOf<Consistency>(
    [
        Consistency.Default, Consistency.Default, Consistency.Default,
        Consistency.One, Consistency.Quorum, Consistency.All, Consistency.Of(2), Consistency.LocalQuorum, Consistency.EachQuorum,
    ]);

    private sealed record Told(ReadOnlyMemory<byte> Context, string ETag, string Version);
}
