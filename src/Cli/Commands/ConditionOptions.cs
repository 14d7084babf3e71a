using System.CommandLine;

namespace AkkaKv.Cli;

/// <summary>The options of put and delete that say what the write depends on.</summary>
internal sealed class ConditionOptions
{
    private readonly Option<string?> _context = new("--context")
    {
        Description = "The context that a get printed with --json: supersedes exactly what that get saw, and ends siblings",
        HelpName = "TOKEN",
    };

    private readonly Option<string?> _version = new("--if-version")
    {
        Description = "Write only if the key's version is this",
        HelpName = "VERSION",
    };

    private readonly Option<string?> _match = new("--if-match")
    {
        Description = "Write only if the key's ETag is this; '*': only if the key exists",
        HelpName = "ETAG",
    };

    private readonly Option<bool> _absent = new("--if-absent") { Description = "Write only if the key does not exist" };

    public ConditionOptions(Command command)
    {
        command.Add(_context);
        command.Add(_version);
        command.Add(_match);
        command.Add(_absent);
    }

    public WriteConditions Read(ParseResult parsed) =>
        new(parsed.GetValue(_version), parsed.GetValue(_match), parsed.GetValue(_absent), parsed.GetValue(_context));
}
