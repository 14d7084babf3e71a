using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

/// <summary>What Akka asks of every snapshot store. Five snapshots s-1 to s-5, at the numbers 11 to 15, a second apart.</summary>
[Collection(SharedCluster.Name)]
public sealed class SnapshotStoreTests : TestKit, IClassFixture<PersistenceClient>
{
    private static readonly DateTime Noon = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly string _id = $"snapshots-{Guid.NewGuid():N}";
    private readonly TestProbe _probe;
    private readonly IActorRef _store;

    public SnapshotStoreTests(PersistenceClient client)
        : base(client.CreateSystem(AkkaKvPersistence.SnapshotStoreId + ".snapshots = 6"))
    {
        _probe = CreateTestProbe();
        _store = Akka.Persistence.Persistence.Instance.Apply(Sys).SnapshotStoreFor(AkkaKvPersistence.SnapshotStoreId);
    }

    [Fact]
    public async Task Store_should_have_none_for_an_unknown_actor()
    {
        await SaveFiveAsync();
        Assert.Null(await LoadAsync(SnapshotSelectionCriteria.Latest, "nobody"));
        Assert.Null(await LoadAsync(SnapshotSelectionCriteria.Latest, "nobody", to: 13));
    }

    [Fact]
    public async Task Store_should_have_none_where_neither_time_nor_number_fits()
    {
        await SaveFiveAsync();
        Assert.Null(await LoadAsync(new SnapshotSelectionCriteria(long.MaxValue, Noon.AddTicks(-1))));
        Assert.Null(await LoadAsync(new SnapshotSelectionCriteria(7)));
        Assert.Null(await LoadAsync(SnapshotSelectionCriteria.None));
        Assert.Null(await LoadAsync(SnapshotSelectionCriteria.Latest, to: 7));
        Assert.Null(await LoadAsync(new SnapshotSelectionCriteria(long.MaxValue, DateTime.MaxValue, minSequenceNr: 16, minTimestamp: null)));
    }

