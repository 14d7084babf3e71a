using System.CommandLine;

namespace AkkaKv.Cli;

/// <summary>The options of import and export that say how a file is written.</summary>
internal static class RecordFormatOptions
{
    public static Option<string?> Format()
    {
        var option = new Option<string?>("--format")
        {
            Description = "json: a JSON object a line; tsv: plain lines",
            HelpName = "json|tsv",
        };
        option.AcceptOnlyFromAmong("json", "tsv");
        return option;
    }

    public static Option<string?> Separator()
    {
        var option = new Option<string?>("--separator")
        {
            Description = "What stands between key and value of a plain line; implies tsv [default: a tab]",
            HelpName = "TEXT",
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && (text.Length == 0 || text.Contains('\n', StringComparison.Ordinal)))
                result.AddError("--separator is a text without line feeds, and not empty.");
        });
        return option;
    }

    /// <summary>The format that was asked for, or null if none was.</summary>
    public static RecordFormat? Read(ParseResult parsed, Option<string?> format, Option<string?> separator) =>
        (parsed.GetValue(format), parsed.GetValue(separator)) switch
        {
            (null, null) => null,
            ("json", null) => RecordFormat.Json,
            ("json", _) => throw CliException.Usage("--separator is for plain lines, not for --format json."),
            (_, var given) => RecordFormat.Plain(given ?? "\t"),
        };
}
