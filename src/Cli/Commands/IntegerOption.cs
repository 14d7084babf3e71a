using System.CommandLine;
using System.Globalization;

namespace AkkaKv.Cli;

/// <summary>A whole number between limits.</summary>
internal static class IntegerOption
{
    public static Option<int> Create(string name, string description, int least, int most, int byDefault) => new(name)
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"{description}, {least} to {most}"),
        HelpName = "NUMBER",
        DefaultValueFactory = _ => byDefault,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < least || number > most)
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} {text} is not a number from {least} to {most}."));
            return number;
        },
    };
}
