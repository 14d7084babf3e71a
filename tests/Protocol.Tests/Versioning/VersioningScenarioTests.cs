namespace AkkaKv.Protocol.Tests;

/// <summary>Runs that broke simpler designs, on bare records: what a replica holds after each step.</summary>
public class VersioningScenarioTests
{
    private static readonly byte[] Key = [1, 2, 3];

    private ulong _number;
    private ulong _stamp;

    [Fact]
    public void The_textbook_run_of_versions()
    {
        var d1 = Put(null, Versions.Sx, "D1");
        var d2 = Put(d1, Versions.Sx, "D2");
        var d3 = Put(d2, Versions.Sy, "D3", d2.Vector);
        var d4 = Put(d2, Versions.Sz, "D4", d2.Vector);
        var read = Record.Merge(d3, d4);
        var d5 = Put(read, Versions.Sx, "D5", read.Vector);

        Assert.Equal("[Sx,1]", Print(d1.Vector));
        Assert.Equal("[Sx,2]", Print(d2.Vector));
        Assert.Equal("[Sx,2],[Sy,1]", Print(d3.Vector));
        Assert.Equal("[Sx,2],[Sz,1]", Print(d4.Vector));
        Assert.Equal(
            ["D3 [Sx,2],[Sy,1]", "D4 [Sx,2],[Sz,1]"],
            read.Versions.Select(version => $"{version.Text()} {Print(read.VectorOf(version))}"));
        Assert.Equal("[Sx,3],[Sy,1],[Sz,1]", Print(d5.Vector));
        Assert.Equal(["D5 [Sx,3],[Sy,1],[Sz,1]"], d5.Versions.Select(version => $"{version.Text()} {Print(d5.VectorOf(version))}"));
    }

    [Fact]
    public void Later_epochs_are_printed_and_first_ones_are_not() => Assert.Equal(
        "[Sx,2],[Sx.3,1]", Print(Versions.Vector(Versions.Dot(Versions.Sx, 2), Versions.Dot(Versions.Sx, 1, epoch: 3))));

    /// <summary>A issues [A,8], B and C have it, A dies before its own sync and comes back with [A,7].</summary>
    [Fact]
    public void lost_dot_is_not_covered()
    {
        var seven = Enumerable.Range(1, 7).Aggregate((Record?)null, (held, i) => Put(held, Versions.Sx, $"v{i}"))!;
        var eight = Put(seven, Versions.Sx, "v8");
        var afterRestart = Put(seven, Versions.Sx, "new", epoch: 2);

        Assert.Equal("[Sx,7],[Sx.2,1]", Print(afterRestart.Vector));
        AssertShows(Record.Merge(afterRestart, eight), "v8", "new");
    }

    /// <summary>D coordinates as fallback, hands its copy off, deletes it, and coordinates again.</summary>
    [Fact]
    public void forgotten_dot_is_not_reused()
    {
        var handedOff = Put(null, Versions.Sx, "first");
        var again = Put(null, Versions.Sx, "second", epoch: 2);

        Assert.Empty(handedOff.Siblings.Select(sibling => sibling.Dot).Intersect(again.Siblings.Select(sibling => sibling.Dot)));
        AssertShows(Record.Merge(handedOff, again), "first", "second");
    }

    /// <summary>A replica that lost a record gets its own old one back by repair, and takes a write.</summary>
    [Fact]
    public void returned_copy_is_not_incremented()
    {
        var one = Put(null, Versions.Sx, "v1");
        var two = Put(one, Versions.Sx, "v2");

        // The replica lost both, so it is in a new epoch when the older of them comes back.
        var written = Put(one, Versions.Sx, "new", epoch: 2);

        Assert.Equal("[Sx,1],[Sx.2,1]", Print(written.Vector));
        Assert.False(written.Vector.Descends(two.Vector));
        AssertShows(Record.Merge(written, two), "v2", "new");
    }

    /// <summary>A client restarts and numbers its writes from 1 again.</summary>
    [Fact]
    public void restarted_client_counts_anew()
    {
        var before = Put(null, Versions.Sx, "same content", id: new WriteIdSource().Next());
        var after = Put(null, Versions.Sy, "same content", id: new WriteIdSource().Next());

        AssertShows(Record.Merge(before, after), "same content", "same content");
    }

    /// <summary>A has seen both writes and superseded one; B holds both: the same vector, different siblings.</summary>
    [Fact]
    public void Equal_vectors_are_told_apart_by_the_hash__equal_vectors_different_siblings()
    {
        var one = Put(null, Versions.Sx, "v1");
        var two = Put(one, Versions.Sx, "v2");
        var concurrent = Record.Write(one, VersionVector.Empty, Versions.Of(Versions.Dot(Versions.Sx, 2), NextId(), "v2"));

        Assert.Equal(two.Vector, concurrent.Vector);
        Assert.NotEqual(two.Siblings.Length, concurrent.Siblings.Length);
        Assert.NotEqual(two.Hash(Key), concurrent.Hash(Key));
    }

