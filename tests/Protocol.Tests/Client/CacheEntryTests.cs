using System.Collections.Immutable;

namespace AkkaKv.Protocol.Tests;

public class CacheEntryTests
{
    private const long Never = CacheEntry.Never;

    [Fact]
    public void Entry_should_be_read_as_it_was_written_and_its_bytes_stay_what_they_are()
    {
        var entry = new CacheEntry(1, 0x0102030405060708, Never, 60_000, "x"u8.ToArray());
        Assert.Equal(
            "01" + "0100000000000000" + "0807060504030201" + "ffffffffffffff7f" + "60ea000000000000" + "78", Convert.ToHexStringLower(entry.Encode()));
        var read = CacheEntry.Decode(entry.Encode())!.Value;
        Assert.Equal(entry with { Value = default }, read with { Value = default });
        Assert.Equal("x"u8.ToArray(), read.Value.ToArray());
    }

    [Fact]
    public void Value_should_outlive_its_entry_by_a_little_and_stay_for_ever_where_that_does()
    {
        var key = "k"u8.ToArray();
        var sliding = CacheEntry.Set(now: 1000, latest: Never, window: 800, default);
        Assert.Equal(TimeSpan.FromMilliseconds(900 + 60_000), AkkaKvDistributedCache.PutOf(key, sliding, now: 1000).TimeToLive);
        var absolute = CacheEntry.Set(now: 1000, latest: 6000, window: 0, default);
        Assert.Equal(TimeSpan.FromMilliseconds(5000 + 60_000), AkkaKvDistributedCache.PutOf(key, absolute, now: 1000).TimeToLive);
        Assert.Null(AkkaKvDistributedCache.PutOf(key, CacheEntry.Set(now: 1000, latest: Never, window: 0, default), now: 1000).TimeToLive);
        var far = CacheEntry.Set(now: 1000, latest: (long)TimeSpan.FromDays(40_000).TotalMilliseconds, window: 0, default);
        Assert.Null(AkkaKvDistributedCache.PutOf(key, far, now: 1000).TimeToLive);
    }

    [Fact]
    public void Bytes_that_are_no_entry_should_be_none()
    {
        Assert.Null(CacheEntry.Decode("john"u8.ToArray()));
        Assert.Null(CacheEntry.Decode(new byte[33]));
    }

    [Fact]
    public void Absolute_expiry_should_be_the_end_whatever_is_read()
    {
        var entry = CacheEntry.Set(now: 1000, latest: 1500, window: 400, default);
        Assert.True(entry.IsThere(1449));
        Assert.False(entry.IsThere(1450));
        entry = entry.Touched(1300);
        Assert.True(entry.IsThere(1499));
        Assert.False(entry.IsThere(1500));
        Assert.False(entry.NeedsTouch(1499));
    }

    [Fact]
    public void Sliding_entry_should_never_go_before_its_window_and_rarely_be_written_again()
    {
        var entry = CacheEntry.Set(now: 0, latest: Never, window: 800, default);
        var writes = 0;
        for (var now = 10; now <= 8000; now += 10)
        {
            Assert.True(entry.IsThere(now));
            if (!entry.NeedsTouch(now)) continue;
            entry = entry.Touched(now);
            writes++;
        }

        Assert.InRange(writes, 60, 80);
        Assert.True(entry.IsThere(8000 + 799));
        Assert.False(entry.IsThere(8000 + 901));
    }

    [Fact]
    public void Entry_without_expiry_should_be_there_for_ever()
    {
        var entry = CacheEntry.Set(now: 0, latest: Never, window: 0, default);
        Assert.True(entry.IsThere(Never - 1));
        Assert.False(entry.NeedsTouch(1));
        Assert.True(CacheEntry.Set(now: 1, latest: Never, window: Never, default).IsThere(Never - 1));
    }

    [Fact]
    public void Of_concurrent_entries_the_last_set_should_be_shown_and_none_beside_a_removal()
    {
        var old = CacheEntry.Set(1, Never, 100, "old"u8.ToArray());
        var present = AkkaKvDistributedCache.Present(FoundOf(Value(old.Touched(50)), Value(CacheEntry.Set(2, Never, 0, "new"u8.ToArray())), Value(old)));
        Assert.Equal("new"u8.ToArray(), present!.Value.Value.ToArray());
        Assert.Equal(old.Touched(50).Until, AkkaKvDistributedCache.Present(FoundOf(Value(old.Touched(50)), Value(old)))!.Value.Until);
        Assert.Null(AkkaKvDistributedCache.Present(FoundOf(Value(old), new VersionedValue(default, "", true, ""))));
    }

    private static VersionedValue Value(CacheEntry entry) => new(entry.Encode(), "", false, "");

    private static Found FoundOf(params VersionedValue[] versions) => new(ImmutableArray.Create(versions), default, "", "", false);
}
