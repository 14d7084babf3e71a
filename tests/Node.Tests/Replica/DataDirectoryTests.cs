using AkkaKv.Protocol;
using AkkaKv.Storage;
using AkkaKv.Testing;

namespace AkkaKv.Node.Tests;

public sealed class DataDirectoryTests
{
    private const string Path = "/data";

    private static readonly RingDocument Ring = Rings.Of(new ReplicaId(1), new ReplicaId(2), new ReplicaId(3));

    [Fact]
    public void New_directory_should_draw_an_identity_and_keep_it()
    {
        var files = new FaultInjectionFileSystem();
        ReplicaId replica;
        using (var first = DataDirectory.Open(files, Path, "n1"))
        {
            replica = first.ReplicaId;
            Assert.Equal((1u, 1ul, false, default(Guid?)), (first.Epoch, first.Starts, first.IsRestart, first.ClusterId));
            first.MarkCleanlyStopped();
        }

        using var second = DataDirectory.Open(files, Path, "n1");
        Assert.Equal((replica, 1u, 2ul, true), (second.ReplicaId, second.Epoch, second.Starts, second.IsRestart));
    }

    [Fact]
    public void Identities_should_differ_where_names_do_not()
    {
        using var one = DataDirectory.Open(new FaultInjectionFileSystem(), Path, "n1");
        using var other = DataDirectory.Open(new FaultInjectionFileSystem(), Path, "n1");
        Assert.NotEqual(one.ReplicaId, other.ReplicaId);
    }

    [Fact]
    public void Every_unclean_stop_should_raise_the_epoch()
    {
        var files = new FaultInjectionFileSystem();
        for (var start = 1u; start <= 4; start++)
        {
            using var directory = DataDirectory.Open(files, Path, "n1");
            Assert.Equal(start, directory.Epoch);
        }
    }

    [Fact]
    public void Raised_epoch_should_survive_a_clean_stop()
    {
        var files = new FaultInjectionFileSystem();
        using (var directory = DataDirectory.Open(files, Path, "n1"))
        {
            Assert.Equal(2u, directory.RaiseEpoch());
            directory.MarkCleanlyStopped();
        }

        using var again = DataDirectory.Open(files, Path, "n1");
        Assert.Equal(2u, again.Epoch);
    }

    [Fact]
    public void Directory_should_be_locked_until_it_is_closed()
    {
        var files = new FaultInjectionFileSystem();
        var first = DataDirectory.Open(files, Path, "n1");
        Assert.Throws<NodeStartException>(() => DataDirectory.Open(files, Path, "n1"));
        first.Dispose();
        DataDirectory.Open(files, Path, "n1").Dispose();
    }

    [Fact]
    public void Refused_opening_should_leave_no_lock_behind()
    {
        var files = new FaultInjectionFileSystem();
        DataDirectory.Open(files, Path, "n1").Dispose();
        Assert.Throws<NodeStartException>(() => DataDirectory.Open(files, Path, "other"));
        DataDirectory.Open(files, Path, "n1").Dispose();
    }

    [Fact]
    public void Vote_should_be_kept()
    {
        var files = new FaultInjectionFileSystem();
        using (var directory = DataDirectory.Open(files, Path, "n1"))
        {
            var vote = directory.ReadVote();
            vote.Accept(new RingAccept(new Ballot(3, 7), RingCodec.Encode(Ring)));
            vote.Prepare(new RingPrepare(new Ballot(5, 9)));
            directory.WriteVote(vote);
        }

        using var again = DataDirectory.Open(files, Path, "n1");
        var kept = again.ReadVote();
        Assert.Equal((new Ballot(5, 9), new Ballot(3, 7)), (kept.Promised, kept.Accepted));
        Assert.Equal(RingCodec.Encode(Ring), kept.AcceptedRing);
    }

