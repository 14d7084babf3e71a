using System.Text;
using System.Text.Json;

namespace AkkaKv.Cli.Tests;

/// <summary>One run of the command line inside the test, and all that it left behind.</summary>
internal sealed record CliRun(ExitCode ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static Task<CliRun> Of(params string[] args) => In(new Setting(), args);

    public static async Task<CliRun> In(Setting setting, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        using var ownStop = new StopSignals();
        var terminal = new Terminal
        {
            Input = new MemoryStream(setting.Input),
            Output = output,
            Error = error,
            Stop = setting.Stop ?? ownStop,
            Environment = setting.Environment.GetValueOrDefault,
            Time = setting.Time,
        };
        var exitCode = await CliApplication.RunAsync(args, terminal);
        return new CliRun(exitCode, output.ToArray(), error.ToString());
    }

    internal sealed record Setting
    {
        public byte[] Input { get; init; } = [];

        public Dictionary<string, string?> Environment { get; init; } = [];

        public TimeProvider Time { get; init; } = TimeProvider.System;

        public StopSignals? Stop { get; init; }
    }
}

/// <summary>A folder of its own for one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("akkakv-cli-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
