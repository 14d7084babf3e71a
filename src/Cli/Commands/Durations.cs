using System.CommandLine;
using System.Globalization;

namespace AkkaKv.Cli;

/// <summary>Durations as people write them: <c>500ms</c>, <c>5s</c>, <c>2m</c>; a plain number is seconds.</summary>
internal static class Durations
{
    private static readonly TimeSpan Limit = TimeSpan.FromDays(1);

    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (TryParse(result.Tokens[0].Value) is { } duration)
                return duration;
            result.AddError($"{name} {result.Tokens[0].Value} is not a duration like 500ms, 5s or 2m, at most a day.");
            return null;
        },
    };

    public static TimeSpan? TryParse(string text)
    {
        var (digits, unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], TimeSpan.FromMilliseconds(1)),
            _ when text.EndsWith('s') => (text[..^1], TimeSpan.FromSeconds(1)),
            _ when text.EndsWith('m') => (text[..^1], TimeSpan.FromMinutes(1)),
            _ => (text, TimeSpan.FromSeconds(1)),
        };
        var isNumber = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number);
        return isNumber && number > 0 && number <= Limit / unit ? unit * number : null;
    }
}
