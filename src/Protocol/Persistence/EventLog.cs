using System.Globalization;
using AkkaKv.Protocol.PersistenceWire;

namespace AkkaKv.Protocol;

/// <summary>The events of persistent actors, one log each, as rows in the cluster. Knows nothing of actors.</summary>
/// <remarks>
/// <code>
/// {prefix}journal/{persistence id}/{n}     a row: events from n on. The next row has the key of its last event plus one.
/// {prefix}journal/{persistence id}/head    how far the log is known to go, what is deleted, what is removed
/// </code>
/// <para>Events that come together share a row, and a row is one put: it is there as a whole or not at all. A row is written when the one
/// before it is agreed on (<see cref="RowRegister"/>), so only the last row of a log can be in doubt; a recovery settles it before it replays.
/// Whoever comes to a row with another idea of where the log ends finds it taken.</para>
/// <para>Of one persistent actor one thing is done at a time here, but for replays and for removing what is deleted already.</para>
/// <para>The head row is behind by up to <see cref="PersistenceSettings.HeadInterval"/> events, and never ahead. It keeps the highest number
/// when all rows are gone.</para>
/// </remarks>
internal sealed class EventLog
{
    private const string Head = "head";

    /// <summary>A row begins at most so far before any of its events in the first look for it; usually with the event itself.</summary>
    private const int NearestRows = 16;

    /// <summary>Others that were faster, until the head row is left to them.</summary>
    private const int NoteTurns = 16;

    private readonly PersistenceRequests _requests;
    private readonly PersistenceSettings _settings;
    private readonly RowRegister _register;
    private readonly LogEnds _ends;
    private readonly TurnTaking _turns = new();

    /// <summary>The logs of a cluster.</summary>
    public EventLog(PersistenceRequests requests, PersistenceSettings settings, Func<Guid> newWriter)
    {
        _requests = requests;
        _settings = settings;
        _register = new RowRegister(requests, newWriter);
        _ends = new LogEnds(settings.Claims);
    }

    /// <summary>Appends entries, one row each, in their order; those before one that fails are there.</summary>
    /// <exception cref="SecondWriterException">The log was claimed by somebody else.</exception>
    /// <exception cref="AkkaKvException">The cluster failed; the entry may be found there later.</exception>
    public Task AppendAsync(string persistenceId, IReadOnlyList<Entry> entries, CancellationToken cancellationToken) =>
        _turns.RunAsync(persistenceId, async () =>
        {
            var patience = _requests.Begin(cancellationToken);
            // Whatever fails from here on, the end is not known any more.
            var end = _ends.Take(persistenceId) ?? await FindEndAsync(persistenceId, patience).ConfigureAwait(false);
            foreach (var entry in entries)
            {
                if (entry.Events[0].SequenceNr <= end.Last) throw new SecondWriterException(persistenceId, entry.Events[0].SequenceNr);
                end = await AppendAsync(persistenceId, end, entry, patience).ConfigureAwait(false);
            }

            _ends.Keep(persistenceId, end);
            return end;
        });

    /// <summary>The number of the last event that is or was there, 0 if there was none; from now on it is agreed on.</summary>
    /// <exception cref="AkkaKvException">The cluster failed.</exception>
    public Task<long> ReadHighestAsync(string persistenceId, CancellationToken cancellationToken) =>
        _turns.RunAsync(persistenceId, async () =>
        {
            _ends.Take(persistenceId);
            var end = await FindEndAsync(persistenceId, _requests.Begin(cancellationToken)).ConfigureAwait(false);
            _ends.Keep(persistenceId, end);
            return end.Last;
        });

    /// <summary>Replays events in their order.</summary>
    /// <param name="persistenceId">Whose.</param>
    /// <param name="from">The first number.</param>
    /// <param name="to">The last number.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="replay">Takes each.</param>
    /// <exception cref="AkkaKvException">The cluster failed.</exception>
    /// <exception cref="MissingEventsException">A row is not there that must be.</exception>
    public async Task ReplayAsync(string persistenceId, long from, long to, long limit, Action<Event> replay)
    {
        if (limit <= 0 || from > to) return;
        var head = (await ReadHeadAsync(persistenceId, _requests.Begin()).ConfigureAwait(false)).Head;
        from = Math.Max(from, head.DeletedTo + 1);
        if (from > to) return;
        var next = await RowOfAsync(persistenceId, from, head).ConfigureAwait(false);
        await foreach (var (row, state) in RowsAsync(persistenceId, next).ConfigureAwait(false))
        {
            if (row > to) return;
            var entry = state.Accepted!.Entry!;
            next = entry.Last + 1;
            foreach (var one in entry.Events)
            {
                if (one.SequenceNr < from) continue;
                if (one.SequenceNr > to || limit-- <= 0) return;
                replay(one);
            }
        }

        if (next <= Math.Min(to, head.Highest)) throw new MissingEventsException(persistenceId, next);
    }

