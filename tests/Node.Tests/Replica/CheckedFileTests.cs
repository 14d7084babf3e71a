using AkkaKv.Testing;

namespace AkkaKv.Node.Tests;

public sealed class CheckedFileTests
{
    private const string Path = "/data/file";

    [Fact]
    public void Missing_file_should_read_as_null() => Assert.Null(CheckedFile.Read(Disk(), Path));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public void Content_should_be_read_back(int length)
    {
        var files = Disk();
        var content = Content(length, 1);
        CheckedFile.Write(files, Path, Content(50, 2));
        CheckedFile.Write(files, Path, content);
        Assert.Equal(content, CheckedFile.Read(files, Path));
    }

    [Fact]
    public void Crash_at_any_call_should_leave_the_old_content_or_the_new_and_never_half()
    {
        var (old, replacement) = (Content(3000, 1), Content(5000, 2));
        var (sawOld, sawNew) = (false, false);
        for (var seed = 0; seed < 50; seed++)
        {
            for (var call = 1; ; call++)
            {
                var files = Disk(seed);
                CheckedFile.Write(files, Path, old);
                var before = files.Calls;
                files.OnCall = io => io.Number == before + call ? IoFault.Crash : IoFault.None;
                var isDone = !Crashes(() => CheckedFile.Write(files, Path, replacement));
                var found = CheckedFile.Read(files.AfterCrash(), Path);

                Assert.NotNull(found);
                var isOld = found.AsSpan().SequenceEqual(old);
                Assert.True(isOld || found.AsSpan().SequenceEqual(replacement), $"seed {seed}, call {call}: neither old nor new");
                Assert.False(isDone && isOld, $"seed {seed}: what was said to be durable is gone");
                sawOld |= isOld;
                sawNew |= !isOld;
                if (isDone) break;
            }
        }

        Assert.True(sawOld && sawNew);
    }

    [Fact]
    public void Every_damaged_bit_and_every_lost_byte_should_be_noticed_and_the_file_named()
    {
        var files = Disk();
        CheckedFile.Write(files, Path, Content(40, 1));
        var whole = files.Peek(Path);
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var damaged = whole.ToArray();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            AssertDamaged(damaged);
        }

        for (var length = 0; length < whole.Length; length++) AssertDamaged(whole[..length]);
        AssertDamaged([.. whole, 0]);

        void AssertDamaged(byte[] content)
        {
            files.Overwrite(Path, content);
            Assert.Contains(Path, Assert.Throws<InvalidDataException>(() => CheckedFile.Read(files, Path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Rest_of_an_interrupted_write_should_not_stand_in_the_way()
    {
        var files = Disk();
        files.Overwrite(Path + ".new", [1, 2, 3]);
        CheckedFile.Write(files, Path, Content(10, 1));
        Assert.Equal(Content(10, 1), CheckedFile.Read(files, Path));
    }

    private static FaultInjectionFileSystem Disk(int seed = 0)
    {
        var files = new FaultInjectionFileSystem(seed);
        files.CreateDirectory("/data");
        return files;
    }

    private static bool Crashes(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (SimulatedCrashException)
        {
            return true;
        }
    }

    private static byte[] Content(int length, int seed)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }
}
