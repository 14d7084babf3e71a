using System.CommandLine;

namespace AkkaKv.Cli;

internal static class NodeCommand
{
    public static Command Create(Terminal terminal) => new("node", "x" + terminal.OutputIsTerminal);
}
