namespace AkkaKv.Cli;

/// <summary>A command cannot go on. The message says what happened, <see cref="NextStep"/> what its user can do about it.</summary>
internal sealed class CliException : Exception
{
    public CliException(ExitCode exitCode, string message, string? nextStep = null, string error = "Failed")
        : base(message)
    {
        ExitCode = exitCode;
        NextStep = nextStep;
        Error = error;
    }

    public static CliException Usage(string message, string? nextStep = null) => new(ExitCode.Usage, message, nextStep, "Usage");

    /// <summary>A server's answer is not what a node gives.</summary>
    public static CliException BadAnswer(Uri server, FormatException fault) => new(
        ExitCode.Failed,
        $"{server.Authority} gave an answer that akkakv cannot read: {fault.Message}",
        "Is it an AkkaKv node, and of this version?",
        "BadAnswer");

    public ExitCode ExitCode { get; }

    public string? NextStep { get; }

    /// <summary>The failure's name for programs: that of the server where there is one, such as <c>NotEnoughReplicas</c>.</summary>
    public string Error { get; }
}
