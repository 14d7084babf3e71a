using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class CommitQueueTests
{
    private readonly FaultInjectionFileSystem _files = new();

    [Fact]
    public async Task Full_queue_should_refuse_at_once_and_take_again_when_there_is_room()
    {
        using var held = new ManualResetEventSlim();
        using var open = new ManualResetEventSlim(initialState: true);
        await using var store = Rows.Open(_files, new StorageOptions { CommitQueueLimitBytes = 3_000 });
        _files.OnCall = io =>
        {
            if (io.Operation == IoOperation.Sync && !open.IsSet)
            {
                held.Set();
                if (!open.Wait(TimeSpan.FromSeconds(60)))
                    throw new TimeoutException("The test did not open the disk.");
            }

            return IoFault.None;
        };
        open.Reset();
        var first = store.PutAsync("first", "1");
        held.Wait();

        var queued = Enumerable.Range(0, 4).Select(i => store.PutAsync($"queued-{i}", new string('x', 400))).ToList();
        var refused = store.PutAsync("refused", new string('x', 400));

        var full = await Assert.ThrowsAsync<CommitQueueFullException>(() => refused);
        Assert.Equal(3_000, full.LimitBytes);
        Assert.Equal(full.QueuedBytes, store.Statistics.Commits.QueuedBytes);
        Assert.InRange(full.QueuedBytes, 4 * (400 + Commit.RequestBytes), 3_000);
        Assert.Contains(nameof(StorageOptions.CommitQueueLimitBytes), full.Message);
        Assert.Equal(1, store.Statistics.Commits.Refusals);
        Assert.DoesNotContain(queued, commit => commit.IsCompleted);

        open.Set();
        await Task.WhenAll(queued.Append(first));
        Assert.Equal(0, store.Statistics.Commits.QueuedBytes);
        Assert.Equal(6ul, await store.PutAsync("refused", "taken now"));
        Assert.True(store.State.AcceptsCommits);
        Assert.Equal(6, store.ScanAll().Count);
    }

    [Fact]
    public async Task Empty_queue_should_take_a_batch_of_any_size()
    {
        await using var store = Rows.Open(_files, new StorageOptions { CommitQueueLimitBytes = 1 });
        await store.PutAsync("large", new string('x', 10_000));
        await store.FlushAsync();
        await store.DropRangeAsync(default, default);
        Assert.Empty(store.ScanAll());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Flushes_and_drops_should_be_bounded_too(bool isDrop)
    {
        var queue = new CommitQueue(limitBytes: 10 * Commit.RequestBytes);
        var requests = Enumerable.Range(0, 12).Select(_ => new Commit(batch: null) { Drop = isDrop ? ([], []) : null }).ToList();

        requests.ForEach(queue.Enqueue);

        Assert.Equal(10, requests.Count(request => !request.Task.IsCompleted));
        Assert.Equal(2, queue.Refusals);
        Assert.All(requests.Skip(10), request => Assert.IsType<CommitQueueFullException>(request.Task.Exception!.InnerException));
        var group = new List<Commit>();
        Assert.True(queue.TakeGroup(group, groupBytes: 100, TimeSpan.Zero));
        Assert.Single(group);
        Assert.Equal(9 * Commit.RequestBytes, queue.Bytes);
    }

    /// <summary>Who breaks the rule and changes a waiting batch spoils the batch, not the count of the queue.</summary>
    [Fact]
    public void Count_should_end_at_zero_whatever_becomes_of_a_batch()
    {
        var queue = new CommitQueue(limitBytes: 1_000);
        var batch = new WriteBatch();
        batch.Put("a", "1");
        queue.Enqueue(new Commit(batch));
        batch.Clear();

        queue.TakeGroup([], groupBytes: 100, TimeSpan.Zero);

        Assert.Equal(0, queue.Bytes);
    }
}
