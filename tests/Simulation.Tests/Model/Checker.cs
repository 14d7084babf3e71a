using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>Judges every step that matters by the <see cref="KeyHistory"/>; throws <see cref="SimulationFault"/>.</summary>
internal sealed class Checker
{
    private readonly Simulation _simulation;
    private readonly bool _looksInside;
    private readonly SortedDictionary<string, KeyHistory> _histories = new(StringComparer.Ordinal);

    /// <summary>A checker of a run.</summary>
    /// <param name="simulation">The run.</param>
    /// <param name="looksInside">
    /// False where only what clients are told and what is left in the end is judged, to prove that these checks find what they should
    /// without the others.
    /// </param>
    public Checker(Simulation simulation, bool looksInside)
    {
        _simulation = simulation;
        _looksInside = looksInside;
    }

    /// <summary>What was seen to happen, so that a test can tell that the simulation reaches what it is for.</summary>
    public Dictionary<string, int> Sightings { get; } = [];

    public IEnumerable<KeyHistory> Histories => _histories.Values;

    private Ring Ring => _simulation.Ring;

    /// <summary>What an attempt's read asks of its coordinator's owners.</summary>
    private QuorumRequirement ReadLevelOf(Attempt attempt) =>
        LevelOf(attempt, attempt.Request is Get get ? get.R : Consistency.Default, Ring.Document.ReadQuorum);

    private QuorumRequirement LevelOf(Attempt attempt, Consistency level, int byDefault) => QuorumRequirement.Of(
        Ring, Ring.PartitionOf(Simulation.TokenOf(attempt.Call.Key)), level, byDefault, Ring.DataCenterOf(attempt.Node.Id));

    private static bool IsMet(QuorumRequirement level, Func<ReplicaId, bool> counts) =>
        level.Groups.All(group => group.Owners.Count(counts) >= group.Required);

    /// <summary>Whether the owners that answered are as many as the level asks.</summary>
    private bool IsMetByOwners(Attempt attempt) =>
        IsMet(ReadLevelOf(attempt), replica => attempt.Answers.ContainsKey(_simulation.NodeOf(replica)));

    public KeyHistory HistoryOf(string key)
    {
        if (!_histories.TryGetValue(key, out var history)) _histories.Add(key, history = new KeyHistory(key, _simulation.PolicyOf(key)));
        return history;
    }

    public void Sight(string what) => Sightings[what] = Sightings.GetValueOrDefault(what) + 1;

    /// <summary>A coordinator begins.</summary>
    public void Began(Attempt attempt)
    {
        attempt.Promised = HistoryOf(attempt.Call.Key).PromisedTo(LevelPromise.Of(ReadLevelOf(attempt)));
    }

    /// <summary>A replica is about to give a write its dot: the vector it was given must be what the writer has seen.</summary>
    /// <returns>What the writer has seen, but for what the replica itself holds.</returns>
    public DotSet AsksForDot(Attempt attempt, MintRequest mint)
    {
        var history = HistoryOf(attempt.Call.Key);
        attempt.HasAskedForDot = true;
        ClockModel.Stamps(attempt, mint, history.IsLastWriteWins);
        if (attempt.Call.IsRefused)
            throw new SimulationFault($"{attempt} is written after its client was told {Trace.Short(attempt.Call.Reply!)}.");
        if (attempt.Call.HasWrongContext) throw new SimulationFault($"{attempt} is written with a context that is not of its key.");
        var past = attempt.Request.Context.IsEmpty ? attempt.Read : history.KnownTo(attempt.Request.Context);
        if (!_looksInside) return past;
        history.Verify(mint.Past, past, $"The past of {attempt}");

        if (attempt.Request is not WriteRequest { Condition: var condition } || attempt.Answers.Count == 0) return past;
        if (history.Meets(condition, attempt.Read, Now(attempt)) == false && !Knows(history, attempt.Read, attempt.Call.Write!))
            throw new SimulationFault($"{attempt} is written though {condition} does not hold: known are {history.Print(attempt.Read)}.");
        if (IsMetByOwners(attempt)) Seen(attempt, history);
        return past;
    }

