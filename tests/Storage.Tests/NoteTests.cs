using AkkaKv.Testing;

namespace AkkaKv.Storage.Tests;

public sealed class NoteTests
{
    private static readonly StorageOptions Small = new() { MemtableLimitBytes = 4096, CommitLogSpaceBytes = 8192, BlockBytes = 256 };

    [Fact]
    public async Task Notes_of_the_log_should_be_told_again_in_order_and_batches_without_one_too()
    {
        var files = new FaultInjectionFileSystem();
        var (first, second) = (new Keeper(), new Keeper());
        await using (var store = Open(files, first))
        {
            await CommitAsync(store, "a", "note a");
            await store.PutAsync("b", "without");
            await CommitAsync(store, "c", "note c");
        }

        Assert.Equal(["begin 0", "keep", "1 note a", "2 ", "3 note c"], first.Heard);
        await using (Open(files.AfterCrash(), second))
            Assert.Equal(["begin 0", "1 note a", "2 ", "3 note c", "keep"], second.Heard);
    }

    [Fact]
    public async Task Keeper_should_be_asked_to_keep_before_a_log_goes_and_told_what_is_gone()
    {
        var files = new FaultInjectionFileSystem();
        var (first, second) = (new Keeper(), new Keeper());
        await using (var store = Open(files, first))
        {
            await CommitAsync(store, "a", "note a");
            await store.FlushAsync();
            await CommitAsync(store, "b", "note b");
        }

        Assert.Equal(["begin 0", "keep", "1 note a", "keep", "2 note b"], first.Heard);
        await using (Open(files, second))
            Assert.Equal(["begin 1", "2 note b", "keep"], second.Heard);
    }

    /// <summary>
    /// A model of what the keeper is for: a sum over the rows. What was kept last and the notes since must be the sum of the rows that are
    /// found, after a crash at any call.
    /// </summary>
    [Fact]
    public async Task What_was_kept_and_the_notes_since_should_be_what_the_rows_are_after_a_crash_at_any_call()
    {
        for (var call = 1; ; call++)
        {
            var files = new FaultInjectionFileSystem(call) { OnCall = io => io.Number == call ? IoFault.Crash : IoFault.None };
            var keeper = new Keeper();
            var isDone = false;
            LsmStore? store = null;
            try
            {
                store = Open(files, keeper);
                for (var row = 0; row < 60; row++)
                {
                    await CommitAsync(store, $"row {row}", new string('x', 200));
                    if (row % 20 == 19) await store.FlushAsync();
                }

                isDone = true;
            }
            catch (Exception failure) when (failure is IOException or StorageReadOnlyException)
            {
                // That is where this run ends.
            }

            if (store is not null) await store.DisposeAsync();
            // What the keeper has kept is on a disk of its own here.
            var second = new Keeper { Count = keeper.KeptCount, Sequence = keeper.KeptSequence };
            await using var found = Open(files.AfterCrash(), second);
            Assert.True(second.Gone <= keeper.KeptSequence, $"call {call}: notes up to {second.Gone} are gone, {keeper.KeptSequence} was kept");
            Assert.Equal(found.Scan(default, default).Count(), second.Count);
            if (isDone) break;
        }
    }

    [Fact]
    public async Task Drop_should_be_told_before_and_after()
    {
        var keeper = new Keeper();
        await using var store = Open(new FaultInjectionFileSystem(), keeper);
        await CommitAsync(store, "a", "note a");
        await store.DropRangeAsync(Rows.Bytes("a"), Rows.Bytes("b"));
        Assert.Equal(["begin 0", "keep", "1 note a", "dropping a b", "dropped"], keeper.Heard);
    }

    [Fact]
    public async Task Store_without_a_keeper_should_refuse_notes_and_open_logs_that_have_them()
    {
        var files = new FaultInjectionFileSystem();
        await using (var store = Open(files, new Keeper())) await CommitAsync(store, "a", "note a");
        await using (var store = Rows.Open(files, Small))
        {
            Assert.Equal("value", store.Get("a"));
            await Assert.ThrowsAsync<ArgumentException>(() => CommitAsync(store, "b", "note b"));
            await store.PutAsync("b", "value");
        }

        // The row of b is in a log of the version without notes: whatever was kept, it is not in it.
        var keeper = new Keeper();
        await using (Open(files, keeper)) Assert.Equal(["begin 1", "2 ", "begin 2", "keep"], keeper.Heard);
        Assert.Empty(StoreVerifier.Verify(Rows.Directory, files).Faults);
    }

    private static LsmStore Open(IFileSystem files, INoteKeeper keeper) => Rows.Open(files, Small with { NoteKeeper = keeper });

    private static async Task CommitAsync(LsmStore store, string key, string note)
    {
        var batch = new WriteBatch { Note = Rows.Bytes(note) };
        batch.Put(key, "value");
        await store.CommitAsync(batch);
    }

    /// <summary>Writes down what it hears, and counts rows: one for each batch.</summary>
    private sealed class Keeper : INoteKeeper
    {
        private readonly List<string> _heard = [];

        public IReadOnlyList<string> Heard
        {
            get
            {
                lock (_heard) return [.. _heard];
            }
        }

        public int Count { get; set; }

        public ulong Sequence { get; set; }

        public int KeptCount { get; private set; }

        public ulong KeptSequence { get; private set; }

        public ulong Gone { get; private set; }

        public void Begin(ulong goneSequence)
        {
            Gone = goneSequence;
            Hear($"begin {goneSequence}");
        }

        public void Take(ulong lastSequence, ReadOnlySpan<byte> note)
        {
            Hear($"{lastSequence} {Rows.Text(note.ToArray())}");
            lock (_heard)
            {
                if (lastSequence <= Sequence) return;
                (Count, Sequence) = (Count + 1, lastSequence);
            }
        }

        public void Keep()
        {
            Hear("keep");
            lock (_heard) (KeptCount, KeptSequence) = (Count, Sequence);
        }

        public void Dropping(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until) => Hear($"dropping {Rows.Text(from)} {Rows.Text(until)}");

        public void Dropped() => Hear("dropped");

        private void Hear(string what)
        {
            lock (_heard) _heard.Add(what);
        }
    }
}
