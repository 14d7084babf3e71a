using System.CommandLine;
using AkkaKv.Protocol;

namespace AkkaKv.Cli;

/// <summary>How many replicas must have written or answered, at any of the levels of <see cref="Consistency"/>.</summary>
internal static class QuorumOption
{
    public static Option<string?> Create(string name, string alias, string description)
    {
        var option = new Option<string?>(name, alias)
        {
            Description = $"{description}: {Consistency.Choices} [default: the cluster's]",
            HelpName = "QUORUM",
        };
        option.Validators.Add(result =>
        {
            var text = result.GetValueOrDefault<string?>();
            if (text is not null && !Consistency.TryParse(text, out _))
                result.AddError($"{name} {text} is not {Consistency.Choices}.");
        });
        return option;
    }
}
