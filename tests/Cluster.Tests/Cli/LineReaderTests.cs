using System.Text;
using CsCheck;

namespace AkkaKv.Cli.Tests;

public sealed class LineReaderTests
{
    [Fact]
    public async Task LineReader_should_find_nothing_in_an_empty_file() => Assert.Empty(await ReadAllAsync([]));

    [Fact]
    public async Task LineReader_should_number_lines_and_say_where_they_end()
    {
        var lines = await ReadAllAsync("a\n\nbcd\n"u8.ToArray());

        Assert.Equal(
            [(1L, "a", 2L), (2L, "", 3L), (3L, "bcd", 7L)],
            lines.Select(line => (line.Number, Encoding.UTF8.GetString(line.Bytes), line.EndOffset)));
    }

    [Fact]
    public async Task LineReader_should_take_a_last_line_without_a_line_feed()
    {
        var lines = await ReadAllAsync("a\nb"u8.ToArray());

        Assert.Equal((2, 3L), (lines[1].Number, lines[1].EndOffset));
        Assert.Equal("b"u8.ToArray(), lines[1].Bytes);
    }

    [Fact]
    public async Task LineReader_should_keep_carriage_returns_and_bytes_that_are_no_text()
    {
        var lines = await ReadAllAsync([0xff, 0x00, (byte)'\r', (byte)'\n', 0xc3]);

        Assert.Equal([0xff, 0x00, (byte)'\r'], lines[0].Bytes);
        Assert.Equal([0xc3], lines[1].Bytes);
    }

    [Fact]
    public async Task LineReader_should_read_lines_of_two_mebibytes()
    {
        var line = new byte[2 * 1024 * 1024];
        Random.Shared.NextBytes(line);
        line.AsSpan().Replace((byte)'\n', (byte)' ');

        var lines = await ReadAllAsync([.. line, (byte)'\n', .. line]);

        Assert.Equal(2, lines.Count);
        Assert.All(lines, each => Assert.True(each.Bytes.AsSpan().SequenceEqual(line)));
    }

    [Theory]
    [InlineData(LineReader.LimitBytes, false)]
    [InlineData(LineReader.LimitBytes + 1, true)]
    [InlineData((LineReader.LimitBytes * 2) + 5, true)]
    public async Task LineReader_should_pass_over_what_is_longer_than_the_limit(int length, bool isTooLong)
    {
        var lines = await ReadAllAsync([.. new byte[length], (byte)'\n', (byte)'b', (byte)'\n']);

        Assert.Equal(
            [(1L, isTooLong, length + 1L), (2L, false, length + 3L)],
            lines.Select(line => (line.Number, line.IsTooLong, line.EndOffset)));
        Assert.Equal("b"u8.ToArray(), lines[1].Bytes);
    }

    [Fact]
    public async Task LineReader_should_go_on_from_any_line_as_if_it_had_read_those_before()
    {
        var file = "one\ntwo\n\nthree"u8.ToArray();
        var all = await ReadAllAsync(file);

        foreach (var (number, _, end, _) in all)
        {
            var rest = await ReadAllAsync(file[(int)end..], number, end);
            Assert.Equal(
                all.Skip((int)number).Select(line => (line.Number, line.EndOffset)), rest.Select(line => (line.Number, line.EndOffset)));
        }
    }

    [Fact]
    public void LineReader_should_give_back_every_byte_however_the_stream_cuts_them() =>
        Gen.Select(Gen.Byte[0, 20].Array[0, 30], Gen.Int[1, 7]).Sample((bytes, step) =>
        {
            var file = bytes.Select(each => each < 3 ? (byte)'\n' : each).ToArray();
            var lines = ReadAllAsync(file, step: step).GetAwaiter().GetResult();
            var joined = lines.SelectMany(line => line.Bytes.Append((byte)'\n')).ToArray();
            var endsInFeed = file.Length == 0 || file[^1] == '\n';
            return joined.AsSpan(0, joined.Length - (endsInFeed ? 0 : 1)).SequenceEqual(file);
        });

    private static async Task<List<(long Number, byte[] Bytes, long EndOffset, bool IsTooLong)>> ReadAllAsync(
        byte[] file, long number = 0, long offset = 0, int step = int.MaxValue)
    {
        using var stream = new SteppingStream(file, step);
        var reader = new LineReader(stream, number, offset);
        var lines = new List<(long, byte[], long, bool)>();
        while (await reader.ReadAsync(CancellationToken.None) is { } line)
            lines.Add((line.Number, line.Bytes.ToArray(), line.EndOffset, line.IsTooLong));
        return lines;
    }

    /// <summary>Gives at most so many bytes at a time, as a pipe may.</summary>
    private sealed class SteppingStream(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, step)], cancellationToken);
    }
}
