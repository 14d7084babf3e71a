namespace AkkaKv.Cli;

/// <summary>What put and delete print when the cluster has the write.</summary>
internal static class WriteReport
{
    /// <exception cref="CliException">The answer is a refusal.</exception>
    public static ExitCode Print(KvAnswer answer, Terminal terminal, bool isJson)
    {
        if (!answer.IsSuccess)
            throw answer.ToException();
        if (!isJson)
        {
            terminal.WriteLine(answer.Version is null ? "OK" : "OK  version " + answer.Version);
            return ExitCode.Success;
        }

        terminal.WriteJsonLine(writer =>
        {
            writer.WriteStartObject();
            writer.WriteBoolean("ok", true);
            if (answer.Version is not null)
                writer.WriteString("version", answer.Version);
            answer.WriteTokens(writer);
            writer.WriteEndObject();
        });
        return ExitCode.Success;
    }
}