    /// <summary>Deletes the events up to a number; the highest one is kept in mind. Rows that hold none any more are removed.</summary>
    /// <exception cref="AkkaKvException">The cluster failed. The events are deleted or not; deleting again removes what is left of them.</exception>
    public async Task DeleteAsync(string persistenceId, long to, CancellationToken cancellationToken)
    {
        // First that they are deleted and where the log ends, then the rows that would have told.
        var head = await _turns.RunAsync(persistenceId, async () =>
        {
            var patience = _requests.Begin(cancellationToken);
            var end = _ends.Take(persistenceId) ?? await FindEndAsync(persistenceId, patience).ConfigureAwait(false);
            var news = new JournalHead(end.Last, Math.Min(to, end.Last), 0, end.Generation);
            var noted = await NoteAsync(persistenceId, news, patience).ConfigureAwait(false);
            _ends.Keep(persistenceId, end);
            return noted;
        }).ConfigureAwait(false);
        var doomed = new List<(byte[] Key, ReadOnlyMemory<byte> Context, long Last)>();
        await foreach (var (row, state) in RowsAsync(persistenceId, head.PurgedTo + 1).ConfigureAwait(false))
        {
            var last = state.Accepted!.Entry!.Last;
            if (last > head.DeletedTo) break;
            doomed.Add((RowKey(persistenceId, row), state.Context, last));
            if (doomed.Count == _settings.ReadAhead) await RemoveAsync().ConfigureAwait(false);
        }

        if (doomed.Count > 0) await RemoveAsync().ConfigureAwait(false);

        async Task RemoveAsync()
        {
            var patience = _requests.Begin(cancellationToken);
            await Task.WhenAll(doomed.Select(row => _requests.DeleteAsync(row.Key, row.Context, patience))).ConfigureAwait(false);
            await NoteAsync(persistenceId, new JournalHead(0, 0, doomed[^1].Last, 0), patience).ConfigureAwait(false);
            doomed.Clear();
        }
    }

    private async Task<LogEnd> AppendAsync(string persistenceId, LogEnd end, Entry entry, Patience patience)
    {
        var row = end.Last + 1;
        var key = RowKey(persistenceId, row);
        var (claim, seen) = (end.Claim, RowState.Unseen);
        if (claim == LogClaim.None)
        {
            var claimed = await _register.ClaimAsync(key, end.Generation, seen, patience).ConfigureAwait(false);
            if (claimed is not { State.Accepted: null }) throw new SecondWriterException(persistenceId, row);
            (claim, seen) = claimed.Value;
        }

        if (!await _register.PutForwardAsync(key, claim, entry, seen, patience).ConfigureAwait(false))
            throw new SecondWriterException(persistenceId, row);
        end = end with { Last = entry.Last, Generation = claim.Generation, Claim = claim };
        return end.Last - end.Noted >= _settings.HeadInterval ? await TryNoteAsync(persistenceId, end, patience).ConfigureAwait(false) : end;
    }

    /// <summary>Walks to the end of a log, and makes sure that what is there stays there.</summary>
    private async Task<LogEnd> FindEndAsync(string persistenceId, Patience patience)
    {
        var (head, _) = await ReadHeadAsync(persistenceId, patience).ConfigureAwait(false);
        var end = new LogEnd(head.Highest, head.Generation, head.Highest, LogClaim.None);
        (long Row, RowState State)? tail = null;
        await foreach (var found in RowsAsync(persistenceId, head.Highest + 1).ConfigureAwait(false))
        {
            if (tail is var (_, before)) end = Beyond(end, before.Accepted!);
            tail = found;
        }

        if (tail is not var (row, state)) return end;
        var settled = await _register.SettleAsync(
            RowKey(persistenceId, row), end.Generation, state, persistenceId, row, patience).ConfigureAwait(false);
        if (settled is not null) end = Beyond(end, settled);
        return end.Last > end.Noted ? await TryNoteAsync(persistenceId, end, patience).ConfigureAwait(false) : end;
    }

