using System.CommandLine;
using System.Globalization;

namespace AkkaKv.Cli;

/// <summary>The options of every command that talks to a running cluster.</summary>
internal sealed class ClientOptions
{
    private readonly Option<string[]> _servers = new("--server", "-s")
    {
        Description = "A node's HTTP address; may be given several times, the next one is asked when one fails "
            + $"[default: ${ServerSet.EnvironmentVariable}, else 127.0.0.1 at 8081, 8082 and 8083]",
        HelpName = "URL",
    };

    private readonly Option<TimeSpan?> _timeout;
    private readonly TimeSpan _defaultTimeout;

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON, one line, for programs" };

    public ClientOptions(Command command, TimeSpan defaultTimeout, string timeoutMeaning)
    {
        _defaultTimeout = defaultTimeout;
        var seconds = defaultTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        _timeout = Durations.Option("--timeout", $"{timeoutMeaning} [default: {seconds}s]");
        command.Add(_servers);
        command.Add(_timeout);
        command.Add(_json);
    }

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    public TimeSpan Patience(ParseResult parsed) => parsed.GetValue(_timeout) ?? _defaultTimeout;

    public KvClient Connect(ParseResult parsed, Terminal terminal) =>
        new(new ServerSet(Servers(parsed, terminal), terminal.Time), RetryPolicy.Default, terminal.Time);

    private IEnumerable<Uri> Servers(ParseResult parsed, Terminal terminal)
    {
        const StringSplitOptions Tidy = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        var given = string.Join(',', parsed.GetValue(_servers) ?? []);
        var named = given.Length > 0 ? given : terminal.Environment(ServerSet.EnvironmentVariable) ?? "";
        var servers = named.Split(',', Tidy).Select(ServerSet.Parse).Distinct().ToList();
        return servers.Count > 0 ? servers : ServerSet.Defaults;
    }
}
