using System.CommandLine;

namespace AkkaKv.Cli;

internal static class DevCommand
{
    public static Command Create(Terminal terminal) => new("dev", "x" + terminal.OutputIsTerminal);
}