    /// <summary>A record now lies in a replica's memory.</summary>
    public void Holds(SimNode node, string key, Row row)
    {
        if (_looksInside) HistoryOf(key).Verify(row.Record, row.Known, $"{node}'s record of {key}");
    }

    /// <summary>A coordinator answers.</summary>
    public void Answers(Attempt attempt, ClientReply reply)
    {
        if (attempt.IsFinished) throw new SimulationFault($"{attempt} is answered twice.");
        attempt.IsFinished = true;
        var history = HistoryOf(attempt.Call.Key);
        switch (reply)
        {
            case WriteDone done:
                Acknowledged(attempt, history, done);
                break;
            case Found found:
                ShowsVersions(attempt, history, found);
                break;
            case NotFound none:
                ShowsNothing(attempt, history, none);
                break;
            case PreconditionFailed or VersionMismatch:
                Sight("condition failed");
                if (attempt.Request is WriteRequest { Condition: var condition } && history.Meets(condition, attempt.Read, Now(attempt)) == true)
                    throw new SimulationFault($"{attempt} is told {Trace.Short(reply)}, though {condition} holds.");
                break;
            default:
                Sight(reply.GetType().Name);
                break;
        }

        if (reply is Found or NotFound) ClockModel.Judges(attempt, history);
        if (reply is RequestFailure and not RequestTimeout && attempt.Made is not null)
            throw new SimulationFault($"{attempt} has its dot and is told {Trace.Short(reply)}.");
    }

    /// <summary>A client is answered by the node it sent its request to.</summary>
    public void Tells(Call call, ClientReply reply)
    {
        if (call.Reply is not null)
            throw new SimulationFault($"{call} is answered twice: {Trace.Short(call.Reply!)}, then {Trace.Short(reply)}.");
        call.Reply = reply;
        if (call.IsRefused && call.Attempts.Any(attempt => attempt.Made is not null))
            throw new SimulationFault($"The client of {call} is told {Trace.Short(reply)}, and it was written.");
        if (reply is not RequestFailure && call.HasWrongContext)
            throw new SimulationFault($"{call} has a wrong context and is answered {Trace.Short(reply)}.");
        if (reply is Found or NotFound && !KnownBy(call.Key, reply).Holds(call.Floor))
            throw new SimulationFault($"{call} is answered below its floor: {Trace.Short(reply)}.");
        if (reply is RequestFailure and not RequestTimeout) return;
        if (_simulation.Faults.AreNone && reply is RequestTimeout && !_simulation.IsScripted)
            throw new SimulationFault($"{call} is told {Trace.Short(reply)} on a day without faults.");
    }

    /// <summary>After all faults have healed and every key was read at R = all, twice.</summary>
    public void Converged(IReadOnlyDictionary<string, DotSet> lastReads)
    {
        foreach (var (key, history) in _histories)
        {
            if (history.Births.Count == 0) continue;
            var owners = _simulation.OwnersOf(key);
            var rows = owners.Select(owner => (Owner: owner, Row: owner.Disk.RowOf(key))).ToList();
            foreach (var (owner, row) in rows)
            {
                var known = row?.Known ?? DotSet.Empty;
                if (!known.Holds(history.Acknowledged))
                    throw new SimulationFault(
                        $"Acknowledged and lost at {owner}: {history.Print(history.Acknowledged.Except(known))} of {key}.");
                if (row is null != rows[0].Row is null || (row is not null && row.Record.Hash([]) != rows[0].Row!.Record.Hash([])))
                    throw new SimulationFault($"{key} differs: {rows[0].Owner} holds {rows[0].Row?.Record}, {owner} holds {row?.Record}.");
                var shown = row?.Record.Versions.Select(KeyHistory.TextOf).Where(text => text is not null).ToList() ?? [];
                if (shown.Distinct().Count() < shown.Count)
                    throw new SimulationFault($"{owner} shows a write of {key} twice: {row!.Record}.");
                if (!lastReads[key].Equals(known))
                    throw new SimulationFault(
                        $"The last read of {key} saw {history.Print(lastReads[key])}, {owner} knows {history.Print(known)}.");
            }
        }
    }