    /// <summary>A life of a directory, cut off at every call to the disk: what comes up is what was before the cut or after it.</summary>
    [Fact]
    public void Crash_at_any_call_should_leave_what_was_there_before_or_after_and_never_lower_an_epoch()
    {
        var calls = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            var whole = new FaultInjectionFileSystem(seed);
            Live(whole, new Life());
            calls = whole.Calls;
            for (var call = 1; call <= calls; call++)
            {
                var files = new FaultInjectionFileSystem(seed) { OnCall = io => io.Number == call ? IoFault.Crash : IoFault.None };
                var life = new Life();
                Assert.ThrowsAny<Exception>(() => Live(files, life));
                CheckSurvivor(files.AfterCrash(), life, $"seed {seed}, crash at call {call}");
            }
        }

        Assert.InRange(calls, 20, 500);
    }

    [Fact]
    public void Failure_of_any_call_should_leave_a_directory_that_opens_again()
    {
        var whole = new FaultInjectionFileSystem();
        Live(whole, new Life());
        for (var call = 1; call <= whole.Calls; call++)
        {
            var files = new FaultInjectionFileSystem(call) { OnCall = io => io.Number == call ? IoFault.Fail : IoFault.None };
            var life = new Life();
            try
            {
                Live(files, life);
            }
            catch (Exception e) when (e is NodeStartException or IOException)
            {
                // Said to whoever called.
            }

            files.OnCall = null;
            CheckSurvivor(files, life, $"failure of call {call}");
        }
    }

    [Theory]
    [InlineData(IoOperation.Sync)]
    [InlineData(IoOperation.SyncDirectory)]
    public void Harness_should_catch_a_disk_whose_syncs_do_nothing(IoOperation lie)
    {
        var caught = false;
        for (var seed = 0; seed < 50 && !caught; seed++)
        {
            var files = new FaultInjectionFileSystem(seed) { OnCall = io => io.Operation == lie ? IoFault.Lie : IoFault.None };
            var life = new Life();
            Live(files, life);
            try
            {
                CheckSurvivor(files.AfterCrash(), life, "canary");
            }
            catch (Exception e) when (e is NodeStartException or InvalidDataException or Xunit.Sdk.XunitException)
            {
                caught = true;
            }
        }

        Assert.True(caught);
    }

    /// <summary>What had been confirmed when the power went.</summary>
    private sealed class Life
    {
        public ReplicaId? Replica { get; set; }

        public uint Epoch { get; set; }

        public ulong Starts { get; set; }

        public bool HasRing { get; set; }

        public Ballot Promised { get; set; }
    }

    private static void Live(IFileSystem files, Life life)
    {
        for (var start = 0; start < 2; start++)
        {
            using var directory = DataDirectory.Open(files, Path, "n1");
            (life.Replica, life.Epoch, life.Starts) = (directory.ReplicaId, directory.Epoch, directory.Starts);
            var vote = directory.ReadVote();
            vote.Prepare(new RingPrepare(new Ballot((ulong)start + 1, 1)));
            directory.WriteVote(vote);
            life.Promised = vote.Promised;
            directory.WriteRing(Ring);
            life.HasRing = true;
            life.Epoch = directory.RaiseEpoch();
            directory.MarkCleanlyStopped();
        }
    }

    private static void CheckSurvivor(IFileSystem files, Life life, string context)
    {
        using var directory = DataDirectory.Open(files, Path, "n1");
        Assert.True(life.Replica is null || directory.ReplicaId == life.Replica, $"{context}: the replica id changed");
        Assert.True(directory.Epoch >= life.Epoch, $"{context}: epoch {directory.Epoch} after {life.Epoch}");
        Assert.True(directory.Starts > life.Starts, $"{context}: start {directory.Starts} after {life.Starts}");
        Assert.True(directory.ReadVote().Promised >= life.Promised, $"{context}: the vote forgot a promise");
        var ring = directory.ReadRing();
        Assert.True(ring is not null || !life.HasRing, $"{context}: the ring is gone");
        Assert.True(ring is null || ring.ClusterId == Ring.ClusterId, $"{context}: another ring");
        Assert.True(directory.ClusterId == Ring.ClusterId || !life.HasRing, $"{context}: the cluster id is gone");
    }
}
