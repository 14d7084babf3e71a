using Spectre.Console;

namespace AkkaKv.Cli;

/// <summary>Shows on standard error how an import comes along: a bar on a terminal, else a line every ten seconds.</summary>
internal sealed class ImportDisplay
{
    private static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);

    private readonly Terminal _terminal;
    private readonly Importer _importer;
    private readonly long? _totalBytes;

    public ImportDisplay(Terminal terminal, Importer importer, long? totalBytes)
    {
        _terminal = terminal;
        _importer = importer;
        _totalBytes = totalBytes;
    }

    private string Counts => $"{_importer.Acknowledged:N0} acknowledged, {_importer.Failures.Count:N0} failed";

    /// <summary>Returns when the import has ended, however it did.</summary>
    public async Task FollowAsync(Task import)
    {
        if (!_terminal.ErrorIsTerminal)
        {
            await foreach (var _ in Ticks.UntilAsync(import, LineInterval, _terminal.Time))
                _terminal.Error.WriteLine(Counts);
            return;
        }

        await _terminal.ErrorConsole().Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("", maxValue: Math.Max(_totalBytes ?? 0, 1));
                bar.IsIndeterminate = _totalBytes is null;
                void Show()
                {
                    bar.Value = _importer.BytesRead;
                    bar.Description = Counts;
                }

                await foreach (var _ in Ticks.UntilAsync(import, BarInterval, _terminal.Time))
                    Show();
                Show();
            });
    }
}
