using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Snapshot;
using AkkaKv.Protocol.PersistenceWire;
using SnapshotEntry = AkkaKv.Protocol.PersistenceWire.SnapshotEntry;

namespace AkkaKv.Protocol;

/// <summary>
/// A snapshot store of Akka.Persistence in AkkaKv. Akka creates it, from <c>akka.persistence.snapshot-store.akkakv</c>.
/// </summary>
/// <remarks>
/// A snapshot that takes more than a row fails with <see cref="RowTooLargeException"/>. The latest ones are kept
/// (<c>snapshots</c> in the configuration), older ones go by themselves.
/// </remarks>
public sealed class AkkaKvSnapshotStore : SnapshotStore
{
    private readonly PayloadCodec _payloads;
    private readonly SnapshotLog _log;

    /// <summary>Called by Akka with the plugin's section.</summary>
    public AkkaKvSnapshotStore(Config config)
    {
        var settings = PersistenceSettings.From(config, Context.System.Settings.Config);
        _payloads = new PayloadCodec((ExtendedActorSystem)Context.System);
        var store = AkkaKvPersistence.Of(Context.System).StoreFor(settings);
        _log = new SnapshotLog(new PersistenceRequests(store, settings, new WriteIdSource(), TimeProvider.System, Random.Shared.NextDouble), settings);
    }

    /// <inheritdoc/>
    protected override async Task<SelectedSnapshot> LoadAsync(
        string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        var row = await _log.LoadAsync(persistenceId, Fits(criteria), cancellationToken).ConfigureAwait(false);
        return row is null
            ? null!
            : new SelectedSnapshot(
                new SnapshotMetadata(persistenceId, row.SequenceNr, new DateTime(row.TimestampTicks, DateTimeKind.Utc)), _payloads.Decode(row.Payload));
    }

    /// <inheritdoc/>
    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot, CancellationToken cancellationToken) =>
        _log.SaveAsync(
            metadata.PersistenceId,
            new SnapshotRow
            {
                SequenceNr = metadata.SequenceNr,
                TimestampTicks = metadata.Timestamp.Ticks,
                Payload = _payloads.Encode(snapshot),
            },
            cancellationToken);

    /// <inheritdoc/>
    protected override Task DeleteAsync(SnapshotMetadata metadata, CancellationToken cancellationToken) =>
        _log.DeleteAsync(
            metadata.PersistenceId,
            entry => entry.SequenceNr == metadata.SequenceNr
                && (metadata.Timestamp == DateTime.MinValue || entry.TimestampTicks <= metadata.Timestamp.Ticks),
            cancellationToken);

    /// <inheritdoc/>
    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) =>
        _log.DeleteAsync(persistenceId, Fits(criteria), cancellationToken);

    private static Func<SnapshotEntry, bool> Fits(SnapshotSelectionCriteria criteria) => entry =>
        entry.SequenceNr >= criteria.MinSequenceNr && entry.SequenceNr <= criteria.MaxSequenceNr
        && entry.TimestampTicks <= criteria.MaxTimeStamp.Ticks
        && (criteria.MinTimestamp is not { } least || entry.TimestampTicks >= least.Ticks);
}
