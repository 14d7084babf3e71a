using System.CommandLine;
using System.Globalization;

namespace AkkaKv.Cli;

/// <summary>Durations as people write them: <c>500ms</c>, <c>5s</c>, <c>2m</c>, <c>12h</c>, <c>30d</c>; a plain number is seconds.</summary>
internal static class Durations
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>A time to wait, at most a day.</summary>
    public static Option<TimeSpan?> Option(string name, string description) => Option(name, description, Day, "at most a day");

    /// <summary>A time for values to live, at most a hundred years.</summary>
    public static Option<TimeSpan?> LongOption(string name, string description) =>
        Option(name, description, TimeSpan.FromDays(36_500), "at most 36500d");

    public static TimeSpan? TryParse(string text) => TryParse(text, Day);

    private static Option<TimeSpan?> Option(string name, string description, TimeSpan limit, string atMost) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (TryParse(result.Tokens[0].Value, limit) is { } duration)
                return duration;
            result.AddError($"{name} {result.Tokens[0].Value} is not a duration like 500ms, 5s, 2m, 12h or 30d, {atMost}.");
            return null;
        },
    };

    private static TimeSpan? TryParse(string text, TimeSpan limit)
    {
        var (digits, unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], TimeSpan.FromMilliseconds(1)),
            _ when text.EndsWith('s') => (text[..^1], TimeSpan.FromSeconds(1)),
            _ when text.EndsWith('m') => (text[..^1], TimeSpan.FromMinutes(1)),
            _ when text.EndsWith('h') => (text[..^1], TimeSpan.FromHours(1)),
            _ when text.EndsWith('d') => (text[..^1], Day),
            _ => (text, TimeSpan.FromSeconds(1)),
        };
        var isNumber = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number);
        return isNumber && number > 0 && number <= limit / unit ? unit * number : null;
    }
}
