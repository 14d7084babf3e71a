namespace AkkaKv.Cli;

/// <summary>What the exit code of every command means. Scripts depend on the numbers: they never change.</summary>
internal enum ExitCode
{
    Success = 0,
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    ConditionFailed = 4,
    Unavailable = 5,
    Siblings = 6,
    Interrupted = 130,
}

internal static class ExitCodes
{
    public static string Help { get; } =
        "Exit codes:\n" + string.Join('\n', Enum.GetValues<ExitCode>().Select(code => $"  {(int)code,3}  {Meaning(code)}"));

    private static string Meaning(ExitCode code) => code switch
    {
        ExitCode.Success => "done",
        ExitCode.Failed => "not done, or not all of it; standard error says why",
        ExitCode.Usage => "the command line or a configuration file is wrong",
        ExitCode.NotFound => "there is no such key",
        ExitCode.ConditionFailed => "a condition (--if-version, --if-match, --if-absent) did not hold; nothing was written",
        ExitCode.Unavailable => "no server answered, or not enough replicas are reachable; try again later",
        ExitCode.Siblings => "the key has concurrent versions: write the merged value with their context",
        ExitCode.Interrupted => "stopped by Ctrl-C or SIGTERM before the end",
        _ => throw new ArgumentOutOfRangeException(nameof(code)),
    };
}