    private static LogEnd Beyond(LogEnd end, JournalRow row) =>
        end with { Last = row.Entry!.Last, Generation = Math.Max(end.Generation, row.Promised.Generation) };

    /// <summary>The head row is told where the log ends. What the cluster does not take now, it will with a later one.</summary>
    private async Task<LogEnd> TryNoteAsync(string persistenceId, LogEnd end, Patience patience)
    {
        try
        {
            await NoteAsync(persistenceId, new JournalHead(end.Last, 0, 0, end.Generation), patience).ConfigureAwait(false);
            return end with { Noted = end.Last };
        }
        catch (AkkaKvException e) when (e.Failure.IsTransient)
        {
            return end;
        }
    }

    private async Task<JournalHead> NoteAsync(string persistenceId, JournalHead news, Patience patience)
    {
        for (var turn = 0; ; turn++)
        {
            var (head, context) = await ReadHeadAsync(persistenceId, patience).ConfigureAwait(false);
            var merged = head.Merge(news);
            if (merged == head) return head;
            if (await _requests.PutAsync(HeadKey(persistenceId), merged.Encode(), context, patience).ConfigureAwait(false)) return merged;
            if (turn == NoteTurns) throw new SecondWriterException(persistenceId, head.Highest);
            await _requests.PauseAsync(turn, patience).ConfigureAwait(false);
        }
    }

    private async Task<(JournalHead Head, ReadOnlyMemory<byte> Context)> ReadHeadAsync(string persistenceId, Patience patience) =>
        await _requests.GetAsync(HeadKey(persistenceId), patience).ConfigureAwait(false) switch
        {
            Found found => (
                found.Versions.Where(version => !version.IsDeleted).Select(version => JournalHead.Decode(version.Value))
                    .Aggregate((left, right) => left.Merge(right)),
                found.Context),
            NotFound notFound => (default, notFound.Context),
            var other => throw new InvalidOperationException($"{other.GetType().Name} is no answer to a read."),
        };

    /// <summary>
    /// The key of the row that holds an event. Rows do not say where they begin from the outside: the keys just before the event are looked
    /// at, then more of them, and at last all from the beginning of the log.
    /// </summary>
    private async Task<long> RowOfAsync(string persistenceId, long sequenceNr, JournalHead head)
    {
        var first = head.PurgedTo + 1;
        var above = sequenceNr;
        for (var width = NearestRows; width <= MultiRequest.MaximumEntries && above >= first; width *= 4)
        {
            var below = Math.Max(first, above - width + 1);
            var keys = Range(below, above).Select(row => RowKey(persistenceId, row)).ToList();
            var replies = await _requests.GetAsync(keys, _requests.Begin()).ConfigureAwait(false);
            for (var place = replies.Length - 1; place >= 0; place--)
            {
                // The nearest row before the event ends before it only where the log does.
                if (RowState.Of(replies[place]).Accepted is { Entry: { } entry })
                    return entry.Last >= sequenceNr ? below + place : entry.Last + 1;
            }

            above = below - 1;
        }

        return first;
    }

    /// <summary>
    /// The rows from a key on, to the end of the log. Reads ahead in bounded windows, guessing that the rows to come are as long as the one
    /// before: where they are not, a window brings less, never anything wrong.
    /// </summary>
    private async IAsyncEnumerable<(long Row, RowState State)> RowsAsync(string persistenceId, long row)
    {
        long stride = 1;
        for (var width = 1; ; width = Math.Min(width * 4, _settings.ReadAhead))
        {
            var rows = Enumerable.Range(0, width).Select(place => row + place * stride).ToList();
            var replies = await _requests.GetAsync(
                [.. rows.Select(key => RowKey(persistenceId, key))], _requests.Begin()).ConfigureAwait(false);
            for (var place = rows.IndexOf(row); place >= 0; place = rows.IndexOf(row))
            {
                var state = RowState.Of(replies[place]);
                if (state.Accepted is not { Entry: { } entry }) yield break;
                yield return (row, state);
                stride = Math.Max(1, entry.Last + 1 - row);
                row = entry.Last + 1;
            }
        }
    }

    private static IEnumerable<long> Range(long from, long to)
    {
        for (var number = from; number <= to; number++) yield return number;
    }

    private byte[] RowKey(string persistenceId, long row) =>
        _requests.Key("journal", persistenceId, row.ToString(CultureInfo.InvariantCulture));

    private byte[] HeadKey(string persistenceId) => _requests.Key("journal", persistenceId, Head);
}