    [Fact]
    public async Task Store_should_load_the_latest_that_fits()
    {
        await SaveFiveAsync();
        Assert.Equal((15, "s-5"), await LoadAsync(SnapshotSelectionCriteria.Latest));
        Assert.Equal((13, "s-3"), await LoadAsync(new SnapshotSelectionCriteria(13)));
        Assert.Equal((13, "s-3"), await LoadAsync(SnapshotSelectionCriteria.Latest, to: 13));
        Assert.Equal((13, "s-3"), await LoadAsync(new SnapshotSelectionCriteria(long.MaxValue, Noon.AddSeconds(2))));
        Assert.Equal((12, "s-2"), await LoadAsync(new SnapshotSelectionCriteria(13, Noon.AddSeconds(1))));
        Assert.Equal((13, "s-3"), await LoadAsync(new SnapshotSelectionCriteria(long.MaxValue, Noon.AddSeconds(2)), to: 14));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Store_should_delete_one_by_its_number_with_its_time_or_none(bool withTime)
    {
        await SaveFiveAsync();
        await DeleteAsync(withTime ? new SnapshotMetadata(_id, 13, Noon.AddSeconds(2)) : new SnapshotMetadata(_id, 13, DateTime.MinValue));
        Assert.Equal((12, "s-2"), await LoadAsync(new SnapshotSelectionCriteria(13)));
        Assert.Equal((15, "s-5"), await LoadAsync(SnapshotSelectionCriteria.Latest));
    }

    [Fact]
    public async Task Store_should_keep_one_that_is_later_than_what_is_to_be_deleted()
    {
        await SaveFiveAsync();
        await DeleteAsync(new SnapshotMetadata(_id, 13, Noon.AddSeconds(2).AddTicks(-1)));
        Assert.Equal((13, "s-3"), await LoadAsync(new SnapshotSelectionCriteria(13)));
    }

    [Fact]
    public async Task Store_should_delete_all_up_to_a_number_and_a_time_and_no_tick_further()
    {
        await SaveFiveAsync();
        await DeleteAsync(new SnapshotSelectionCriteria(13, Noon.AddTicks(-1)));
        Assert.Equal((13, "s-3"), await LoadAsync(new SnapshotSelectionCriteria(13)));

        await DeleteAsync(new SnapshotSelectionCriteria(13, Noon.AddSeconds(1)));
        Assert.Equal((13, "s-3"), await LoadAsync(new SnapshotSelectionCriteria(13)));
        Assert.Null(await LoadAsync(new SnapshotSelectionCriteria(12)));

        await DeleteAsync(new SnapshotSelectionCriteria(14, DateTime.MaxValue));
        Assert.Null(await LoadAsync(new SnapshotSelectionCriteria(14)));
        Assert.Equal((15, "s-5"), await LoadAsync(SnapshotSelectionCriteria.Latest));
    }

    [Fact]
    public async Task Store_should_replace_one_of_the_same_number()
    {
        await SaveFiveAsync();
        await SaveAsync(15, "changed", Noon.AddSeconds(9));
        Assert.Equal((15, "changed"), await LoadAsync(SnapshotSelectionCriteria.Latest));
        await DeleteAsync(new SnapshotMetadata(_id, 15, DateTime.MinValue));
        Assert.Equal((14, "s-4"), await LoadAsync(SnapshotSelectionCriteria.Latest));
    }

    [Fact]
    public async Task Store_should_keep_the_latest_of_many_saved_at_once_and_no_more_than_it_is_told()
    {
        for (var number = 1; number <= 30; number++)
            _store.Tell(new SaveSnapshot(new SnapshotMetadata(_id, number, Noon.AddSeconds(number)), $"s-{number}"), _probe.Ref);
        for (var number = 1; number <= 30; number++) await _probe.ExpectMsgAsync<SaveSnapshotSuccess>();

        Assert.Equal((30, "s-30"), await LoadAsync(SnapshotSelectionCriteria.Latest));
        Assert.Equal((25, "s-25"), await LoadAsync(new SnapshotSelectionCriteria(25)));
        Assert.Null(await LoadAsync(new SnapshotSelectionCriteria(24)));
    }

    [Fact]
    public async Task Store_should_serialize_and_take_large_ones_and_say_which_are_too_large()
    {
        var large = new byte[10_000];
        Random.Shared.NextBytes(large);
        await SaveAsync(1, large, Noon);
        Assert.Equal(large, (byte[])(await LoadAsync(SnapshotSelectionCriteria.Latest))!.Value.Snapshot);
        await SaveAsync(2, new JournalTests.Deposited(7, "who"), Noon);
        Assert.Equal((2, new JournalTests.Deposited(7, "who")), await LoadAsync(SnapshotSelectionCriteria.Latest));

        _store.Tell(new SaveSnapshot(new SnapshotMetadata(_id, 3, Noon), new byte[1024 * 1024]), _probe.Ref);
        var failure = await _probe.ExpectMsgAsync<SaveSnapshotFailure>();
        Assert.IsType<RowTooLargeException>(failure.Cause.GetBaseException());
        Assert.Equal(2, (await LoadAsync(SnapshotSelectionCriteria.Latest))!.Value.SequenceNr);
    }

    private async Task SaveFiveAsync()
    {
        for (var number = 1; number <= 5; number++) await SaveAsync(10 + number, $"s-{number}", Noon.AddSeconds(number - 1));
    }

    private async Task SaveAsync(long sequenceNr, object snapshot, DateTime timestamp)
    {
        _store.Tell(new SaveSnapshot(new SnapshotMetadata(_id, sequenceNr, timestamp), snapshot), _probe.Ref);
        Assert.Equal(sequenceNr, (await _probe.ExpectMsgAsync<SaveSnapshotSuccess>()).Metadata.SequenceNr);
    }

    private async Task<(long SequenceNr, object Snapshot)?> LoadAsync(SnapshotSelectionCriteria criteria, string? id = null, long to = long.MaxValue)
    {
        _store.Tell(new LoadSnapshot(id ?? _id, criteria, to), _probe.Ref);
        return (await _probe.ExpectMsgAsync<LoadSnapshotResult>()).Snapshot is { } found ? (found.Metadata.SequenceNr, found.Snapshot) : null;
    }

    private async Task DeleteAsync(SnapshotMetadata metadata)
    {
        _store.Tell(new DeleteSnapshot(metadata), _probe.Ref);
        await _probe.ExpectMsgAsync<DeleteSnapshotSuccess>();
    }

    private async Task DeleteAsync(SnapshotSelectionCriteria criteria)
    {
        _store.Tell(new DeleteSnapshots(_id, criteria), _probe.Ref);
        await _probe.ExpectMsgAsync<DeleteSnapshotsSuccess>();
    }
}
