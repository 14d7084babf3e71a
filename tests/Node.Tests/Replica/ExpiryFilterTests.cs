using System.Text;
using AkkaKv.Protocol;
using AkkaKv.Storage;
using Record = AkkaKv.Protocol.Record;

namespace AkkaKv.Node.Tests;

/// <summary>Compaction of a node's own store, through the engine.</summary>
public sealed class ExpiryFilterTests : IDisposable
{
    private readonly LoneNode _node = new();

    private long Now => _node.Time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Value_should_be_dropped_an_hour_after_its_expiry_and_its_shell_stay()
    {
        var record = Expiring(Now + 1000);
        HearPeers();
        Assert.Equal(record, await CompactedAsync(record));

        _node.Time.Advance(TimeSpan.FromMinutes(59));
        HearPeers();
        Assert.Equal(record, await CompactedAsync(record));

        _node.Time.Advance(TimeSpan.FromMinutes(2));
        HearPeers();
        var shell = await CompactedAsync(record);
        Assert.True(shell.Siblings[0].Value.IsEmpty);
        Assert.Equal(record.Hash("k"u8), shell.Hash("k"u8));
    }

    [Fact]
    public async Task Clock_that_was_not_checked_should_drop_nothing()
    {
        var record = Expiring(Now - 2 * ClockWatch.DropAfterMilliseconds);
        Assert.Equal(record, await CompactedAsync(record));

        _node.State.Clocks.Observe(LoneNode.Second, Now - 5000);
        _node.State.Clocks.Observe(LoneNode.Third, Now - 5000);
        Assert.Equal(record, await CompactedAsync(record));
    }

    [Fact]
    public void Rows_that_concern_it_not_should_be_left_as_they_are()
    {
        HearPeers();
        var filter = new ExpiryFilter(_node.State.Clocks, NodeMeters.Unobserved);
        var expired = Now - 2 * ClockWatch.DropAfterMilliseconds;
        byte[][] rows =
        [
            RecordCodec.Encode(Expiring(null)),
            RecordCodec.Encode(Expiring(expired).WithoutValuesExpiredBy(Now)),
            [.. RecordCodec.Encode(Expiring(expired)), 0x12],
            [],
            [0xff, 0xff],
        ];
        foreach (var row in rows) Assert.Equal(row, filter.Filter("k"u8, row).ToArray());
    }

    [Fact]
    public void Siblings_that_have_not_expired_should_keep_their_values()
    {
        HearPeers();
        var filter = new ExpiryFilter(_node.State.Clocks, NodeMeters.Unobserved);
        var both = Record.Merge(Expiring(Now - 2 * ClockWatch.DropAfterMilliseconds), Expiring(null, writer: 2));
        var filtered = RecordCodec.Decode(filter.Filter("k"u8, RecordCodec.Encode(both)).ToArray());
        Assert.Equal([false, true], filtered.Siblings.Select(sibling => sibling.DroppedValueHash is null));
        Assert.Equal(both.Siblings[1], filtered.Siblings[1]);
    }

    private static Record Expiring(long? at, ulong writer = 1) => Record.Write(null, VersionVector.Empty, new Sibling
    {
        Dot = new Dot(new VersionActor(new ReplicaId(writer), 1), 1),
        WriteId = new WriteId(Guid.Empty, writer),
        Timestamp = HybridTimestamp.Of(1),
        ExpiresAtUnixMilliseconds = at,
        Value = Encoding.UTF8.GetBytes("a value that is longer than its hash"),
    });

    private void HearPeers()
    {
        _node.State.Clocks.Observe(LoneNode.Second, Now);
        _node.State.Clocks.Observe(LoneNode.Third, Now);
    }

    private async Task<Record> CompactedAsync(Record record)
    {
        var store = (LsmStore)_node.State.Stores[0];
        for (var table = 0; table < 2; table++)
        {
            var batch = new WriteBatch();
            batch.Put(RowKey.Of("k"u8), RecordCodec.Encode(record));
            await store.CommitAsync(batch);
            await store.FlushAsync();
        }

        await Eventually.CompletesAsync(store.CompactAsync(), "the store is merged");
        return RecordCodec.Decode(store.Get(RowKey.Of("k"u8))!.Value);
    }
}
