using System.Globalization;
using AkkaKv.Protocol.PersistenceWire;
using Google.Protobuf;

namespace AkkaKv.Protocol;

/// <summary>The snapshots of persistent actors, as rows in the cluster. Knows nothing of actors.</summary>
/// <remarks>
/// <code>
/// {prefix}snapshot/{persistence id}/{sequence number}   one snapshot
/// {prefix}snapshot/{persistence id}/index               which there are, at most so many
/// </code>
/// <para>A snapshot is entered into the index before it is written and leaves it after it is removed. So the index may name one that is not
/// there, which readers pass over, and there is none that it does not name. Concurrent versions of the index are merged: all that any names.</para>
/// </remarks>
internal sealed class SnapshotLog(PersistenceRequests requests, PersistenceSettings settings)
{
    private readonly TurnTaking _turns = new();

    /// <summary>Stores a snapshot in the place of one with the same number, and removes the oldest of too many.</summary>
    /// <exception cref="RowTooLargeException">It is too large; nothing was written.</exception>
    /// <exception cref="AkkaKvException">The cluster failed; it may be found there later.</exception>
    public Task SaveAsync(string persistenceId, SnapshotRow row, CancellationToken cancellationToken)
    {
        var bytes = row.ToByteArray();
        if (bytes.Length > settings.ValueBytes)
            throw new RowTooLargeException($"Snapshot {row.SequenceNr} of '{persistenceId}'", bytes.Length, settings.ValueBytes);
        return _turns.RunAsync(persistenceId, async () =>
        {
            var patience = requests.Begin(cancellationToken);
            var entry = new SnapshotEntry { SequenceNr = row.SequenceNr, TimestampTicks = row.TimestampTicks };
            var surplus = await ChangeIndexAsync(persistenceId, patience, entries => entries[entry.SequenceNr] = entry).ConfigureAwait(false);
            await PutAsync(RowKey(persistenceId, row.SequenceNr), bytes, patience).ConfigureAwait(false);
            if (surplus.Count > 0) await RemoveAsync(persistenceId, surplus, patience).ConfigureAwait(false);
            return true;
        });
    }

    /// <summary>The latest snapshot that fits and is there, or null.</summary>
    /// <exception cref="AkkaKvException">The cluster failed.</exception>
    public async Task<SnapshotRow?> LoadAsync(string persistenceId, Func<SnapshotEntry, bool> fits, CancellationToken cancellationToken)
    {
        var patience = requests.Begin(cancellationToken);
        var (entries, _) = await ReadIndexAsync(persistenceId, patience).ConfigureAwait(false);
        foreach (var entry in entries.Values.Reverse().Where(fits))
        {
            var reply = await requests.GetAsync(RowKey(persistenceId, entry.SequenceNr), patience).ConfigureAwait(false);
            var rows = reply is Found found
                ? found.Versions.Where(version => !version.IsDeleted).Select(version => Decode(SnapshotRow.Parser, version.Value))
                : [];
            // Of concurrent ones the latest; the index may be ahead of one that was not written.
            if (rows.OrderBy(row => row.TimestampTicks).LastOrDefault() is { } row
                && fits(new SnapshotEntry { SequenceNr = row.SequenceNr, TimestampTicks = row.TimestampTicks }))
            {
                return row;
            }
        }

        return null;
    }

    /// <summary>Removes the snapshots that fit.</summary>
    /// <exception cref="AkkaKvException">The cluster failed; removing again removes what is left.</exception>
    public Task DeleteAsync(string persistenceId, Func<SnapshotEntry, bool> fits, CancellationToken cancellationToken) =>
        _turns.RunAsync(persistenceId, async () =>
        {
            var patience = requests.Begin(cancellationToken);
            var (entries, _) = await ReadIndexAsync(persistenceId, patience).ConfigureAwait(false);
            var doomed = entries.Values.Where(fits).Select(entry => entry.SequenceNr).ToList();
            if (doomed.Count > 0) await RemoveAsync(persistenceId, doomed, patience).ConfigureAwait(false);
            return true;
        });

    private async Task RemoveAsync(string persistenceId, IReadOnlyCollection<long> doomed, Patience patience)
    {
        await Task.WhenAll(doomed.Select(async sequenceNr =>
        {
            var key = RowKey(persistenceId, sequenceNr);
            if (await requests.GetAsync(key, patience).ConfigureAwait(false) is Found found)
                await requests.DeleteAsync(key, found.Context, patience).ConfigureAwait(false);
        })).ConfigureAwait(false);
        await ChangeIndexAsync(persistenceId, patience, entries =>
        {
            foreach (var sequenceNr in doomed) entries.Remove(sequenceNr);
        }).ConfigureAwait(false);
    }

    /// <summary>Changes the index; returns the numbers of those that are too many by now, the oldest.</summary>
    private async Task<IReadOnlyCollection<long>> ChangeIndexAsync(
        string persistenceId, Patience patience, Action<SortedDictionary<long, SnapshotEntry>> change)
    {
        for (var turn = 0; ; turn++)
        {
            var (entries, context) = await ReadIndexAsync(persistenceId, patience).ConfigureAwait(false);
            change(entries);
            var index = new SnapshotIndex { Entries = { entries.Values } };
            var isPut = await requests.PutAsync(Key(persistenceId, "index"), index.ToByteArray(), context, patience).ConfigureAwait(false);
            if (isPut) return [.. entries.Keys.SkipLast(settings.Snapshots)];
            await requests.PauseAsync(turn, patience).ConfigureAwait(false);
        }
    }

    private async Task<(SortedDictionary<long, SnapshotEntry> Entries, ReadOnlyMemory<byte> Context)> ReadIndexAsync(
        string persistenceId, Patience patience)
    {
        var entries = new SortedDictionary<long, SnapshotEntry>();
        switch (await requests.GetAsync(Key(persistenceId, "index"), patience).ConfigureAwait(false))
        {
            case Found found:
                var all = found.Versions.Where(version => !version.IsDeleted)
                    .SelectMany(version => Decode(SnapshotIndex.Parser, version.Value).Entries);
                foreach (var entry in all.OrderBy(entry => entry.TimestampTicks)) entries[entry.SequenceNr] = entry;
                return (entries, found.Context);
            case NotFound notFound:
                return (entries, notFound.Context);
            case var other:
                throw new InvalidOperationException($"{other.GetType().Name} is no answer to a read.");
        }
    }

    /// <summary>Puts a row over whatever is there.</summary>
    private async Task PutAsync(byte[] key, byte[] value, Patience patience)
    {
        for (var turn = 0; ; turn++)
        {
            var context = await requests.GetAsync(key, patience).ConfigureAwait(false) switch
            {
                Found found => found.Context,
                NotFound notFound => notFound.Context,
                _ => ReadOnlyMemory<byte>.Empty,
            };
            if (await requests.PutAsync(key, value, context, patience).ConfigureAwait(false)) return;
            await requests.PauseAsync(turn, patience).ConfigureAwait(false);
        }
    }

    private static T Decode<T>(MessageParser<T> parser, ReadOnlyMemory<byte> bytes)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"A row of the snapshot store cannot be read: {e.Message}", e);
        }
    }

    private byte[] RowKey(string persistenceId, long sequenceNr) => Key(persistenceId, sequenceNr.ToString(CultureInfo.InvariantCulture));

    private byte[] Key(string persistenceId, string row) => requests.Key("snapshot", persistenceId, row);
}