    [Fact]
    public void The_hash_tells_records_apart_by_key_expiry_and_superseded_retries()
    {
        var first = NextId();
        var atA = Put(null, Versions.Sx, "v1", id: first);
        var atB = Put(null, Versions.Sy, "v1", id: first.AsRetry());
        var deletedElsewhere = Delete(null, Versions.Sz, atB.Vector);
        var withoutB = Record.Merge(atA, deletedElsewhere);
        var withB = Record.Merge(withoutB, atB);

        // The same vector and siblings, but only one of them knows that v1 was sent twice and deleted once.
        Assert.Equal(withoutB.Vector, withB.Vector);
        Assert.True(withoutB.Siblings.SequenceEqual(withB.Siblings));
        Assert.NotEqual(withoutB.Versions.Count(), withB.Versions.Count());
        Assert.NotEqual(withoutB.Hash(Key), withB.Hash(Key));

        Assert.NotEqual(atA.Hash(Key), atA.Hash([1, 2]));
        var expiring = new Record(atA.Vector, [atA.Siblings[0] with { ExpiresAtUnixMilliseconds = 1 }]);
        Assert.NotEqual(atA.Hash(Key), expiring.Hash(Key));
    }

    /// <summary>A Put times out at A, is retried at B; both took effect.</summary>
    [Fact]
    public void A_write_that_took_effect_twice_is_shown_once__retry_at_another_coordinator()
    {
        var id = NextId();
        var read = Record.Merge(Put(null, Versions.Sx, "v1", id: id), Put(null, Versions.Sy, "v1", id: id.AsRetry()));

        Assert.Equal(2, read.Siblings.Length);
        AssertShows(read, "v1");
        Assert.Equal(Versions.Dot(Versions.Sx, 1), read.Versions.Single().Dot);
        Assert.Equal("[Sx,1],[Sy,1]", Print(read.VectorOf(read.Versions.Single())));
        AssertShows(Put(read, Versions.Sz, "v2", read.Vector), "v2");
    }

    [Fact]
    public void A_retry_is_no_second_write_where_the_first_one_is_held()
    {
        var id = NextId();
        var held = Record.Merge(Put(null, Versions.Sx, "v1", id: id), Put(null, Versions.Sy, "other"));

        Assert.Same(held, Put(held, Versions.Sx, "v1", id: id.AsRetry()));
    }

    [Fact]
    public void A_late_retry_does_not_overwrite_what_superseded_it()
    {
        var id = NextId();
        var first = Put(null, Versions.Sx, "v1", id: id.AsRetry());
        var second = Put(first, Versions.Sx, "v2");

        Assert.Same(second, Put(second, Versions.Sx, "v1", id: id.AsRetry()));
    }

    /// <summary>A keeps v1 and is cut off; the retry at B is acknowledged, read and deleted with its context; A heals.</summary>
    [Fact]
    public void What_was_deleted_stays_deleted__retry_acknowledged_then_deleted()
    {
        var id = NextId();
        var atA = Put(Put(null, Versions.Sx, "v0"), Versions.Sx, "v1", id: id);
        var atB = Put(null, Versions.Sy, "v1", id: id.AsRetry());
        var deleted = Delete(atB, Versions.Sy, atB.Vector);

        AssertShows(Record.Merge(atA, deleted), "(deleted)");
        AssertShows(Record.Merge(deleted, atA), "(deleted)");

        // Also where the delete went to a replica that did not hold the retry; its copy comes in whatever order.
        var deletedAtC = Delete(null, Versions.Sz, atB.Vector);
        AssertShows(Record.Merge(Record.Merge(atA, deletedAtC), atB), "(deleted)");
        AssertShows(Record.Merge(atA, Record.Merge(deletedAtC, atB)), "(deleted)");
    }

    /// <summary>w1 is repeated behind w2 at one replica, w2 behind w1 at the other; a third write is concurrent with both.</summary>
    [Fact]
    public void Two_writes_repeated_behind_each_other_both_stand()
    {
        var (w1, w2) = (NextId().AsRetry(), NextId().AsRetry());
        var atA = Put(Put(null, Versions.Sx, "w1", id: w1), Versions.Sx, "w2", id: w2);
        var atB = Put(Put(null, Versions.Sy, "w2", id: w2), Versions.Sy, "w1", id: w1);
        var atC = Put(null, Versions.Sz, "w3");

        AssertShows(Record.Merge(atA, atB), "w2", "w1");
        AssertShows(Record.Merge(Record.Merge(atA, atB), atC), "w2", "w1", "w3");
        Assert.Equal(Record.Merge(Record.Merge(atA, atB), atC), Record.Merge(atA, Record.Merge(atB, atC)));
    }

