using System.Net;
using System.Text.Json;

namespace AkkaKv.Cli;

/// <summary>What a server answered: any status that trying again would not change.</summary>
internal sealed class KvAnswer
{
    public required Uri Server { get; init; }

    public required HttpStatusCode Status { get; init; }

    public required byte[] Body { get; init; }

    public string? ETag { get; init; }

    public string? Context { get; init; }

    public string? Version { get; init; }

    public string? Cursor { get; init; }

    /// <summary>A node answered that is not an owner of the key.</summary>
    public bool IsSloppy { get; init; }

    /// <summary>How long the server asks to wait before the next attempt.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>An earlier attempt of the same request may have reached the cluster without its answer reaching us.</summary>
    public bool IsRetried { get; init; }

    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>True where another server, or the same one later, may do what was asked.</summary>
    public bool IsWorthRetrying => (int)Status >= 500 || Status == HttpStatusCode.TooManyRequests;

    /// <summary>The body of an error, or a stand-in for it where something that is no AkkaKv node answered.</summary>
    public (string Error, string Message) Error
    {
        get
        {
            try
            {
                using var json = JsonDocument.Parse(Body);
                return (json.RootElement.GetProperty("error").GetString()!, json.RootElement.GetProperty("message").GetString()!);
            }
            catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                return (Status.ToString(), $"{Server.Authority} answered {(int)Status} {Status}, which is no answer of an AkkaKv node.");
            }
        }
    }

    /// <summary>What a program needs for its next, dependent write.</summary>
    public void WriteTokens(Utf8JsonWriter writer)
    {
        if (ETag is not null)
            writer.WriteString("etag", ETag);
        if (Context is not null)
            writer.WriteString("context", Context);
        if (IsSloppy)
            writer.WriteBoolean("sloppy", true);
    }

    public CliException ToException()
    {
        var (error, message) = Error;
        var exitCode = Status switch
        {
            HttpStatusCode.NotFound => ExitCode.NotFound,
            HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed => ExitCode.ConditionFailed,
            _ when IsWorthRetrying => ExitCode.Unavailable,
            _ => ExitCode.Failed,
        };
        var nextStep = exitCode == ExitCode.ConditionFailed && IsRetried
            ? "An earlier attempt of this command got no answer and may have been the one that wrote: read the key first."
            : null;
        return new CliException(exitCode, message, nextStep, error);
    }
}
