using System.CommandLine;
using System.Globalization;

namespace AkkaKv.Cli;

/// <summary>How many replicas must have written or answered: a number, one, quorum or all.</summary>
internal static class QuorumOption
{
    public static Option<string?> Create(string name, string alias, string description)
    {
        var option = new Option<string?>(name, alias)
        {
            Description = $"{description}: a number, one, quorum or all [default: the cluster's]",
            HelpName = "QUORUM",
        };
        option.Validators.Add(result =>
        {
            var text = result.GetValueOrDefault<string?>();
            var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
            if (!isNumber && text is not (null or "one" or "quorum" or "all"))
                result.AddError($"{name} {text} is not a number above 0, one, quorum or all.");
        });
        return option;
    }
}
