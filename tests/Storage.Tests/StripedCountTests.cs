namespace AkkaKv.Storage.Tests;

public sealed class StripedCountTests
{
    [Fact]
    public void Last_one_out_should_be_told_once()
    {
        var count = new StripedCount();
        Assert.True(count.TryEnter(out var one));
        Assert.True(count.TryEnter(out var other));
        Assert.False(count.Leave(other));

        Assert.False(count.Retire());
        Assert.False(count.TryEnter(out var late));
        Assert.False(count.Leave(late));
        Assert.True(count.Leave(one));

        Assert.False(count.TryEnter(out late));
        Assert.False(count.Leave(late));
    }

    [Fact]
    public void Owner_should_be_the_last_where_nobody_is_inside()
    {
        var count = new StripedCount();
        Assert.True(count.TryEnter(out var stripe));
        Assert.False(count.Leave(stripe));
        Assert.True(count.Retire());
    }

    [Fact]
    public async Task Nobody_should_be_inside_after_the_end_and_the_end_should_come_once()
    {
        for (var round = 0; round < 300; round++)
        {
            var count = new StripedCount();
            var inside = 0;
            var ends = 0;
            using var start = new Barrier(4);
            var readers = Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    var admitted = true;
                    while (admitted)
                    {
                        admitted = count.TryEnter(out var stripe);
                        if (admitted)
                        {
                            Interlocked.Increment(ref inside);
                            Assert.Equal(0, Volatile.Read(ref ends));
                            Interlocked.Decrement(ref inside);
                        }

                        End(count.Leave(stripe));
                    }
                },
                TaskCreationOptions.LongRunning)).ToList();

            start.SignalAndWait();
            Thread.Yield();
            End(count.Retire());
            await Task.WhenAll(readers);
            Assert.Equal(1, ends);

            void End(bool isLast)
            {
                if (!isLast)
                    return;
                Assert.Equal(0, Volatile.Read(ref inside));
                Interlocked.Increment(ref ends);
            }
        }
    }
}
