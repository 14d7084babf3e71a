using CsCheck;

namespace AkkaKv.Cli.Tests;

public sealed class ImportProgressTests
{
    [Fact]
    public void ImportProgress_should_count_only_lines_with_none_missing_before_them()
    {
        var progress = new ImportProgress(default);

        progress.Done(2, 20);
        progress.Done(3, 30);
        Assert.Equal(new ImportPosition(0, 0), progress.Position);
        progress.Done(1, 10);
        Assert.Equal(new ImportPosition(3, 30), progress.Position);
    }

    [Fact]
    public void ImportProgress_should_stop_before_the_first_line_that_failed() =>
        Gen.Int[1, 200]
            .SelectMany(count => Gen.Select(
                Gen.Shuffle(Enumerable.Range(1, count).ToArray()), Gen.Int[1, count].HashSet[0, Math.Min(count, 5)]))
            .Sample((order, failed) =>
            {
                var progress = new ImportProgress(default);
                foreach (var line in order)
                {
                    if (failed.Contains(line))
                        progress.Failed(line);
                    else
                        progress.Done(line, line * 10);
                }

                var expected = failed.Count == 0 ? order.Length : failed.Min() - 1;
                return progress.Position == new ImportPosition(expected, expected * 10);
            });

    [Fact]
    public void ImportState_should_give_back_what_was_saved_and_leave_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var state = new ImportState(folder["state"]);

        Assert.Null(state.Load());
        state.Save(new ImportPosition(7, 70));
        state.Save(new ImportPosition(8, 80));
        Assert.Equal(new ImportPosition(8, 80), state.Load());
        Assert.Equal(folder["state"], Assert.Single(Directory.GetFiles(folder.Path)));
        state.Delete();
        Assert.Null(state.Load());
    }

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("""{"lines":-1,"bytes":0}""")]
    public void ImportState_should_refuse_a_file_that_is_no_state(string text)
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<CliException>(() => new ImportState(folder.Write("state", text)).Load());
    }

    [Theory]
    [InlineData("a\nb\n", 2, true)]
    [InlineData("a\nb", 3, true)]
    [InlineData("a\nbc\n", 3, false)]
    [InlineData("a", 2, false)]
    public void ImportState_should_notice_that_lines_end_elsewhere_now(string text, long bytes, bool isSame)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        var fault = Record.Exception(() => ImportState.Seek(stream, new ImportPosition(1, bytes), "file"));

        Assert.Equal(isSame, fault is null);
        if (isSame)
            Assert.Equal(bytes, stream.Position);
    }
}