    /// <summary>What an answer's context stands for.</summary>
    public DotSet KnownBy(string key, ClientReply reply) => HistoryOf(key).KnownTo(reply switch
    {
        Found found => found.Context,
        NotFound none => none.Context,
        WriteDone done => done.Context,
        _ => ReadOnlyMemory<byte>.Empty,
    });

    private static bool Knows(KeyHistory history, DotSet known, ClientWrite write) =>
        known.Places().Any(place => history.Births[place].Write == write);

    private Func<SimNode, bool> IsOwner(Attempt attempt) => _simulation.OwnersOf(attempt.Call.Key).Contains;

    /// <summary>A read of R owners sees everything that was acknowledged at W before it began, where W + R > N.</summary>
    private void Seen(Attempt attempt, KeyHistory history)
    {
        if (!attempt.Promised.IsEmpty) Sight("promised and seen");
        if (!attempt.Read.Holds(attempt.Promised))
            throw new SimulationFault(
                $"{attempt} has not seen {history.Print(attempt.Promised.Except(attempt.Read))}, acknowledged before it began.");
    }

    private void Acknowledged(Attempt attempt, KeyHistory history, WriteDone done)
    {
        var request = (WriteRequest)attempt.Request;
        var level = LevelOf(attempt, request.W, Ring.Document.WriteQuorum);
        if (attempt.Made is not { } made)
        {
            if (request is not Delete || !done.Context.IsEmpty) throw new SimulationFault($"{attempt} is acknowledged without a dot.");
            // Nothing to delete: the same as a read that finds nothing.
            Sight("delete of nothing");
            NothingThere(attempt, history);
            return;
        }

        Sight(request is Put ? "put" : "delete");
        var durable = _simulation.OwnersOf(attempt.Call.Key).Where(owner =>
            (owner.Disk.RowOf(attempt.Call.Key)?.Known ?? DotSet.Empty).Holds(made)).ToList();
        if (_looksInside && !IsMet(level, replica => durable.Contains(_simulation.NodeOf(replica))))
            throw new SimulationFault($"{attempt} is acknowledged with W={request.W}, and {string.Join(' ', durable)} have it on disk.");
        if (!Knows(history, made, attempt.Call.Write!))
            throw new SimulationFault($"{attempt} is acknowledged, and its record does not know it.");
        history.Acknowledge(LevelPromise.Of(level), made);
        history.NoteContext(Ring, done.Context, made, $"The answer to {attempt}");
        history.NoteETag(done.ETag, made, $"The answer to {attempt}");
        history.NoteVersion(done.Version, made, $"The answer to {attempt}");
    }

