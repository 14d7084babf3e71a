using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;
using AkkaKv.Protocol.PersistenceWire;

namespace AkkaKv.Protocol;

/// <summary>
/// A journal of Akka.Persistence in AkkaKv. Akka creates it, from <c>akka.persistence.journal.akkakv</c>.
/// </summary>
/// <remarks>
/// <para>A persist has succeeded when its events are on the disks of W owners and nobody else writes the same log; every recovery from then on
/// replays it. It fails with <see cref="SecondWriterException"/> if somebody does, or with <see cref="AkkaKvException"/> if the cluster
/// did not answer in time: then a recovery shows whether the events are there. Events that cannot be serialized, or take more than a row
/// (<see cref="RowTooLargeException"/>), are rejected, and nothing of them was written.</para>
/// <para>Events of one <c>PersistAll</c> are replayed all or not at all; events that wait together are written together.</para>
/// </remarks>
public sealed class AkkaKvJournal : AsyncWriteJournal
{
    /// <summary>What a row takes beside its events.</summary>
    private const int RowOverheadBytes = 128;

    private readonly PersistenceSettings _settings;
    private readonly PayloadCodec _payloads;
    private readonly EventLog _log;
    private readonly TimeProvider _time = TimeProvider.System;

    /// <summary>Called by Akka with the plugin's section.</summary>
    public AkkaKvJournal(Config config)
    {
        _settings = PersistenceSettings.From(config, Context.System.Settings.Config);
        _payloads = new PayloadCodec((ExtendedActorSystem)Context.System);
        var store = AkkaKvPersistence.Of(Context.System).StoreFor(_settings);
        _log = new EventLog(new PersistenceRequests(store, _settings, new WriteIdSource(), _time, Random.Shared.NextDouble), _settings, Guid.NewGuid);
    }

    /// <inheritdoc/>
    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var writes = messages.ToList();
        var rejections = new Exception?[writes.Count];
        var rows = new Dictionary<string, List<Entry>>(StringComparer.Ordinal);
        for (var place = 0; place < writes.Count; place++)
        {
            try
            {
                Pack(rows, writes[place].PersistenceId, Encode(writes[place]));
            }
            // Whatever a serializer throws: the write is rejected, and the actor goes on.
            catch (Exception e)
            {
                rejections[place] = e;
            }
        }

        await Task.WhenAll(rows.Select(log => _log.AppendAsync(log.Key, log.Value, cancellationToken))).ConfigureAwait(false);
        return rejections.Any(rejection => rejection is not null) ? [.. rejections!] : null!;
    }

    /// <inheritdoc/>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        _log.DeleteAsync(persistenceId, toSequenceNr, cancellationToken);

    /// <inheritdoc/>
    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) =>
        _log.ReadHighestAsync(persistenceId, cancellationToken);

    /// <inheritdoc/>
    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback) =>
        _log.ReplayAsync(persistenceId, fromSequenceNr, toSequenceNr, max, one => recoveryCallback(new Persistent(
            _payloads.Decode(one.Payload), one.SequenceNr, persistenceId, one.Manifest, isDeleted: false, ActorRefs.NoSender,
            one.WriterGuid, one.Timestamp)));

    private Entry Encode(AtomicWrite write)
    {
        var entry = new Entry();
        foreach (var one in (IImmutableList<IPersistentRepresentation>)write.Payload)
        {
            var (payload, tags) = one.Payload is Tagged tagged ? (tagged.Payload, tagged.Tags) : (one.Payload, []);
            entry.Events.Add(new Event
            {
                SequenceNr = one.SequenceNr,
                Payload = _payloads.Encode(payload),
                Manifest = one.Manifest ?? "",
                WriterGuid = one.WriterGuid ?? "",
                Timestamp = one.Timestamp > 0 ? one.Timestamp : _time.GetUtcNow().Ticks,
                Tags = { tags.Order(StringComparer.Ordinal) },
            });
            entry.Last = one.SequenceNr;
        }

        var bytes = entry.CalculateSize() + RowOverheadBytes;
        return bytes <= _settings.ValueBytes
            ? entry
            : throw new RowTooLargeException($"The write of events {write.LowestSequenceNr} to {write.HighestSequenceNr} of '{write.PersistenceId}'", bytes, _settings.ValueBytes);
    }

    /// <summary>Puts a write into the last row of its log while that is small, else into one of its own.</summary>
    private void Pack(Dictionary<string, List<Entry>> rows, string persistenceId, Entry write)
    {
        if (!rows.TryGetValue(persistenceId, out var entries)) rows.Add(persistenceId, entries = []);
        var limit = Math.Min(_settings.RowBytes, _settings.ValueBytes - RowOverheadBytes);
        if (entries.Count > 0 && entries[^1].CalculateSize() + write.CalculateSize() <= limit)
        {
            entries[^1].Events.AddRange(write.Events);
            entries[^1].Last = write.Last;
        }
        else
        {
            entries.Add(write);
        }
    }
}
