using System.Text;
using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node.Tests;

/// <summary>Reads that are looked up together.</summary>
public sealed class ReadGroupTests : IAsyncDisposable
{
    private readonly GatedEngine _engine = new();
    private readonly ReadGroup _group;
    private readonly List<(ulong Number, MemoryRow Row, Exception? Failure)> _told = [];

    public ReadGroupTests() => _group = new ReadGroup(_engine);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Each_read_should_be_told_its_own_row_in_the_order_in_which_they_came()
    {
        var batch = new WriteBatch();
        for (var i = 0; i < ReadGroup.Limit; i += 2) batch.Put(RowKey.Of(Key(i)), Key(i));
        await _engine.CommitAsync(batch);

        for (var round = 0; round < 2; round++)
        {
            LookUp();
            Assert.Equal(Enumerable.Range(0, ReadGroup.Limit).Select(i => (ulong)i), _told.Select(told => told.Number));
            Assert.All(_told, told => Assert.Null(told.Failure));
            Assert.All(_told, told => Assert.Equal(told.Number % 2 == 0 ? MemoryLookup.Found : MemoryLookup.Absent, told.Row.Lookup));
            Assert.All(_told, told => Assert.True(told.Number % 2 != 0 || told.Row.Value.Span.SequenceEqual(Key((int)told.Number))));
        }

        Assert.Equal([ReadGroup.Limit, ReadGroup.Limit], _engine.LookUps);
    }

    [Fact]
    public void Row_that_cannot_be_looked_up_should_concern_its_read_alone()
    {
        var bad = RowKey.Of(Key(3));
        _engine.IsOnDisk = key => key.AsSpan().SequenceEqual(bad) ? throw new InvalidDataException("damaged") : false;
        LookUp();
        Assert.Equal(Enumerable.Range(0, ReadGroup.Limit).Select(i => i == 3 ? "damaged" : null), _told.Select(told => told.Failure?.Message));
    }

    private static byte[] Key(int number) => Encoding.UTF8.GetBytes($"key-{number}");

    private void LookUp()
    {
        _told.Clear();
        for (var i = 0; i < ReadGroup.Limit; i++) _group.Add((ulong)i, new ReplicaRead(Key(i), 0));
        _group.LookUp((number, _, _, row, failure) => _told.Add((number, row, failure)));
        Assert.Equal(0, _group.Count);
    }
}