    private void ShowsVersions(Attempt attempt, KeyHistory history, Found found)
    {
        Sight("found");
        var whose = $"The answer to {attempt}";
        var known = attempt.Read;
        var isOwner = IsOwner(attempt);
        var strangers = attempt.Answers.Count(answer => answer.Value is not null && !isOwner(answer.Key));
        var isMetByOwners = IsMetByOwners(attempt);
        if (_looksInside && !isMetByOwners && strangers == 0)
            throw new SimulationFault($"{whose}: found by {string.Join(' ', attempt.Answers.Keys)}, fewer than its level asks.");
        var required = ReadLevelOf(attempt).Groups.Max(group => group.Required);
        if (_looksInside && attempt.Answers.Keys.Count(isOwner) + strangers < required)
            throw new SimulationFault($"{whose}: found by {string.Join(' ', attempt.Answers.Keys)}, and {required} are required.");
        if (_looksInside && found.IsSloppy != strangers > 0)
            throw new SimulationFault($"{whose} is {(found.IsSloppy ? "" : "not ")}marked sloppy with {strangers} of no owner.");
        if (found.IsSloppy && ((Get)attempt.Request).IsStrict) throw new SimulationFault($"{whose} is sloppy, and strict was asked.");
        if (strangers > 0) Sight("sloppy");
        if (isMetByOwners) Seen(attempt, history);

        var shown = found.Versions.Where(version => !version.IsDeleted)
            .Select(version => Encoding.UTF8.GetString(version.Value.Span)).ToList();
        if (shown.Count > 1) Sight("siblings");
        if (shown.Distinct().Count() < shown.Count) throw new SimulationFault($"{whose} shows a write twice: {string.Join(' ', shown)}.");
        var now = Now(attempt);
        var possible = history.MaximalOf(known);
        foreach (var value in shown)
        {
            if (possible.All(birth => birth.ValueAt(now) != value))
                throw new SimulationFault(
                    $"{whose} shows '{value}', which is superseded, expired or was never there; known are {history.Print(known)}.");
        }

        var decisive = history.DecisiveOf(known).ToList();
        var missing = decisive.Find(birth => birth.ValueAt(now) is { } value && !shown.Contains(value));
        if (missing is not null) throw new SimulationFault($"{whose} lacks {missing}; known are {history.Print(known)}.");
        if (decisive.Exists(birth => birth.ExpiresAt is not null)) Sight("expiring found");
        var deletes = found.Versions.Count(version => version.IsDeleted);
        if (history.IsLastWriteWins)
        {
            if (found.Versions.Length != 1) throw new SimulationFault($"{whose} shows siblings though the last write wins: {Trace.Short(found)}.");
            if (history.MaximalOf(known).Count > 1) Sight("last write won");
        }
        else if (deletes < DeletesIn(decisive, now) || deletes > DeletesIn(possible, now))
        {
            throw new SimulationFault($"{whose} shows {deletes} deletes; known are {history.Print(known)}.");
        }

        history.NoteContext(Ring, found.Context, known, whose);
        history.NoteETag(found.ETag, known, whose);
        history.NoteVersion(found.Version, known, whose);
    }

    private void ShowsNothing(Attempt attempt, KeyHistory history, NotFound none)
    {
        Sight("not found");
        NothingThere(attempt, history);
        var whose = $"The answer to {attempt}";
        if (!none.Context.IsEmpty) history.NoteContext(Ring, none.Context, attempt.Read, whose);
        else if (!attempt.Read.IsEmpty) throw new SimulationFault($"{whose} has no context; known are {history.Print(attempt.Read)}.");
    }

    /// <summary>That there is nothing is said by R owners, and only where nothing known has a value.</summary>
    private void NothingThere(Attempt attempt, KeyHistory history)
    {
        if (_looksInside && !IsMetByOwners(attempt))
            throw new SimulationFault($"{attempt}: nothing found by {string.Join(' ', attempt.Answers.Keys)}, fewer than its level asks.");
        Seen(attempt, history);
        var decisive = history.DecisiveOf(attempt.Read).ToList();
        // To delete nothing is to know nothing; what has expired is deleted by a tombstone like anything else.
        var value = decisive.Find(birth => attempt.Request is Delete || birth.ValueAt(Now(attempt)) is not null);
        if (decisive.Exists(birth => birth.ExpiresAt is not null)) Sight("expired");
        if (value is not null) throw new SimulationFault($"{attempt}: nothing found, though {value} is there.");
    }

    private static DateTimeOffset Now(Attempt attempt) => attempt.Node.Time.GetUtcNow();

    private static int DeletesIn(IEnumerable<Birth> births, DateTimeOffset now) =>
        births.Where(birth => birth.ValueAt(now) is null).DistinctBy(birth => birth.Write).Count();
}