    [Fact]
    public void Three_writes_repeated_behind_each_other_in_a_ring_all_stand()
    {
        var (w1, w2, w3) = (NextId().AsRetry(), NextId().AsRetry(), NextId().AsRetry());
        var atA = Put(Put(null, Versions.Sx, "w1", id: w1), Versions.Sx, "w2", id: w2);
        var atB = Put(Put(null, Versions.Sy, "w2", id: w2), Versions.Sy, "w3", id: w3);
        var atC = Put(Put(null, Versions.Sz, "w3", id: w3), Versions.Sz, "w1", id: w1);
        var all = Record.Merge(Record.Merge(atA, atB), atC);

        AssertShows(Record.Merge(atA, atB), "w3");
        AssertShows(all, "w2", "w3", "w1");
        AssertShows(Delete(all, Versions.Sx, all.Vector), "(deleted)");
    }

    /// <summary>The Put is acknowledged by X and Y; the Delete without context goes through Z, which reads R before it writes.</summary>
    [Fact]
    public void A_delete_that_read_first_supersedes_the_put__delete_right_after_put()
    {
        var put = Put(null, Versions.Sx, "v1");
        var deleted = Delete(null, Versions.Sz, put.Vector);

        AssertShows(Record.Merge(put, deleted), "(deleted)");
        Assert.True(Record.Merge(put, deleted).IsDeletedAt(DateTimeOffset.UnixEpoch));
    }

    /// <summary>Each of 100 clients writes with a context that misses only the write before its own (Riak's sibling explosion).</summary>
    [Fact]
    public void A_hundred_interleaved_writers_leave_two_siblings()
    {
        var held = Put(null, Versions.Sx, "0");
        var context = VersionVector.Empty;
        for (var writer = 1; writer <= 100; writer++)
        {
            var readNow = held.Vector;
            held = Put(held, Versions.Sx, $"{writer}", context);
            context = readNow;
        }

        AssertShows(held, "99", "100");
        Assert.Single(held.Vector.Entries);
    }

    [Fact]
    public void An_expired_version_is_a_delete_with_the_same_dot()
    {
        var expiring = new Record(
            Versions.Vector(Versions.Dot(Versions.Sx, 1)),
            [Versions.Of(Versions.Dot(Versions.Sx, 1), NextId(), "v1") with { ExpiresAtUnixMilliseconds = 1000 }]);

        Assert.False(expiring.IsDeletedAt(DateTimeOffset.FromUnixTimeMilliseconds(999)));
        Assert.True(expiring.IsDeletedAt(DateTimeOffset.FromUnixTimeMilliseconds(1000)));
    }

    [Fact]
    public void A_record_whose_vector_does_not_cover_its_siblings_is_refused()
    {
        var sibling = Versions.Of(Versions.Dot(Versions.Sx, 2), NextId(), "v");
        Assert.Throws<ArgumentException>(() => new Record(Versions.Vector(Versions.Dot(Versions.Sx, 1)), [sibling]));
        Assert.Throws<ArgumentException>(() => new Record(Versions.Vector(Versions.Dot(Versions.Sx, 2)), []));
        Assert.Throws<ArgumentException>(() => new Record(Versions.Vector(Versions.Dot(Versions.Sx, 2)), [sibling, sibling]));
        Assert.Throws<ArgumentException>(() => new Record(
            Versions.Vector(Versions.Dot(Versions.Sx, 2)), [sibling with { Past = Versions.Vector(Versions.Dot(Versions.Sy, 1)) }]));
    }

    private static string Print(VersionVector vector) => vector.ToString(Versions.NameOf);

    private static void AssertShows(Record record, params string[] values) =>
        Assert.Equal(values, record.Versions.Select(version => version.Text()));

    private WriteId NextId() => new(Versions.SomeClient, ++_number);

    /// <summary>A put without context supersedes what its replica holds, one with a context what that context has seen.</summary>
    private Record Put(Record? held, ReplicaId replica, string value, VersionVector? context = null, WriteId? id = null, uint epoch = 1) =>
        Write(held, replica, value, context, id, epoch, isTombstone: false);

    private Record Delete(Record? held, ReplicaId replica, VersionVector context) =>
        Write(held, replica, "", context, id: null, epoch: 1, isTombstone: true);

    private Record Write(
        Record? held, ReplicaId replica, string value, VersionVector? context, WriteId? id, uint epoch, bool isTombstone)
    {
        var actor = new VersionActor(replica, epoch);
        var dot = new Dot(actor, (held?.Vector.CounterOf(actor) ?? 0) + 1);
        return Record.Write(
            held, context ?? held?.Vector ?? VersionVector.Empty,
            Versions.Of(dot, id ?? NextId(), value, ++_stamp, isTombstone));
    }
}
